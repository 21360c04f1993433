/** Lists that change which rules run and how, in suricata-update's form: disable.conf, enable.conf, drop.conf, modify.conf. */

import { RE2JS } from 're2js';
import type { RefusedRule } from '../../contract.ts';
import { sidOf } from './read-rule.ts';
import type { RuleLine } from './rule-text.ts';
import { configLines } from './threshold-config.ts';

/** Which rules a line means. */
type Matcher = (rule: RuleLine, file: string) => boolean;

interface Change {
  readonly matches: Matcher;
  /** Modify alone: what of the rule's text becomes what. */
  readonly from?: RE2JS;
  readonly to?: string;
}

export interface RuleLists {
  readonly disable: readonly Change[];
  readonly enable: readonly Change[];
  readonly drop: readonly Change[];
  readonly modify: readonly Change[];
  readonly refused: readonly RefusedRule[];
}

export interface ListFile {
  readonly kind: 'disable' | 'enable' | 'drop' | 'modify';
  readonly file: string;
  readonly text: string;
}

/** Reads such lists. A line that is wrong is refused, the others count. */
export const readRuleLists = (files: readonly ListFile[]): RuleLists => {
  const lists = { disable: [] as Change[], enable: [] as Change[], drop: [] as Change[], modify: [] as Change[], refused: [] as RefusedRule[] };
  for (const { kind, file, text } of files)
    for (const { line, at } of configLines(text))
      for (const change of kind === 'modify' ? [modification(line)] : line.split(/,(?=\s*[\d:]+\s*(?:,|$))/u).map(plainChange)) {
        if (typeof change === 'string') lists.refused.push({ file, line: at, sid: null, why: change });
        else lists[kind].push(change);
      }
  return lists;
};

/** Rules as they run after the lists: disabled ones left out, enabled ones of those commented out taken in. */
export const applyLists = (rules: readonly RuleLine[], file: string, lists: RuleLists): RuleLine[] =>
  rules.flatMap((rule) => {
    const means = ({ matches }: Change): boolean => matches(rule, file);
    const active = (rule.active && !lists.disable.some(means)) || lists.enable.some(means);
    if (!active) return [];
    const text = lists.modify.filter(means).reduce((now, { from, to }) => (from ? from.matcher(now).replaceAll(to ?? '') : now), rule.text);
    return [{ ...rule, active, text: lists.drop.some(means) ? text.replace(/^(?:alert|pass|reject)\b/u, 'drop') : text }];
  });

const plainChange = (line: string): Change | string => {
  const matches = matcher(line.replace(/\s+#.*$/u, '').trim());
  return typeof matches === 'string' ? matches : { matches };
};

/** `2019401 "from" "to"`, `re:… "from" "to"`; a star or nothing before means all. */
const modification = (line: string): Change | string => {
  const found = /^(?:modifysid\s+)?(.*?)\s*"((?:[^"\\]|\\.)*)"\s*\|?\s*"((?:[^"\\]|\\.)*)"\s*$/u.exec(line);
  if (!found) return 'The line is not a rule, what is looked for and what takes its place, both in double quotes.';
  const matches = found[1] === '*' || found[1] === '' ? () => true : matcher(found[1]);
  if (typeof matches === 'string') return matches;
  const from = compile(found[2].replaceAll('\\"', '"'));
  if (typeof from === 'string') return from;
  // Groups are \1 there, $1 here.
  return { matches, from, to: found[3].replaceAll('\\"', '"').replaceAll('$', '\\$').replaceAll(/\\(\d)/gu, '$$$1') };
};

const matcher = (text: string): Matcher | string => {
  const id = /^(?:(\d+):)?(\d+)$/u.exec(text);
  if (id) {
    const [gid, sid] = [(id[1] as string | undefined) ?? '1', Number(id[2])];
    return ({ text: rule }) => sidOf(rule) === sid && gidOf(rule) === gid;
  }
  const [, kind, value] = /^(re|group|filename|metadata)\s*:\s*(.+)$/u.exec(text) ?? ['', '', ''];
  if (kind === 're') {
    const pattern = compile(value);
    return typeof pattern === 'string' ? pattern : ({ text: rule }) => pattern.matcher(rule).find();
  }
  if (kind === 'group' || kind === 'filename') {
    const name = fileName(value);
    return (_rule, file) => name.matcher(file).find();
  }
  if (kind === 'metadata') {
    const [key, wanted] = value.split(/\s+/u, 2);
    return ({ text: rule }) => metadataOf(rule).some(([name, given]) => name === key && (wanted === undefined || given === wanted));
  }
  return `“${text}” means no rule: a sid, gid:sid, re:, group:, filename: or metadata:.`;
};

/** Files whose name, or the end of whose path, is of a pattern of `*` and `?`; people's patterns take linear time. */
const fileName = (pattern: string): RE2JS =>
  RE2JS.compile(`(?:^|/)${pattern.replaceAll(/[^*?]+/gu, (plain) => RE2JS.quote(plain)).replaceAll('*', '.*').replaceAll('?', '.')}(?:\\.rules)?$`);

const gidOf = (rule: string): string => /[;(]\s*gid\s*:\s*(\d+)\s*;/u.exec(rule)?.[1] ?? '1';

const metadataOf = (rule: string): (readonly [string, string])[] =>
  [...rule.matchAll(/[;(]\s*metadata\s*:\s*([^;]*);/gu)].flatMap(([, entries]) =>
    entries.split(',').map((entry): readonly [string, string] => {
      const [key = '', value = ''] = entry.trim().split(/\s+/u, 2);
      return [key, value];
    }),
  );

const compile = (source: string): RE2JS | string => {
  try {
    return RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    return `“${source}” is no regular expression of RE2: ${error instanceof Error ? error.message : String(error)}`;
  }
};
