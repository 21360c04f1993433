/** `requires`: rules that are for other engines or versions are passed over, not refused. */

import { KEYWORDS } from './keyword-table.ts';
import type { OptionText } from './rule-text.ts';

/** The version whose rules are read. */
const VERSION: readonly number[] = [9, 0, 0];
const FEATURES = new Set(['geoip', 'ja3', 'ja4', 'output::file-store']);

export interface Unmet {
  readonly why: string;
  /** The requirement itself cannot be read. */
  readonly wrong: boolean;
}

/** @returns undefined where all are met */
export const requirementsMet = (options: readonly OptionText[]): Unmet | undefined => {
  for (const { keyword, value } of options) {
    if (keyword !== 'requires') continue;
    for (const part of (value ?? '').split(',').map((one) => one.trim())) {
      const [, kind, rest] = /^(version|feature|keyword)\s+(.+)$/u.exec(part) ?? ['', '', ''];
      if (kind === 'version') {
        const met = versionMet(rest);
        if (met === undefined) return { why: `Its requires “${part}” is no test of a version.`, wrong: true };
        if (!met) return { why: `It is for another version of Suricata: ${part}.`, wrong: false };
      } else if ((kind === 'feature' && !FEATURES.has(rest)) || (kind === 'keyword' && !Object.hasOwn(KEYWORDS, rest))) {
        return { why: `It requires ${part}, which is not here.`, wrong: false };
      } else if (kind === '') return { why: `It requires “${part}”, which is not known.`, wrong: false };
    }
  }
  return undefined;
};

/** `>= 7.0.3 < 8 | >= 8.0.1`: alternatives of conditions; undefined where it cannot be read. */
const versionMet = (text: string): boolean | undefined => {
  let any = false;
  for (const alternative of text.split('|')) {
    const conditions = [...alternative.matchAll(/(<=|>=|<|>)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/gu)];
    if (conditions.length === 0 || alternative.replaceAll(/(<=|>=|<|>)\s*\d+(?:\.\d+){0,2}(?:-\w+)?/gu, '').trim() !== '') return undefined;
    any ||= conditions.every(([, op, ...numbers]) => {
      const order = compare(numbers.map((part: string | undefined) => Number(part ?? 0)));
      return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
    });
  }
  return any;
};

const compare = (other: readonly number[]): number => {
  for (let i = 0; i < 3; i++) if (VERSION[i] !== other[i]) return VERSION[i] - other[i];
  return 0;
};
