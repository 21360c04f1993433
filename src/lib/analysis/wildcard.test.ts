import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesWildcard } from './wildcard.ts';

describe('a pattern with stars', () => {
  it('matches what a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
    fc.assert(
      fc.property(letters, patterns, (text, pattern) => {
        const wanted = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(text);
        expect(matchesWildcard(text, pattern)).toBe(wanted);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes nothing else for special', () => {
    expect(matchesWildcard('a+b(c)', 'a+b(*)')).toBe(true);
    expect(matchesWildcard('aab(c)', 'a+b(*)')).toBe(false);
  });

  it('ends on patterns over which backtracking would not', () => {
    expect(matchesWildcard('a'.repeat(5_000), `${'*a'.repeat(40)}*b`)).toBe(false);
  });
});
