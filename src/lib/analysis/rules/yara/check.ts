/** What the engine says of a file's rules: those that it refuses are taken out one by one, so that the others load. */

import type { RefusedRule } from '../contract.ts';
import { COMPILE, type EngineMessage, type YaraEngine } from './engine.ts';
import { without, type YaraRule, type YaraSource } from './source.ts';

/** Times that a file is compiled again without what was refused: errors of syntax come one at a time. */
const MAX_ROUNDS = 100;

export interface YaraWarning {
  readonly line: number;
  readonly rule: string;
  /** It says that the rule takes long. */
  readonly isSlow: boolean;
  readonly why: string;
}

export interface CheckedYara {
  readonly refused: readonly RefusedRule[];
  /** Rules that load. */
  readonly rules: readonly YaraRule[];
  readonly warnings: readonly YaraWarning[];
}

export function checkYara(source: YaraSource, engine: YaraEngine | undefined): CheckedYara {
  const { file, fault, includes } = source;
  const refused: RefusedRule[] = includes.map(({ line }) => ({ file, line, sid: null, why: 'include is not followed: put the rules into one file.' }));
  if (fault) refused.push({ file, line: fault.line, sid: null, why: fault.why });
  let { rules } = source;
  let warnings: YaraWarning[] = [];
  // What follows a fault was not read as rules, and is not compiled.
  const tail = { from: fault ? (rules.at(-1)?.to ?? 0) : source.text.length, to: source.text.length };
  const out = [...includes, tail];
  for (let round = 0; engine && rules.length > 0; round++) {
    const verdict = engine.validate(without(source.text, out), COMPILE);
    warnings = verdict.warnings.flatMap((one) => warningOf(source, one));
    if (verdict.errors.length === 0) break;
    const bad = new Map<YaraRule, EngineMessage & { readonly line: number }>();
    for (const error of verdict.errors) {
      const at = placeOf(source.text, error.message);
      const rule = at && rules.find(({ from, to }) => at.offset >= from && at.offset < to);
      if (rule && !bad.has(rule)) bad.set(rule, { ...error, line: at.line });
    }
    if (bad.size === 0 || round === MAX_ROUNDS) {
      const why = round === MAX_ROUNDS ? 'More rules of this file are wrong than are taken out one by one.' : sentenceOf(verdict.errors[0]);
      refused.push({ file, line: null, sid: null, why });
      return { refused, rules: [], warnings: [] };
    }
    for (const [rule, { line, ...error }] of bad) refused.push({ file, line, sid: rule.name, why: sentenceOf(error) });
    rules = rules.filter((rule) => !bad.has(rule));
    out.push(...bad.keys());
  }
  return { refused: refused.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)), rules, warnings };
}

const SLOW = new Set(['slow_pattern', 'too_many_iterations', 'potentially_slow_loop', 'unbounded_regexp']);

function warningOf(source: YaraSource, message: EngineMessage): YaraWarning[] {
  const at = placeOf(source.text, message.message);
  const rule = at && source.rules.find(({ from, to }) => at.offset >= from && at.offset < to);
  return rule ? [{ line: at.line, rule: rule.name, isSlow: SLOW.has(message.code), why: sentenceOf(message) }] : [];
}

/** ` --> line:2:13` of a message: the place in the text. */
function placeOf(text: string, message: string): { line: number; offset: number } | undefined {
  const found = /-->[^\n]*?:(\d+):(\d+)\n/u.exec(message);
  if (!found) return undefined;
  const line = Number(found[1]);
  let start = 0;
  for (let n = 1; n < line; n++) start = text.indexOf('\n', start) + 1;
  return { line, offset: start + Number(found[2]) - 1 };
}

/** `error[E009]: unknown identifier `foo`` and the note under the mark, as one sentence. */
function sentenceOf(error: EngineMessage | undefined): string {
  const [head = 'the engine refuses it', ...lines] = (error?.message ?? '').split('\n');
  const title = head.replace(/^\w+\[\w+\]:\s*/u, '');
  const note = lines.map((line) => /\|\s*[\^-]+\s+(.+)$/u.exec(line)?.[1]).find((one) => one !== undefined);
  const words = (note === undefined ? title : `${title}: ${note}`).replaceAll('`', '');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
