/** ICMP messages (RFC 792, 1191, 4443): their names, and what errors say of the packets that they are about. */

import { describe, expect, it } from 'vitest';
import { detailsOf, hasEcho, messageName } from './icmp-messages.ts';

const nameOf = (isV6: boolean, type: number, code = 0): string | undefined => {
  const bytes = messageName(isV6, type, code);
  return bytes && Buffer.from(bytes).toString();
};
const details = (isV6: boolean, hex: string) => {
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return detailsOf(new DataView(bytes.buffer), isV6, 0, bytes.length);
};
const MAPPED = 0xffff_0000_0000n;
const ORIG = [0n, MAPPED | 0xc000_0201n];
const RESP = [0n, MAPPED | 0xc633_6402n];
/** From 192.0.2.1 to 198.51.100.2, ports 1000 and 53; `fragment` of 8 bytes each. */
const quoted4 = (proto: string, fragment = '0000', header = '45', options = ''): string =>
  `${header} 00 0030 0001 ${fragment} 40 ${proto} 0000 c0000201 c6336402 ${options} 03e8 0035 0010 0000`;

describe('names', () => {
  it('tell why nobody was reached, by the version of IP', () => {
    expect(nameOf(false, 8)).toBe('echo_request');
    expect(nameOf(true, 128)).toBe('echo_request');
    expect(nameOf(false, 128)).not.toBe(nameOf(true, 128));
    expect(nameOf(false, 3, 3)).toMatch(/port/);
    expect(nameOf(true, 1, 4)).toMatch(/port/);
    expect(nameOf(false, 3, 3)).not.toBe(nameOf(false, 3, 1));
    expect(nameOf(false, 11, 0)).not.toBe(nameOf(false, 11, 1));
    expect(nameOf(false, 3, 200)).toBe(nameOf(false, 3, 201));
    expect(nameOf(false, 250)).toBeUndefined();
  });

  it('go with identifiers where the message has one', () => {
    expect([0, 8, 13, 3, 11].map((type) => hasEcho(false, type))).toEqual([true, true, true, false, false]);
    expect([128, 129, 8, 1].map((type) => hasEcho(true, type))).toEqual([true, true, false, false]);
  });
});

describe('errors', () => {
  const about = { quoted_src: ORIG, quoted_dst: RESP };
  const ports = { quoted_src_p: 1000, quoted_dst_p: 53 };

  it('quote a packet with its ports, behind options too', () => {
    expect(details(false, `0303 0000 00000000 ${quoted4('11')}`)).toEqual({
      quoted_proto: 17,
      ...about,
      ...ports,
    });
    expect(details(false, `0303 0000 00000000 ${quoted4('06', '0000', '46', '01010101')}`)).toEqual({
      quoted_proto: 6,
      ...about,
      ...ports,
    });
  });

  it('quote no ports of a later fragment, of other protocols, or beyond the end', () => {
    // The flags are no offset: more fragments follow the first.
    expect(details(false, `0303 0000 00000000 ${quoted4('11', '2000')}`)).toMatchObject(ports);
    for (const text of [quoted4('11', '2001'), quoted4('01'), quoted4('11').slice(0, -12)])
      expect(details(false, `0303 0000 00000000 ${text}`)).not.toHaveProperty('quoted_src_p');
    expect(details(false, '0303 0000 00000000 4500')).toEqual({});
    expect(details(false, `0303 0000 00000000 ${quoted4('11', '0000', '44')}`)).toEqual({});
  });

  it('say what fits, where to go, and what is wrong', () => {
    expect(details(false, `0304 0000 0000 05dc ${quoted4('11')}`)).toMatchObject({ mtu: 1500 });
    expect(details(false, `0304 0000 0000 0000 ${quoted4('11')}`)['mtu']).toBeUndefined();
    expect(details(false, `0303 0000 0000 05dc ${quoted4('11')}`)).not.toHaveProperty('mtu');
    expect(details(false, `0501 0000 c00002fe ${quoted4('11')}`)).toMatchObject({
      gateway: [0n, MAPPED | 0xc000_02fen],
    });
    expect(details(false, `0c00 0000 14000000 ${quoted4('11')}`)).toMatchObject({ pointer: 20 });
    // No error: nothing is quoted.
    expect(details(false, `0d00 0000 00000000 ${quoted4('11')}`)).toEqual({});
  });

  it('quote packets of IPv6', () => {
    const [from, to] = ['20010db8000000000000000000000001', '20010db8000000000000000000000002'];
    const packet = `60000000 0010 11 40 ${from} ${to} 03e8 0035 0010 0000`;
    const found = {
      quoted_proto: 17,
      quoted_src: [0x2001_0db8_0000_0000n, 1n],
      quoted_dst: [0x2001_0db8_0000_0000n, 2n],
      ...ports,
    };
    expect(details(true, `0200 0000 00000500 ${packet}`)).toEqual({ mtu: 1280, ...found });
    expect(details(true, `0400 0000 00000006 ${packet}`)).toEqual({ pointer: 6, ...found });
    expect(details(true, `0104 0000 00000000 ${packet}`)).toEqual(found);
    expect(details(true, `0104 0000 00000000 ${packet.slice(0, 60)}`)).toEqual({});
  });
});
