import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainChecksum } from '../../../../tests/builders/bytes.ts';
import { internetChecksum } from './checksum.hot.ts';

const sumOf = (bytes: Uint8Array, before = 0, behind = 0, start = 0): number => {
  const block = new Uint8Array(before + bytes.length + behind).fill(0xab);
  block.set(bytes, before);
  return internetChecksum(new DataView(block.buffer), before, bytes.length, start);
};

describe('internetChecksum', () => {
  it('gives the example of RFC 1071', () => {
    expect(sumOf(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))).toBe(~0xddf2 & 0xffff);
  });

  it('equals the plain sum for any bytes, length and alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), fc.nat(9), (bytes, before, behind) => {
        expect(sumOf(bytes, before, behind)).toBe(plainChecksum(bytes));
      }),
    );
  });

  it('equals it for every length around the unrolled stride, odd ones too', () => {
    for (let length = 0; length <= 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff);
      expect(sumOf(bytes, length & 3, 5)).toBe(plainChecksum(bytes));
    }
  });

  it('carries as often as 64 KB of ones make it', () => {
    for (const length of [65_535, 65_534, 65_520]) {
      const bytes = new Uint8Array(length).fill(0xff);
      expect(sumOf(bytes)).toBe(plainChecksum(bytes));
    }
  });

  it('goes on from a sum, and is 0 over a packet that holds its checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), fc.nat(0xfffff), (bytes, start) => {
        bytes[0] = 0;
        bytes[1] = 0;
        const sum = sumOf(bytes, 0, 0, start);
        bytes[0] = sum >> 8;
        bytes[1] = sum & 0xff;
        expect(sumOf(bytes, 0, 0, start)).toBe(0);
      }),
    );
  });
});
