import type { Comparison } from './ast.ts';
import { FilterError } from './fault.ts';

export type Token =
  | { readonly kind: 'word' | 'string'; readonly text: string; readonly at: number; readonly length: number }
  | {
      readonly kind: 'op';
      readonly op: Comparison;
      /** As it was spelt: a column may be called like an operator (alert.matches). */
      readonly text: string;
      readonly at: number;
      readonly length: number;
    }
  | {
      readonly kind: 'and' | 'or' | 'xor' | 'not' | 'in' | '(' | ')' | '{' | '}' | ',' | '..' | 'end';
      readonly at: number;
      readonly length: number;
    };

export const FILTER_LIMITS = {
  maxChars: 8_000,
  maxDepth: 100,
  maxSetItems: 1_000,
  maxPattern: 1_000,
} as const;

const OPERATORS: readonly [string, Comparison][] = [
  ['===', '==='],
  ['!==', '!=='],
  ['==', '=='],
  ['!=', '!='],
  ['>=', '>='],
  ['<=', '<='],
  ['~=', '!=='],
  ['>', '>'],
  ['<', '<'],
  ['~', 'matches'],
];

const WORD_OPERATORS: Readonly<Record<string, Comparison>> = {
  eq: '==',
  any_eq: '==',
  ne: '!=',
  all_ne: '!=',
  all_eq: '===',
  any_ne: '!==',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
  contains: 'contains',
  matches: 'matches',
  bitand: '&',
  bitwise_and: '&',
};

const LOGIC: Readonly<Record<string, 'and' | 'or' | 'xor' | 'not' | 'in'>> = {
  and: 'and',
  or: 'or',
  xor: 'xor',
  not: 'not',
  in: 'in',
};

/** Words that the grammar claims for itself: a value spelt like one must be quoted. */
export const isReserved = (word: string): boolean =>
  Object.hasOwn(LOGIC, word.toLowerCase()) || Object.hasOwn(WORD_OPERATORS, word.toLowerCase());

/** What may stand in a word without quotes; two dots in a row end it (a range). */
const WORD = /(?:(?!\.\.)[\p{L}\p{N}_.:/+*%@-])+/uy;

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Splits a filter into tokens, with an `end` last. @throws FilterError */
export const tokenize = (text: string): Token[] => {
  if (text.length > FILTER_LIMITS.maxChars) {
    throw new FilterError(`A filter has at most ${FILTER_LIMITS.maxChars} characters.`, {
      at: FILTER_LIMITS.maxChars,
      length: text.length - FILTER_LIMITS.maxChars,
    });
  }
  const out: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/u.test(text.charAt(at))) {
      at++;
      continue;
    }
    const token = next(text, at);
    out.push(token);
    at += token.length;
  }
  out.push({ kind: 'end', at: text.length, length: 0 });
  return out;
};

const next = (text: string, at: number): Token => {
  const c = text.charAt(at);
  if (c === '"' || c === "'") return quoted(text, at, 0);
  if ((c === 'r' || c === 'R') && text.charAt(at + 1) === '"') return quoted(text, at, 1);
  if (c === '(' || c === ')' || c === '{' || c === '}' || c === ',') return { kind: c, at, length: 1 };
  if (text.startsWith('..', at)) return { kind: '..', at, length: 2 };
  if (text.startsWith('&&', at)) return { kind: 'and', at, length: 2 };
  if (text.startsWith('||', at)) return { kind: 'or', at, length: 2 };
  if (text.startsWith('^^', at)) return { kind: 'xor', at, length: 2 };
  for (const [spelling, op] of OPERATORS) {
    if (text.startsWith(spelling, at)) return { kind: 'op', op, text: spelling, at, length: spelling.length };
  }
  if (c === '!') return { kind: 'not', at, length: 1 };
  if (c === '&') return { kind: 'op', op: '&', text: c, at, length: 1 };
  if (c === '=') throw new FilterError('“=” is not an operator: write “==”.', { at, length: 1 }, ['==']);
  WORD.lastIndex = at;
  const word = WORD.exec(text)?.[0];
  if (word === undefined) {
    const odd = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (odd === '[')
      throw new FilterError(
        'Slices such as eth.src[0:3] cannot be asked for, and addresses stand without brackets.',
        { at, length: 1 },
      );
    throw new FilterError(`“${odd}” cannot stand here; put values with such characters in quotes.`, {
      at,
      length: odd.length,
    });
  }
  const lower = word.toLowerCase();
  const logic = Object.hasOwn(LOGIC, lower) ? LOGIC[lower] : undefined;
  if (logic) return { kind: logic, at, length: word.length };
  const op = Object.hasOwn(WORD_OPERATORS, lower) ? WORD_OPERATORS[lower] : undefined;
  if (op) return { kind: 'op', op, text: word, at, length: word.length };
  return { kind: 'word', text: word, at, length: word.length };
};

/** A quoted string; `prefix` 1 is Wireshark's raw string r"…", in which a backslash is a backslash. */
const quoted = (text: string, at: number, prefix: 0 | 1): Token => {
  const quote = text.charAt(at + prefix);
  let value = '';
  let i = at + prefix + 1;
  for (; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === quote) return { kind: 'string', text: value, at, length: i + 1 - at };
    if (c !== '\\') {
      value += c;
      continue;
    }
    if (prefix === 1) {
      // As in Wireshark: \" does not end a raw string, and keeps its backslash.
      value += c;
      if (text.charAt(i + 1) === quote) value += text.charAt(++i);
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/u.exec(text.slice(i + 1, i + 4))?.[1];
    const escaped = ESCAPES[text.charAt(i + 1)];
    if (hex !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex, 16));
      i += 3;
    } else if (escaped !== undefined) {
      value += escaped;
      i++;
    } else value += c; // "\d" of a regular expression stays as typed
  }
  throw new FilterError('The quoted text does not end.', { at, length: text.length - at });
};
