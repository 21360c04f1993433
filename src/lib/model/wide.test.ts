import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeNanoseconds, writeWide } from './wide.hot.ts';

const words = (write: (out: Uint32Array) => void): bigint => {
  const out = new Uint32Array(4).fill(0xaaaaaaaa);
  write(out);
  expect([out[0], out[3]]).toEqual([0xaaaaaaaa, 0xaaaaaaaa]);
  return (BigInt(out[2]) << 32n) | BigInt(out[1]);
};

describe('wide', () => {
  it('writeWide is exact up to 2^53', () => {
    const value = fc.oneof(
      fc.maxSafeNat(),
      fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1),
    );
    fc.assert(
      fc.property(value, (n) => {
        expect(words((out) => writeWide(out, 1, n))).toBe(BigInt(n));
      }),
    );
  });

  it('writeNanoseconds is exact from 1970 to 2262', () => {
    const seconds = fc.oneof(
      fc.integer({ min: 0, max: 9_223_372_035 }),
      fc.constantFrom(0, 1, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 9_223_372_035),
    );
    const below = fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, 1, 999_999_999));
    fc.assert(
      fc.property(seconds, below, (sec, nsec) => {
        expect(words((out) => writeNanoseconds(out, 1, sec, nsec))).toBe(
          BigInt(sec) * 1_000_000_000n + BigInt(nsec),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
