/** What is right in a rule and yet bad: slow to search for, or hard to tell apart. */

import type { BufferTest } from './language/buffer-match.ts';
import { compilePattern } from './language/pattern.ts';
import type { Rule } from './language/rule.ts';

export interface RuleWarning {
  readonly line: number;
  readonly sid: number;
  /** `slow`: nothing to search for first; `backtracking`: an expression that cannot run in linear time; `short`: a literal of one or two bytes; `nameless`: no msg. */
  readonly kind: 'slow' | 'backtracking' | 'short' | 'nameless';
  readonly why: string;
  /** Of slow expressions: megabytes a second on bytes of no protocol. */
  readonly megabytesPerSecond?: number | undefined;
}

/** A literal shorter than this is found everywhere. */
const SHORT = 3;

export const lintRule = (rule: Rule): RuleWarning[] => {
  const { line, sid } = rule;
  const warnings: RuleWarning[] = [];
  const warn = (kind: RuleWarning['kind'], why: string, megabytesPerSecond?: number): void => {
    warnings.push({ line, sid, kind, why, megabytesPerSecond });
  };
  if (rule.msg === '' && !rule.noalert) warn('nameless', 'It has no msg: its alerts say nothing.');
  const tests = rule.matches.flatMap((one) => one.tests);
  const slow = !rule.fastPattern && tests.length > 0;
  if (slow) {
    const speed = slowest(tests);
    warn('slow', `Nothing fixed is searched for first: ${whatInstead(rule)} is looked at whole. Give it a content.`, speed);
  }
  if (rule.fastPattern && rule.fastPattern.bytes.length < SHORT && !only(tests))
    warn('short', `Its longest usable content has ${rule.fastPattern.bytes.length} bytes, which are everywhere: its other options run often.`);
  for (const test of tests) {
    if (test.kind !== 'pcre') continue;
    const compiled = compilePattern(test.pattern);
    if (typeof compiled !== 'string' && compiled.kind === 'backtracking')
      warn('backtracking', `Its pcre /${test.pattern.source}/ looks around or refers back: it runs with a limit, behind the rule's contents.`);
  }
  return warnings;
};

const only = (tests: readonly BufferTest[]): boolean => tests.length === 1;

const whatInstead = ({ matches }: Rule): string => [...new Set(matches.map(({ buffer }) => (buffer === 'payload' ? 'every payload' : `every ${buffer}`)))].join(' and ');

/** Of the expressions of a rule the slowest's speed. */
const slowest = (tests: readonly BufferTest[]): number | undefined => {
  const speeds = tests.flatMap((test) => {
    if (test.kind !== 'pcre') return [];
    const compiled = compilePattern(test.pattern);
    if (typeof compiled === 'string' || compiled.kind === 'backtracking') return [];
    const started = process.cpuUsage();
    compiled.pattern.matcher(SAMPLE).find();
    const { user, system } = process.cpuUsage(started);
    return [Math.round((SAMPLE.length / Math.max(1, user + system)) * 10) / 10];
  });
  return speeds.length > 0 ? Math.min(...speeds) : undefined;
};

/** 256 KB of bytes without order, the same in every run. */
const SAMPLE = Array.from({ length: 262_144 }, (_, i) => String.fromCharCode((Math.imul(i + 1, 0x9e37_79b1) >>> 13) & 0xff)).join('');
