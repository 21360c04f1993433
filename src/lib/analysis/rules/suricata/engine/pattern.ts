/** A rule's regular expression over bytes: a character a byte. */

import { RE2JS } from 're2js';
import type { Pcre } from '../language/buffer-match.ts';

/** Where a match lies, and its groups: pairs of begin and end, -1 where a group took no part. */
export interface PatternFound {
  readonly from: number;
  readonly to: number;
  groups(): readonly (readonly [number, number])[];
}

export interface Pattern {
  /** The first match at or after `from` in Latin-1 text. */
  find(text: string, from: number): PatternFound | undefined;
}

/** Look-around and back-references have no linear time: they get this much text and no more. */
const BACKTRACKING_BYTES = 4_096;

/** What `x` lets stand in a pattern: blanks and comments, outside of classes. */
function withoutBlanks(source: string): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const c = source.charAt(i);
    if (c === '\\') {
      out += c + source.charAt(++i);
      continue;
    }
    if (inClass) inClass = c !== ']';
    else if (c === '[') inClass = true;
    else if (/\s/.test(c)) continue;
    else if (c === '#') {
      while (i < source.length && source.charAt(i) !== '\n') i++;
      continue;
    }
    out += c;
  }
  return out;
}

/** Compiles in linear time where that is possible; throws where the pattern is none at all. */
export function patternOf(pcre: Pcre): Pattern {
  const body = pcre.extended ? withoutBlanks(pcre.source) : pcre.source;
  const source = pcre.anchored ? `^(?:${body})` : body;
  try {
    let flags = 0;
    if (pcre.caseless) flags |= RE2JS.CASE_INSENSITIVE;
    if (pcre.multiline && !pcre.anchored) flags |= RE2JS.MULTILINE;
    if (pcre.dotAll) flags |= RE2JS.DOTALL;
    return new LinearPattern(RE2JS.compile(pcre.ungreedy ? `(?U)${source}` : source, flags), pcre);
  } catch {
    const flags = `d${pcre.caseless ? 'i' : ''}${pcre.multiline ? 'm' : ''}${pcre.dotAll ? 's' : ''}`;
    return new BacktrackingPattern(new RegExp(source, `${flags}g`));
  }
}

class LinearPattern implements Pattern {
  readonly #compiled: RE2JS;
  readonly #anchored: boolean;

  constructor(compiled: RE2JS, { anchored }: Pcre) {
    this.#compiled = compiled;
    this.#anchored = anchored;
  }

  find(text: string, from: number): PatternFound | undefined {
    // Anchored means the begin of what is searched, and that is where the match before ended.
    const base = this.#anchored ? from : 0;
    const matcher = this.#compiled.matcher(base > 0 ? text.slice(base) : text);
    if (from > text.length || !matcher.find(from - base)) return undefined;
    return {
      from: base + matcher.start(),
      to: base + matcher.end(),
      groups: () =>
        Array.from({ length: matcher.groupCount() }, (_, i) => {
          const begin = matcher.start(i + 1);
          return begin < 0 ? ([-1, -1] as const) : ([base + begin, base + matcher.end(i + 1)] as const);
        }),
    };
  }
}

class BacktrackingPattern implements Pattern {
  readonly #compiled: RegExp;

  constructor(compiled: RegExp) {
    this.#compiled = compiled;
  }

  find(text: string, from: number): PatternFound | undefined {
    this.#compiled.lastIndex = from;
    const found = this.#compiled.exec(text.slice(0, from + BACKTRACKING_BYTES));
    if (!found) return undefined;
    const indices = found.indices ?? [];
    return {
      from: found.index,
      to: found.index + found[0].length,
      groups: () => indices.slice(1).map((pair) => (pair as readonly [number, number] | undefined) ?? [-1, -1]),
    };
  }
}
