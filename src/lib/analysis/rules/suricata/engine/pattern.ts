/** A rule's regular expression over bytes: a character a byte. */

import { createContext, Script } from 'node:vm';
import { compilePattern } from '../language/pattern.ts';
import type { Pcre } from '../language/buffer-match.ts';

/** Where a match lies, and its groups: pairs of begin and end, -1 where a group took no part. */
export interface PatternFound {
  readonly from: number;
  readonly to: number;
  groups(): readonly (readonly [number, number])[];
}

export interface Pattern {
  /** The first match at or after `from` in Latin-1 text. Throws where the search takes too long. */
  find(text: string, from: number): PatternFound | undefined;
}

type Linear = Extract<ReturnType<typeof compilePattern>, { kind: 'linear' }>['pattern'];

/** Look-around and back-references may take exponential time: one search gets so long, and this much text. */
const BACKTRACKING_MS = 20;
const BACKTRACKING_BYTES = 16_384;

/** Compiles in linear time where that is possible; throws where nothing here can run it. */
export function patternOf(pcre: Pcre): Pattern {
  const compiled = compilePattern(pcre);
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled.kind === 'linear'
    ? new LinearPattern(compiled.pattern, pcre)
    : new BacktrackingPattern(compiled.source, compiled.flags);
}

class LinearPattern implements Pattern {
  readonly #compiled: Linear;
  readonly #anchored: boolean;

  constructor(compiled: Linear, { anchored }: Pcre) {
    this.#compiled = compiled;
    this.#anchored = anchored;
  }

  find(text: string, from: number): PatternFound | undefined {
    if (from > text.length) return undefined;
    // Anchored means the begin of what is searched, and that is where the match before ended.
    const base = this.#anchored ? from : 0;
    const matcher = this.#compiled.matcher(base > 0 ? text.slice(base) : text);
    if (!matcher.find(from - base)) return undefined;
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

interface Search {
  text: string;
  from: number;
  found: RegExpExecArray | null;
  pattern: RegExp | undefined;
}

/** Searches run in a context of their own, since only there V8 can be told to stop. */
const search: Search = { text: '', from: 0, found: null, pattern: undefined };
let context: ReturnType<typeof createContext> | undefined;
const script = new Script('search.pattern.lastIndex = search.from; search.found = search.pattern.exec(search.text);');

class BacktrackingPattern implements Pattern {
  readonly #compiled: RegExp;

  constructor(source: string, flags: string) {
    this.#compiled = new RegExp(source, `${flags}dg`);
  }

  find(text: string, from: number): PatternFound | undefined {
    context ??= createContext({ search });
    search.text = text.slice(0, from + BACKTRACKING_BYTES);
    search.from = from;
    search.pattern = this.#compiled;
    search.found = null;
    script.runInContext(context, { timeout: BACKTRACKING_MS });
    const found = search.found as RegExpExecArray | null;
    if (!found) return undefined;
    const indices = found.indices ?? [];
    return {
      from: found.index,
      to: found.index + found[0].length,
      groups: () => indices.slice(1).map((pair) => (pair as readonly [number, number] | undefined) ?? [-1, -1]),
    };
  }
}
