/** What people decide about findings: triage by key, and suppressions of what is known and wanted. */

import { rangeOf } from '../analysis/findings/suppression.ts';
import {
  type Suppression,
  type SuppressionList,
  suppressionList,
  type Triage,
  type TriagePut,
  triageState,
} from '../model/api/findings.ts';
import type { JsonValue } from '../store/values.ts';
import type { CaseRegistry } from './case-registry.ts';
import { Refusal } from './refusal.ts';

const KEY = 'suppressions';

export class TriageDesk {
  readonly #registry: CaseRegistry;

  constructor(registry: CaseRegistry) {
    this.#registry = registry;
  }

  /** By a finding's key. */
  async all(caseId: string): Promise<ReadonlyMap<string, Triage>> {
    const state = await this.#registry.state(caseId);
    const rows = await state.all('triage');
    return new Map(
      rows.map(({ key, state: word, note, owner_id, at }) => [
        key,
        { state: triageState.parse(word), note, owner_id, at },
      ]),
    );
  }

  async put(
    caseId: string,
    ownerId: string,
    { keys, state: word, note }: TriagePut,
  ): Promise<{ triaged: number }> {
    const state = await this.#registry.state(caseId);
    const at = new Date().toISOString();
    let counts = word === 'false_positive';
    await state.transaction(async (tx) => {
      for (const key of new Set(keys)) {
        const before = await tx.one('triage', { key });
        counts ||= before?.state === 'false_positive';
        await tx.remove('triage', { key });
        await tx.insert('triage', {
          key,
          state: word,
          note: note === undefined ? (before?.note ?? null) : note,
          owner_id: ownerId,
          at,
        });
      }
    });
    if (counts) this.#registry.foundChanged(caseId);
    return { triaged: new Set(keys).size };
  }

  async suppressions(caseId: string): Promise<Suppression[]> {
    const state = await this.#registry.state(caseId);
    const row = await state.one('settings', { key: KEY });
    const read = suppressionList.safeParse({ suppressions: row?.doc ?? [] });
    return read.success ? read.data.suppressions : [];
  }

  async suppress(caseId: string, { suppressions }: SuppressionList): Promise<SuppressionList> {
    for (const { src, dst, rule } of suppressions) {
      for (const text of [src, dst])
        if (text !== undefined && !rangeOf(text))
          throw new Refusal(
            'bad_request',
            `"${text}" is neither an address nor a network: write it as 10.0.0.5 or 10.0.0.0/8.`,
          );
      if (src === undefined && dst === undefined && rule === undefined)
        throw new Refusal(
          'bad_request',
          'A suppression must name a rule, who acts or who is acted upon: this one would hide everything.',
        );
    }
    const state = await this.#registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('settings', { key: KEY });
      await tx.insert('settings', { key: KEY, doc: suppressions as unknown as JsonValue });
    });
    this.#registry.foundChanged(caseId);
    return { suppressions: await this.suppressions(caseId) };
  }
}
