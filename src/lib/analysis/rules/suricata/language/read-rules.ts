/** A rule file: rules, and what was refused with line, sid and reason. */

import type { RefusedRule } from '../../contract.ts';
import { readRule } from './read-rule.ts';
import type { Rule } from './rule.ts';
import { ruleLines } from './rule-text.ts';
import { applyLists, type RuleLists } from './rule-lists.ts';
import { type RuleSettings, stockSettings } from './settings.ts';

export interface ReadRules {
  /** In the order of the file; of one sid the highest rev. */
  readonly rules: readonly Rule[];
  readonly refused: readonly RefusedRule[];
  /** Rules that say that they are for another engine or version, and older revisions of others. */
  readonly skipped: readonly RefusedRule[];
}

/**
 * Reads a `.rules` file. It never throws: what is wrong is in `refused`.
 *
 * @param file name of the file, as lists show it
 * @param lists what is disabled, enabled, dropped and modified
 */
export const readRules = (text: string, file: string, settings: RuleSettings = stockSettings(), lists?: RuleLists): ReadRules => {
  const byId = new Map<string, Rule>();
  const refused: RefusedRule[] = [];
  const skipped: RefusedRule[] = [];
  const all = ruleLines(text);
  for (const line of lists ? applyLists(all, file, lists) : all.filter(({ active }) => active)) {
    const read = readRule(line, file, settings);
    if (read.kind !== 'rule') {
      const one = { file, line: line.line, sid: read.sid === undefined ? null : String(read.sid), why: read.why };
      (read.kind === 'refused' ? refused : skipped).push(one);
      continue;
    }
    const { rule } = read;
    const id = `${rule.gid}:${rule.sid}`;
    const before = byId.get(id);
    if (before && rule.rev <= before.rev) {
      refused.push({ file, line: rule.line, sid: String(rule.sid), why: `Line ${before.line} has a rule of the same sid already.` });
      continue;
    }
    if (before) skipped.push({ file, line: before.line, sid: String(before.sid), why: `Line ${rule.line} has the same sid with a higher rev.` });
    byId.set(id, rule);
  }
  return { rules: [...byId.values()].toSorted((a, b) => a.line - b.line), refused, skipped };
};

/** Rules of several files that run together: of one sid the first file's, the others refused. */
export const withoutDuplicates = (files: readonly ReadRules[]): Pick<ReadRules, 'rules' | 'refused'> => {
  const byId = new Map<string, Rule>();
  const refused = files.flatMap((one) => one.refused);
  for (const rule of files.flatMap((one) => one.rules)) {
    const id = `${rule.gid}:${rule.sid}`;
    const before = byId.get(id);
    if (before)
      refused.push({ file: rule.file, line: rule.line, sid: String(rule.sid), why: `${before.file}, line ${before.line}, has a rule of the same sid already.` });
    else byId.set(id, rule);
  }
  return { rules: [...byId.values()], refused };
};
