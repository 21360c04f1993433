/** Rule files checked without a capture: what loads, what is refused and why, what is slow. */

import type { ReadList } from './suricata/lists/list-files.ts';
import { referencedLists } from './suricata/lists/referenced-lists.ts';
import type { RefusedRule } from './contract.ts';
import { loadRules } from './registry.ts';
import { readRules } from './suricata/language/read-rules.ts';
import type { RuleLists } from './suricata/language/rule-lists.ts';
import type { RuleSettings } from './suricata/language/settings.ts';
import { lintRule, type RuleWarning } from './suricata/lint.ts';
import { ABSENT, yaraEngine } from './yara/engine.ts';
import { loadYara } from './yara/yara.ts';

/** `slow`: the engine says so, or says something else of it; `absent`: there is no engine to ask. */
export interface YaraFileWarning {
  readonly line: number;
  readonly sid: string;
  readonly kind: 'slow' | 'engine' | 'absent';
  readonly why: string;
  readonly megabytesPerSecond?: undefined;
}

export interface CheckedFile {
  readonly file: string;
  readonly language: string;
  /** Rules that load. */
  readonly loaded: number;
  readonly refused: readonly RefusedRule[];
  /** Rules for other engines or versions, and older revisions. */
  readonly skipped: readonly RefusedRule[];
  readonly warnings: readonly (RuleWarning | YaraFileWarning)[];
}

/**
 * @param lists what is disabled, enabled, dropped and modified among Suricata rules
 * @param readList files that rules name; absent: they are not looked for
 */
export const checkFile = (text: string, file: string, settings: RuleSettings, lists: RuleLists | undefined, readList?: ReadList): CheckedFile => {
  if (/\.yara?$/iu.test(file)) return checkYaraFile(text, file);
  if (!file.toLowerCase().endsWith('.rules')) {
    const { language, rules, refused } = loadRules(text, file);
    return { file, language, loaded: rules.length, refused, skipped: [], warnings: [] };
  }
  const read = readRules(text, file, settings, lists);
  const { rules, refused } = referencedLists(read.rules, readList);
  return { file, language: 'suricata', loaded: rules.length, refused: [...read.refused, ...refused], skipped: read.skipped, warnings: rules.flatMap(lintRule) };
};

const checkYaraFile = (text: string, file: string): CheckedFile => {
  const { rules, refused, warnings } = loadYara(text, file);
  const [first] = rules;
  return {
    file,
    language: 'yara',
    loaded: rules.filter(({ isPrivate }) => !isPrivate).length,
    refused,
    skipped: [],
    warnings:
      first && !yaraEngine()
        ? [{ line: first.line, sid: first.name, kind: 'absent', why: ABSENT }]
        : warnings.map(({ line, rule, isSlow, why }) => ({ line, sid: rule, kind: isSlow ? 'slow' : 'engine', why })),
  };
};

/** How often each reason was given; numbers, names and quotations in it left out, so that alike reasons are counted together. */
export const countReasons = (refused: readonly RefusedRule[]): (readonly [reason: string, count: number])[] => {
  const counts = new Map<string, number>();
  for (const { why } of refused) {
    const reason = why.replaceAll(/“[^”]*”/gu, '“…”').replaceAll(/\b\d+\b/gu, 'N');
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]);
};
