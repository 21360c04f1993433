/**
 * The literal that a rule is looked for by: the one that `fast_pattern` names, else the one that is least likely to be in traffic that the
 * rule is not about. As in Suricata: buffers of parsed protocols before payload, then longer and more varied contents.
 */

import type { BufferMatches, ContentTest } from './buffer-match.ts';
import type { FastPatternWish } from './draft.ts';
import type { FastPattern } from './rule.ts';

export const fastPattern = (matches: readonly BufferMatches[], wishes: ReadonlyMap<ContentTest, FastPatternWish>): FastPattern | undefined => {
  const found = candidates(matches);
  const wished = found.find(({ content }) => wishes.has(content));
  if (wished) return made(wished, wishes.get(wished.content));
  const usable = found.filter(({ content }) => !content.negated);
  const best = usable.reduce<Candidate | undefined>((a, b) => (a && !better(b, a) ? a : b), undefined);
  return best && made(best, undefined);
};

interface Candidate {
  readonly match: number;
  readonly test: number;
  readonly content: ContentTest;
  readonly rank: number;
}

/** What transforms or base64_decode change cannot be searched for in bytes as they come; the buffers that change are made before the search. */
const candidates = (matches: readonly BufferMatches[]): Candidate[] =>
  matches.flatMap(({ buffer, tests }, match) =>
    buffer === 'base64_data'
      ? []
      : tests.flatMap((content, test) => (content.kind === 'content' ? [{ match, test, content, rank: rankOf(buffer) }] : [])),
  );

/** Short fields are in nearly every transaction with few values: they come after buffers that say more. */
const RANKS: Readonly<Record<string, number>> = { payload: 1, 'http.method': 0, 'http.stat_code': 0, 'http.stat_msg': 0, 'http.protocol': 0 };

const rankOf = (buffer: string): number => (Object.hasOwn(RANKS, buffer) ? RANKS[buffer] : 2);

const better = (b: Candidate, a: Candidate): boolean => {
  if (b.rank !== a.rank) return b.rank > a.rank;
  const [strongB, strongA] = [strength(b.content.bytes), strength(a.content.bytes)];
  return strongB === strongA ? b.content.bytes.length > a.content.bytes.length : strongB > strongA;
};

/** Points by byte: letters and white space are in all texts, zeros and 0xff in all binaries; a byte seen before adds one. */
const strength = (bytes: Uint8Array): number => {
  const seen = new Set<number>();
  let points = 0;
  for (const byte of bytes) {
    points += seen.has(byte) ? 1 : pointsOf(byte);
    seen.add(byte);
  }
  return points;
};

const pointsOf = (byte: number): number => {
  if (byte === 0 || byte === 1 || byte === 0xff || byte === 0x20) return 2;
  const letter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  if (letter) return 3;
  return byte >= 0x21 && byte <= 0x7e ? 4 : 6;
};

const made = ({ match, test, content }: Candidate, wish: FastPatternWish | undefined): FastPattern | undefined => {
  // A negated content says what is not there: nothing to search for.
  if (content.negated) return undefined;
  const from = wish?.offset ?? 0;
  const bytes = content.bytes.slice(from, wish?.length === undefined ? undefined : from + wish.length);
  return { match, test, bytes, nocase: content.nocase, only: wish?.only ?? false };
};
