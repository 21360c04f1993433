/** Integers and their tests as rules write them. */

import type { IntegerTest, ValueChoice } from './integer-test.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1_024,
  kib: 1_024,
  mb: 1_048_576,
  mib: 1_048_576,
  gb: 1_073_741_824,
  gib: 1_073_741_824,
};

/** Decimal, or hexadecimal after 0x, with a unit; undefined where it is none. */
export const integer = (text: string): number | undefined => {
  const found = /^(0x[0-9a-f]+|\d+)\s*([a-z]*)$/iu.exec(text.trim());
  if (!found) return undefined;
  const hexWithUnit = found[1].toLowerCase().startsWith('0x');
  const unit = found[2].toLowerCase();
  if (!Object.hasOwn(UNITS, unit)) return undefined;
  const value = Number(found[1]);
  return hexWithUnit && unit !== '' ? undefined : value * UNITS[unit];
};

export interface IntegerKind {
  /** 8, 16, 32 or 64. */
  readonly bits: 8 | 16 | 32 | 64;
  /** Words that stand for a number, in lower case. */
  readonly words?: Readonly<Record<string, number>>;
  /** Words for bits: `fin,!comp`. */
  readonly bitNames?: Readonly<Record<string, number>>;
}

const maxOf = (bits: number): number => (bits === 64 ? 2 ** 64 : 2 ** bits - 1);

/** @returns one sentence where the text is no such test, or one that can never hold */
export const integerTest = (text: string, kind: IntegerKind): IntegerTest | string => {
  const written = text.trim();
  const max = maxOf(kind.bits);
  const number = (part: string): number | undefined => {
    const value = integer(part);
    return value === undefined || value > max ? undefined : value;
  };
  const wrong = `“${written}” is no test of a number of ${kind.bits} bits.`;
  const never = `“${written}” can never hold.`;

  const mask = /^&\s*([0-9a-fx]+)\s*(!?=)\s*([0-9a-fx]+)$/iu.exec(written);
  if (mask) {
    const [bits, value] = [number(mask[1]), number(mask[3])];
    if (bits === undefined || value === undefined) return wrong;
    if ((BigInt(value) & ~BigInt(bits)) !== 0n) return never;
    return { op: 'mask', mask: bits, value, not: mask[2] === '!=' };
  }
  const range = /^(!)?\s*([0-9a-z]+)\s*(?:-|<>)\s*([0-9a-z]+)$/iu.exec(written);
  if (range) {
    const [low, high] = [number(range[2]), number(range[3])];
    if (low === undefined || high === undefined) return wrong;
    // Both ends are left out, so that neighbours leave nothing between them.
    if (low >= high || (high - low === 1 && range[1] === undefined)) return never;
    return { op: 'range', low, high, not: range[1] !== undefined };
  }
  const compared = /^(<=|>=|<|>|!=|=|!)?\s*([0-9a-z]+)$/iu.exec(written);
  const value = compared ? number(compared[2]) : undefined;
  if (compared && value !== undefined) {
    const op = (compared[1] === '!' ? '!=' : (compared[1] ?? '=')) as '=' | '!=' | '<' | '<=' | '>' | '>=';
    if ((op === '<' && value === 0) || (op === '>' && value === max) || (op === '<=' && value === max) || (op === '>=' && value === 0)) return never;
    return { op, value };
  }
  return named(written, kind) ?? wrong;
};

/** Enumerations and names of bits. */
const named = (written: string, kind: IntegerKind): IntegerTest | undefined => {
  const word = written.replace(/^!?=?\s*/u, '').toLowerCase();
  if (kind.words && Object.hasOwn(kind.words, word)) return { op: written.startsWith('!') ? '!=' : '=', value: kind.words[word] };
  if (!kind.bitNames) return undefined;
  // `+` all of them, `*` one of them, `-` not all of them, `=` these and no others.
  const modifier = /^[-+*=]/u.exec(written)?.[0];
  let mask = 0;
  let value = 0;
  for (const part of written.slice(modifier === undefined ? 0 : 1).split(',')) {
    const name = part.trim().toLowerCase();
    const bare = name.replace(/^!\s*/u, '');
    if (!Object.hasOwn(kind.bitNames, bare)) return undefined;
    mask |= kind.bitNames[bare];
    if (bare === name) value |= kind.bitNames[bare];
  }
  if (modifier === '=') return { op: '=', value };
  if (modifier === '*') return { op: 'mask', mask: value, value: 0, not: true };
  return { op: 'mask', mask, value, not: modifier === '-' };
};

export interface ChosenTest {
  readonly test: IntegerTest;
  readonly choice: ValueChoice;
}

/** A test with what follows it where a transaction has several values: `5,any`, `>5,all`, `1,0`, `count >5`, `absent`. */
export const multiIntegerTest = (text: string, kind: IntegerKind): ChosenTest | string => {
  const written = text.trim();
  const always: IntegerTest = { op: '>=', value: 0 };
  if (written.toLowerCase() === 'absent') return { test: always, choice: 'absent' };
  const count = /^count\s*(.+)$/iu.exec(written);
  if (count) {
    const test = integerTest(count[1], { bits: 32 });
    return typeof test === 'string' ? test : { test: always, choice: { count: test } };
  }
  if (kind.bitNames) {
    const test = integerTest(written, kind);
    if (typeof test !== 'string') return { test, choice: 'any' };
  }
  const [value, index = 'any'] = written.split(',').map((part) => part.trim());
  const test = integerTest(value, kind);
  if (typeof test === 'string') return test;
  const choice = choiceOf(index);
  return choice === undefined ? `“${index}” does not say which of several values is meant.` : { test, choice };
};

const choiceOf = (index: string): ValueChoice | undefined => {
  if (index === 'any' || index === 'all' || index === 'all_or_absent') return index;
  if (index === 'or_absent') return 'or_absent';
  const nb = /^nb\s*(.+)$/u.exec(index);
  if (nb) {
    const test = integerTest(nb[1], { bits: 32 });
    return typeof test === 'string' ? undefined : { nb: test };
  }
  const at = /^(oob_or\s+)?(-?\d+)$/u.exec(index);
  return at ? { index: Number(at[2]), orOutOfBounds: at[1] !== undefined } : undefined;
};
