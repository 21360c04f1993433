/** YARA rules: over the files that connections carry and over the streams themselves. */

import type { LoadedRules, RefusedRule, RuleLanguage } from '../contract.ts';
import { checkYara, type YaraWarning } from './check.ts';
import { yaraEngine } from './engine.ts';
import { readYara, type YaraRule, type YaraSource } from './source.ts';

const MAX_BYTES = 16 * 1024 * 1024;

const MEDIUM = 50;
const WORDS: Readonly<Record<string, number>> = { critical: 95, high: 75, medium: 50, low: 25, info: 5, informational: 5 };

/** Of `severity` (a word, or 0 to 100), else of `score` (0 to 100), in the rule's meta; Medium where it says neither. */
export function severityOfMeta({ meta }: YaraRule): number {
  for (const value of [meta['severity'], meta['score']]) {
    const number = typeof value === 'string' ? (WORDS[value.toLowerCase()] ?? Number.parseInt(value, 10)) : value;
    if (typeof number === 'number' && number >= 0 && number <= 100) return Math.round(number);
  }
  return MEDIUM;
}

export const titleOf = ({ name, meta }: YaraRule): string => {
  const said = meta['description'];
  return typeof said === 'string' && said !== '' ? said : name;
};

export interface YaraFile {
  readonly source: YaraSource;
  /** Those that load, private ones included. */
  readonly rules: readonly YaraRule[];
  readonly refused: readonly RefusedRule[];
  readonly warnings: readonly YaraWarning[];
}

/** A file's rules as they run. Without the engine every rule that can be told apart counts as loaded: nothing runs. */
export function loadYara(text: string, file: string): YaraFile {
  if (text.length > MAX_BYTES) {
    const why = 'The file is larger than 16 MiB: divide it.';
    return { source: readYara('', file), rules: [], refused: [{ file, line: null, sid: null, why }], warnings: [] };
  }
  const read = readYara(text.replace(/^\ufeff/u, ''), file);
  const { rules, refused, warnings } = checkYara(read, yaraEngine());
  return { source: { ...read, rules }, rules, refused, warnings };
}

const load = (text: string, file: string): LoadedRules => {
  const { rules, refused } = loadYara(text, file);
  return {
    language: 'yara',
    rules: rules
      .filter(({ isPrivate }) => !isPrivate)
      .map((rule) => ({ id: rule.name, name: titleOf(rule), rev: null, severity: severityOfMeta(rule), file })),
    refused,
    refusedWhole: rules.length === 0 && refused.length > 0,
    sink: undefined,
  };
};

export const yaraYar: RuleLanguage = { id: 'yara', ending: '.yar', load };
export const yaraYara: RuleLanguage = { id: 'yara', ending: '.yara', load };
