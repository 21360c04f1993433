import { describe, expect, test } from 'vitest';

import { children, elementAt, elementLength, integerOf, oidOf, textOf, timeOf } from './asn1.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('BER', () => {
  test('lengths are known from the header alone, and indefinite or huge ones are refused', () => {
    expect(elementLength(hex('30 05'))).toBe(7);
    expect(elementLength(hex('30 82 01 00'))).toBe(260);
    expect(elementLength(hex('30 82 01'))).toBe(0);
    expect(elementLength(hex('30'))).toBe(0);
    expect(elementLength(hex('30 80 00 00'))).toBe(-1);
    expect(elementLength(hex('30 85 01 00 00 00 00'))).toBe(-1);
    expect(elementLength(hex('1f ff ff ff ff 01'))).toBe(-1);
  });

  test('elements end where their parent ends', () => {
    const bytes = hex('30 06 02 01 05 04 7f 41');
    const parent = elementAt(bytes, 0);
    expect(parent).toMatchObject({ tag: 16, constructed: true, content: 2, end: 8 });
    expect(parent && children(bytes, parent).map(({ tag }) => tag)).toEqual([2]);
    expect(elementAt(bytes, 0, 7)).toBeUndefined();
  });

  test('values', () => {
    const value = (text: string): [Uint8Array, ReturnType<typeof elementAt>] => [
      hex(text),
      elementAt(hex(text), 0),
    ];
    expect(integerOf(...value('02 01 ff'))).toBe(-1);
    expect(integerOf(...value('02 02 00 ff'))).toBe(255);
    expect(integerOf(...value('02 08 00 00 00 00 00 00 00 07'))).toBe(7);
    expect(integerOf(...value('02 08 7f 00 00 00 00 00 00 07'))).toBeUndefined();
    expect(oidOf(...value('06 06 2b 06 01 05 05 02'))).toBe('1.3.6.1.5.5.2');
    expect(oidOf(...value('06 02 2b 86'))).toBeUndefined();
    expect(timeOf(...value(`18 0f ${Buffer.from('20150119225459Z').toString('hex')}`))).toBe(
      1421708099000000000n,
    );
    const [bytes, element] = value('04 02 68 69');
    expect(element && textOf(bytes, element)).toBe('hi');
    const high = hex('1f 81 01 00');
    expect(elementAt(high, 0)).toMatchObject({ tag: 129, content: 4, end: 4 });
  });
});
