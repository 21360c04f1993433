/** Parameters of the behaviour detectors: those that come with Coldwire, and what the case says instead. */

import { DETECTORS } from '../analysis/detect/registry.ts';
import {
  type DetectorSettings,
  detectorSettings,
  NO_SETTINGS,
  settingFaults,
  withOverrides,
} from '../analysis/detect/run/settings.ts';
import type { DetectorList, DetectorsPut } from '../model/api/detectors.ts';
import type { CaseRegistry } from './case-registry.ts';
import { Refusal } from './refusal.ts';

const KEY = 'detectors';

/** A parameter that has just its default need not be kept: a later version's default then holds. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export class DetectorChoice {
  readonly #registry: CaseRegistry;
  readonly #shipped: DetectorSettings;

  constructor(registry: CaseRegistry, shipped: DetectorSettings = NO_SETTINGS) {
    this.#registry = registry;
    this.#shipped = shipped;
  }

  /** What a run over the case uses. */
  async settings(caseId: string): Promise<DetectorSettings> {
    return withOverrides(this.#shipped, await this.#own(caseId));
  }

  /** Every detector with its parameters as they stand for the case. */
  async list(caseId: string): Promise<DetectorList> {
    const own = (await this.#own(caseId)).detectors;
    const all = (await this.settings(caseId)).detectors;
    return {
      detectors: DETECTORS.map(({ id, name, rev, doc, reads, parameters }) => ({
        id,
        name,
        rev,
        doc,
        reads: [...reads],
        enabled: all[id]?.enabled ?? true,
        parameters: parameters.map(({ name: parameter, value, doc: meaning, range }) => ({
          name: parameter,
          doc: meaning,
          default: value,
          value: all[id]?.[parameter] ?? value,
          changed: own[id]?.[parameter] !== undefined,
          range,
        })),
      })),
    };
  }

  /** Replaces the case's own parameters. Refuses the whole where one of them is wrong, and says which. */
  async put(caseId: string, { detectors }: DetectorsPut): Promise<DetectorList> {
    for (const [id, entry] of Object.entries(detectors)) {
      const [fault] = settingFaults(id, entry);
      if (fault)
        throw new Refusal(
          'bad_request',
          `Detector ${[id, ...fault.path.map(String)].join('.')}: ${fault.message}. Nothing was changed.`,
        );
    }
    const kept = Object.entries(detectors).flatMap(([id, entry]): [string, typeof entry][] => {
      const defaults = new Map(
        DETECTORS.find((one) => one.id === id)?.parameters.map((p) => [p.name, p.value]),
      );
      const changed = Object.entries(entry).filter(([name, value]) =>
        name === 'enabled' ? value !== undefined : !same(value, defaults.get(name)),
      );
      return changed.length === 0 ? [] : [[id, Object.fromEntries(changed)]];
    });
    const state = await this.#registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('settings', { key: KEY });
      if (kept.length > 0)
        await tx.insert('settings', { key: KEY, doc: JSON.parse(JSON.stringify(Object.fromEntries(kept))) });
    });
    return this.list(caseId);
  }

  async #own(caseId: string): Promise<DetectorSettings> {
    const state = await this.#registry.state(caseId);
    const row = await state.one('settings', { key: KEY });
    const read = detectorSettings.safeParse({ detectors: row?.doc ?? {} });
    // Kept by another version and no longer understood: the defaults hold, and the page shows them.
    return read.success ? read.data : NO_SETTINGS;
  }
}
