import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binWidth } from './timeline.ts';

it('a bin is no narrower than asked for, and at most 2.5 times as wide', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 19n }), fc.integer({ min: 1, max: 2_000 }), (span, bins) => {
      const width = binWidth(span, bins);
      expect(Number(span / width) + 1).toBeLessThanOrEqual(bins);
      const least = span / BigInt(bins) + 1n;
      expect(width === 1_000n || width * 2n <= least * 5n).toBe(true);
    }),
  );
});

it('is round', () => {
  const second = 1_000_000_000n;
  expect([
    binWidth(3_600n * second, 240),
    binWidth(60n * second, 240),
    binWidth(second, 240),
    binWidth(30n * 86_400n * second, 240),
  ]).toEqual([30n * second, 500_000_000n, 5_000_000n, 14_400n * second]);
});
