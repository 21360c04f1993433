import { describe, expect, it } from 'vitest';
import { decoded, layerOf } from '../../../../../tests/decode/decoded.ts';
import { cat, u16 } from '../../../../../tests/builders/bytes.ts';
import { ethernet, wlanData } from '../../../../../tests/builders/links.ts';
import { ip, udp } from '../../../../../tests/builders/packets.ts';
import { gre } from '../../../../../tests/builders/tunnels.ts';

const RAW = 101;
const WLAN = 105;
const INNER = ip('10.1.0.1', '10.1.0.2', udp(1111, 2222, Buffer.from('inside')));
const inside = { src: '10.1.0.1', dst: '10.1.0.2', sport: 1111, dport: 2222, payloadLen: 6 };
/** Cisco metadata: version 1, one option, a security group tag. */
const METADATA = [1, 1, 0, 1, 0, 7];

describe('what GRE carries besides EtherTypes of the standard', () => {
  it.each([
    ['802.11 frames of access points (0x8200 and its channels)', 0x8200, wlanData(INNER)],
    ['802.11 frames of the last channel', 0x820f, wlanData(INNER)],
    ['WCCP 2 with its redirect header', 0x883e, cat([0, 51, 0, 0], INNER)],
    ['WCCP 1 without one', 0x883e, INNER],
    ['packets with Cisco metadata', 0x8909, cat(u16(0x0800), METADATA, INNER)],
  ])('%s', (_, protocol, payload) => {
    const { fault, h } = decoded(ip('192.0.2.1', '192.0.2.2', gre(protocol, payload)), { linkType: RAW });
    expect(fault).toBe('none');
    expect(h.layers).toBe(2);
    expect(layerOf(h, 1)).toMatchObject({ ...inside, tunnel: 'gre' });
  });
});

it('passes over Cisco metadata between Ethernet and IP', () => {
  const frame = ethernet(INNER);
  const { fault, h } = decoded(cat(frame.subarray(0, 12), u16(0x8909), METADATA, u16(0x0800), INNER));
  expect(fault).toBe('none');
  expect(layerOf(h, 0)).toMatchObject(inside);
});

it('passes over HT control, whatever it holds, and does not take it for the sign of an aggregate', () => {
  const plain = wlanData(INNER);
  const ordered = cat(
    [plain[0], plain[1] | 0x80],
    plain.subarray(2, 26),
    [0xff, 0xff, 0xff, 0xff],
    plain.subarray(26),
  );
  const { fault, h } = decoded(ordered, { linkType: WLAN });
  expect(fault).toBe('none');
  expect(layerOf(h, 0)).toMatchObject(inside);
});
