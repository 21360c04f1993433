/** Scans that were joined to a case: what they found stands beside what the captures show of the same hosts. */

import type { ScannedInCase, ScanResult } from '../../../model/api/scans.ts';
import type { CaseAccess } from '../../case-access.ts';
import type { CaseRegistry } from '../../case-registry.ts';

import { SCAN_SETTING, scansIn } from '../../kept-with-case.ts';

export class CaseScans {
  readonly #registry: CaseRegistry;
  readonly #access: CaseAccess;

  constructor(registry: CaseRegistry, access: CaseAccess) {
    this.#registry = registry;
    this.#access = access;
  }

  /** A scan that is joined again takes its own place. */
  async join(caseId: string, result: ScanResult): Promise<undefined> {
    const key = `${SCAN_SETTING}${result.scan.id}`;
    const state = await this.#registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('settings', { key });
      await tx.insert('settings', { key, doc: result });
    });
    this.#access.forget(caseId);
  }

  /** The scans of a case, the newest first; with `address`, of that host alone and those that know it. */
  async of(caseId: string, address?: string): Promise<ScannedInCase> {
    const state = await this.#registry.state(caseId);
    const all = scansIn(await state.all('settings')).sort((a, b) => b.scan.started - a.scan.started);
    if (address === undefined) return { scans: all };
    return {
      scans: all
        .map(({ scan, hosts }) => ({ scan, hosts: hosts.filter((host) => host.address === address) }))
        .filter(({ hosts }) => hosts.length > 0),
    };
  }
}
