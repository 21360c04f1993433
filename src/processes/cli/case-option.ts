/** The case that a command was told, by id or by name. */

import { findCase, listCases } from '../../lib/server/cases.ts';
import type { DataDir } from '../../lib/server/data-dir.ts';
import { CommandProblem } from './data-option.ts';

/** Its id. A name that is not there is told with those that are. */
export function caseId(dir: DataDir, idOrName: string): string {
  const found = findCase(dir, idOrName);
  if (found) return found.case.id;
  const names = listCases(dir).map((manifest) => manifest.case.name);
  const there =
    names.length === 0
      ? 'there is none yet'
      : `there are ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' …' : ''}`;
  throw new CommandProblem(`There is no case ${idOrName} in ${dir.root}; ${there}.`);
}
