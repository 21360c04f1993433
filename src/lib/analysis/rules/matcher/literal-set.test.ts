/** Searching for many literals misses none and reports none that is not there. */

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LiteralSearch } from './literal-search.ts';
import { LiteralSet } from './literal-set.hot.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const found = (literals: readonly string[], text: string, from = 0, to = text.length): string[] => {
  const set = new LiteralSet(literals.map(bytes));
  set.search(bytes(text), from, to);
  return Array.from(set.hits.subarray(0, set.count), (i) => literals[i] ?? '').sort();
};

afterEach(() => vi.unstubAllGlobals());

describe('a set of literals', () => {
  it('finds those of every length, in either case, at begin and end', () => {
    const literals = ['a', 'bc', 'def', 'ghij', 'klmno', 'pqrstuvwxyz', 'absent!!'];
    expect(found(literals, 'pqrstuvwxyz.KLMNO.ghij.DEF.bc.A')).toEqual(
      ['a', 'bc', 'def', 'ghij', 'klmno', 'pqrstuvwxyz'].sort(),
    );
  });

  it('keeps to the part that it is asked for', () => {
    expect(found(['word'], 'a word here', 2, 6)).toEqual(['word']);
    expect(found(['word'], 'a word here', 3, 11)).toEqual([]);
    expect(found(['word'], 'a word here', 0, 5)).toEqual([]);
  });

  it('says the same as looking for each of them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'c', '\u00ff', '@', '`'), maxLength: 80 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\u00ff', '@', '`'), minLength: 1, maxLength: 12 }), { maxLength: 12 }), text, (literals, haystack) => {
        const wanted = literals.filter((one) => haystack.toLowerCase().includes(one)).sort();
        expect(found(literals, haystack)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('says the same in WebAssembly and in TypeScript, of literals of all lengths in bytes of all kinds', () => {
    const unit = fc.constantFrom(...'abAB', '\u00e1', '@', '`', '\0', '!');
    const literal = fc.oneof(
      fc.string({ unit, minLength: 1, maxLength: 3 }),
      fc.string({ unit, minLength: 4, maxLength: 14 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 15, maxLength: 300 }),
    );
    let some = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(literal, fc.boolean()), { maxLength: 30 }),
        fc.array(fc.oneof(fc.string({ unit, maxLength: 60 }), fc.nat(29)), { maxLength: 60 }),
        fc.nat(8),
        (pairs, pieces, skipped) => {
          const literals = pairs.map(([text]) => bytes(text));
          const nocase = pairs.map(([, one]) => one);
          const haystack = bytes(
            `${pieces.map((one) => (typeof one === 'string' ? one : (pairs[one % pairs.length]?.[0] ?? ''))).join('')}${'.'.repeat(200)}`,
          );
          const searched = [true, false].map((wasm) => {
            const set = new LiteralSet(literals, nocase, wasm);
            const hits = [];
            // The second time, nothing of the first is left.
            for (const from of [skipped, 0]) {
              set.search(haystack, from, haystack.length - skipped);
              hits.push([...set.hits.subarray(0, set.count)].sort((a, b) => a - b));
            }
            return hits;
          });
          const oracle = [skipped, 0].map((from) =>
            literals.flatMap((one, index) => {
              const within = Buffer.from(haystack.subarray(from, haystack.length - skipped)).toString('latin1');
              const folded = (text: string): string => text.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
              const text = Buffer.from(one).toString('latin1');
              return (nocase[index] ? folded(within).includes(folded(text)) : within.includes(text)) ? [index] : [];
            }),
          );
          some += oracle[0]?.length ?? 0;
          expect(searched[0]).toEqual(oracle);
          expect(searched[1]).toEqual(oracle);
        },
      ),
      { numRuns: 300 },
    );
    expect(some).toBeGreaterThan(300);
  });

  it('finds literals across the pieces that long bytes are searched in', () => {
    const long = 'x'.repeat(9_000);
    const literals = ['needle', `${long}y`, 'ab', 'q'];
    for (let at = 32_750; at < 32_780; at++) {
      const text = `${'.'.repeat(at)}needle`;
      expect(found(literals, text.padEnd(70_000, '.'))).toEqual(['needle']);
      expect(found(literals, `${'.'.repeat(at)}ab`)).toEqual(['ab']);
    }
    expect(found(literals, `${'.'.repeat(30_000)}${long}y${'.'.repeat(30_000)}q`)).toEqual([`${long}y`, 'q'].sort());
  });

  it('finds all of thousands, whatever table they take', () => {
    for (const count of [400, 1_500, 4_000]) {
      const literals = Array.from({ length: count }, (_, i) => `${i.toString(36)}${i % 3 === 0 ? '' : `-${i}-literal`}`);
      const text = literals.filter((_, i) => i % 2 === 0).join('\n');
      const set = new LiteralSet(literals.map(bytes), literals.map(() => false));
      set.search(bytes(text), 0, text.length);
      const wanted = literals.flatMap((one, i) => (text.includes(one) ? [i] : []));
      expect([...set.hits.subarray(0, set.count)].sort((a, b) => a - b)).toEqual(wanted);
    }
  });

  it('finds the same where there is no WebAssembly, or no memory for it', () => {
    const literals = ['needle', 'ab', 'a much longer one'];
    const text = `${'.'.repeat(300)}NEEDLE${'.'.repeat(300)}a much longer one`;
    const memory = function (): never {
      throw new RangeError('could not allocate memory');
    };
    for (const without of [undefined, { Memory: memory }]) {
      vi.stubGlobal('WebAssembly', without);
      expect(LiteralSearch.of([{ bytes: bytes('needle'), nocase: true }], 100)).toBeUndefined();
      expect(found(literals, text)).toEqual(['a much longer one', 'needle']);
    }
  });
});
