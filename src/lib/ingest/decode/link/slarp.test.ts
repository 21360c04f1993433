import { expect, it } from 'vitest';
import { decoded } from '../../../../../tests/decode/decoded.ts';
import { cat, u16, u32 } from '../../../../../tests/builders/bytes.ts';
import { FAMILIES } from '../../../model/ids.ts';

const CISCO_HDLC = 104;

it('a SLARP packet on Cisco HDLC is no RARP packet, although both have number 0x8035', () => {
  const keepalive = cat([0x8f, 0], u16(0x8035), u32(2), u32(1), u32(1), [0xff, 0xff, 0, 0, 0, 0, 0, 0]);
  const { fault, h } = decoded(keepalive, { linkType: CISCO_HDLC });
  expect(fault).toBe('none');
  expect(h.arpOff).toBe(-1);
  expect(FAMILIES[h.family]).toBe('other');
});
