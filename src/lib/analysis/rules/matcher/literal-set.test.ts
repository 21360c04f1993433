/** Searching for many literals misses none and reports none that is not there. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiteralSet } from './literal-set.hot.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const found = (literals: readonly string[], text: string, from = 0, to = text.length): string[] => {
  const set = new LiteralSet(literals.map(bytes));
  set.search(bytes(text), from, to);
  return Array.from(set.hits.subarray(0, set.count), (i) => literals[i] ?? '').sort();
};

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
});
