/** Which rule files the ingests of a case run: the signatures that come with Coldwire, until somebody chooses. */

import { type CaseRules, caseRules } from '../model/api/rules.ts';
import type { CaseRegistry } from './case-registry.ts';
import type { RuleLibrary } from './rule-library.ts';

const KEY = 'rules';

export class CaseRuleChoice {
  readonly #registry: CaseRegistry;
  readonly #library: RuleLibrary;

  constructor(registry: CaseRegistry, library: RuleLibrary) {
    this.#registry = registry;
    this.#library = library;
  }

  /** Files that were deleted meanwhile are left out. */
  async get(caseId: string): Promise<CaseRules> {
    const state = await this.#registry.state(caseId);
    const row = await state.one('settings', { key: KEY });
    const chosen = caseRules.safeParse(row?.doc);
    if (!chosen.success) return { files: this.#library.defaultIds };
    const there = new Set(this.#library.list().files.map(({ id }) => id));
    return { files: chosen.data.files.filter((id) => there.has(id)) };
  }

  /** Refused where a file is not there. */
  async put(caseId: string, { files }: CaseRules): Promise<CaseRules> {
    this.#library.chosen(files);
    const state = await this.#registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('settings', { key: KEY });
      await tx.insert('settings', { key: KEY, doc: { files: [...new Set(files)] } });
    });
    return this.get(caseId);
  }
}
