/**
 * The longest text that every match of a regular expression must hold. Searching for it first spares the expression nearly
 * every packet. It may only ever err towards nothing: a text that is not required would lose matches.
 */

export interface RequiredLiteral {
  /** Characters 0 to 255, a byte each. */
  readonly text: string;
  /** The expression ignores case. */
  readonly fold: boolean;
}

const META = new Set(['.', '^', '$', '|', '(', ')', '[', ']', '{', '}', '?', '*', '+', '\\']);
const CONTROL: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };
const FLAGS = /^\(\?([imsU]+)\)/u;

/** @returns undefined where no text of at least `least` characters is required */
export const requiredLiteral = (pattern: string, least = 4): RequiredLiteral | undefined => {
  const flags = FLAGS.exec(pattern);
  const body = pattern.slice(flags?.[0].length ?? 0);
  // Flags further inside change what later text means: too subtle to be worth it.
  if (/\(\?[imsU-]+[:)]/u.test(body)) return undefined;
  const runs = runsOf(body);
  const best = runs?.reduce((a, b) => (b.length > a.length ? b : a), '');
  return best !== undefined && best.length >= least ? { text: best, fold: flags?.[1].includes('i') ?? false } : undefined;
};

/** Texts required one after the other at the top level; undefined where an alternative makes none required. */
const runsOf = (body: string): string[] | undefined => {
  const runs: string[] = [];
  let run = '';
  const end = (): void => {
    if (run !== '') runs.push(run);
    run = '';
  };
  let at = 0;
  while (at < body.length) {
    const c = body.charAt(at);
    if (c === '|') return undefined;
    const atom = c === '\\' ? escape(body, at) : c === '(' || c === '[' ? skip(body, at) : { length: 1, char: META.has(c) ? undefined : c };
    if (!atom) return undefined;
    const times = quantifier(body, at + atom.length);
    at += atom.length + times.length;
    if (atom.char === undefined || atom.char.charCodeAt(0) > 255 || times.least === 0) end();
    else {
      run += atom.char;
      // "ab+c" holds "ab" and "bc", never surely "abc".
      if (times.length > 0) end();
    }
  }
  end();
  return runs;
};

interface Atom {
  readonly length: number;
  /** Absent for what is not one fixed character. */
  readonly char?: string | undefined;
}

const escape = (body: string, at: number): Atom | undefined => {
  const c = body.charAt(at + 1);
  if (c === '') return undefined;
  const hex = /^\\x([0-9a-fA-F]{2})/u.exec(body.slice(at, at + 4))?.[1];
  if (hex !== undefined) return { length: 4, char: String.fromCharCode(Number.parseInt(hex, 16)) };
  if (Object.hasOwn(CONTROL, c)) return { length: 2, char: CONTROL[c] };
  // \d, \b, \pL, \Q…\E, \x{…}: not one fixed character, or more than two characters long.
  if (/[0-9A-Za-z]/u.test(c)) return /[dDwWsSbBAz]/u.test(c) ? { length: 2 } : undefined;
  return { length: 2, char: c };
};

/** A group or class, to its end; what is in it is not looked at. */
const skip = (body: string, from: number): Atom | undefined => {
  let depth = 0;
  let inClass = false;
  for (let at = from; at < body.length; at++) {
    const c = body.charAt(at);
    if (c === '\\') {
      if (body.charAt(at + 1) === 'Q') return undefined;
      at++;
    } else if (inClass) {
      // A "]" that comes first in a class is a member of it; so is one after "[^".
      if (c === ']' && !(body.charAt(at - 1) === '[' || body.slice(at - 2, at) === '[^')) inClass = false;
    } else if (c === '[') inClass = true;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    if (depth === 0 && !inClass && at >= from) return { length: at + 1 - from };
  }
  return undefined;
};

const quantifier = (body: string, at: number): { readonly length: number; readonly least: number } => {
  const found = /^(?:[?*+]|\{(\d+)(?:,\d*)?\})[?+]?/u.exec(body.slice(at, at + 24));
  if (!found) return { length: 0, least: 1 };
  const first = found[0].charAt(0);
  const least = first === '+' ? 1 : first === '{' ? Number(found[1]) : 0;
  return { length: found[0].length, least };
};
