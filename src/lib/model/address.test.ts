import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { addressText, addressWordsText, parseAddress } from './address.ts';

const word = fc.oneof(
  fc.constant(0),
  fc.constant(1),
  fc.constant(0xffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

describe('addresses', () => {
  it('IPv4 is read as the library reads it, and refused where it refuses', () => {
    const part = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom('', '00', '01', ' 1', 'a', '-1'),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.join('.');
        const expected = ipaddr.IPv4.isValidFourPartDecimal(text)
          ? `::ffff:${ipaddr.IPv4.parse(text).toString()}`
          : undefined;
        const halves = parseAddress(text);
        expect(halves && `::ffff:${addressText(halves)}`).toBe(expected);
      }),
    );
  });

  it('text of words is that of RFC 5952', () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const text = addressWordsText(a, b, c, d);
        const halves = { hi: (BigInt(a) << 32n) | BigInt(b), lo: (BigInt(c) << 32n) | BigInt(d) };
        expect(text).toBe(addressText(halves));
        expect(parseAddress(text)).toEqual(halves);
        if (text.includes(':')) expect(text).toBe(ipaddr.IPv6.parse(text).toRFC5952String());
      }),
    );
  });
});
