/** Packets cut anywhere and changed at random: decoding never throws, never reads outside, and says what is wrong. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, cat, u16, u32 } from '../../../../tests/builders/bytes.ts';
import { ethernet, LINKS, mplsStack, pppoeFrame, SRC_MAC } from '../../../../tests/builders/links.ts';
import {
  arp,
  fragmentsOf,
  icmp,
  icmp6,
  ip,
  ipAround,
  opaque,
  sctp,
  tcp,
  udp,
} from '../../../../tests/builders/packets.ts';
import { tunnelled, TUNNELS } from '../../../../tests/builders/tunnels.ts';
import { type DecodeOptions, decoded, everything } from '../../../../tests/decode/decoded.ts';
import { FAULTS } from '../../model/faults.ts';
import { Headers } from '../../model/headers.ts';

const PACKET_FAULTS = new Set(FAULTS.filter(({ of }) => of === 'packet').map(({ name }) => name));
const CUTS = new Set([
  'none',
  'truncated_link',
  'truncated_network',
  'truncated_transport',
  'bad_link',
  'bad_tunnel',
  'bad_network',
]);

const segment = tcp({
  sport: 1234,
  dport: 80,
  flags: 'PA',
  options: [2, 4, 5, 180, 3, 3, 7, 0],
  payload: Buffer.from('GET / HTTP/1.1'),
});
const V4 = ip('192.0.2.1', '198.51.100.2', segment, { options: [7, 7, 4, 0, 0, 0, 0] });
const extensions = [0, 43, 60].map((type) => ({ type, body: Buffer.alloc(6) }));
const V6 = ip('2001:db8::1', '2001:db8::2', segment, { extensions });

interface Sample {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Buffer;
}

const inEthernet = (name: string, packet: Buffer, etherType?: number): Sample => ({
  name,
  linkType: 1,
  bytes: etherType === undefined ? ethernet(packet) : ethernet(packet, [], etherType),
});

const SAMPLES: readonly Sample[] = [
  ...Object.entries(LINKS).flatMap(([name, { linkType, wrap }]) => [
    { name: `${name}, IPv4`, linkType, bytes: wrap(V4) },
    { name: `${name}, IPv6`, linkType, bytes: wrap(V6) },
  ]),
  ...Object.entries(TUNNELS).flatMap(([name, tunnel]) => [
    inEthernet(`${name} around IPv4`, tunnelled(tunnel, V4)),
    inEthernet(`${name} around IPv6`, tunnelled(tunnel, V6, '2001:db8::5', '2001:db8::6')),
  ]),
  inEthernet('UDP', ip('192.0.2.1', '192.0.2.2', udp(53, 5353, Buffer.alloc(30, 7)))),
  inEthernet('ICMP', ip('192.0.2.1', '192.0.2.2', icmp(8, 0, Buffer.alloc(20)))),
  inEthernet('ICMPv6', ip('2001:db8::1', '2001:db8::2', icmp6(135, 0, Buffer.alloc(20)))),
  inEthernet('SCTP', ip('192.0.2.1', '192.0.2.2', sctp(1, 2))),
  inEthernet('DCCP', ip('192.0.2.1', '192.0.2.2', opaque(33, Buffer.alloc(24, 5)))),
  inEthernet(
    'GRE with source routes',
    ip(
      '192.0.2.1',
      '192.0.2.2',
      opaque(47, cat(u16(0xc000), u16(0x800), u32(0), u16(2), [0, 4], u32(1), u32(0), V4)),
    ),
  ),
  ...fragmentsOf('2001:db8::1', '2001:db8::2', segment, 16, 9).map((p, i) => inEthernet(`fragment ${i}`, p)),
  inEthernet('ARP', arp(1, SRC_MAC, '192.0.2.1', Buffer.alloc(6), '192.0.2.2'), 0x0806),
  inEthernet('PPPoE', pppoeFrame(V4), 0x8864),
  inEthernet('pseudowire', mplsStack([1, 2], cat(u32(0), ethernet(V4))), 0x8847),
  {
    name: 'tags',
    linkType: 1,
    bytes: ethernet(V4, [
      [0x88a8, 1],
      [0x8100, 2],
    ]),
  },
];

const reused = new Headers();

/** What decoding says, offsets checked: nothing lies before the packet or behind its last byte. */
function checked(bytes: Uint8Array, options: DecodeOptions): ReturnType<typeof everything> {
  const result = decoded(bytes, { ...options, h: reused });
  const { h, fault } = result;
  for (let layer = 0; layer < h.layers; layer++) {
    const payload = h.payloadOff[layer];
    const places = [h.l3Off[layer], h.l4Off[layer], h.l4End[layer], payload, payload + h.payloadCap[layer]];
    if (places.some((at) => at < h.start || at > h.end) || h.payloadCap[layer] < 0 || h.l4Len[layer] < 0)
      throw new Error(`layer ${layer} leaves the packet: ${places.join()} in ${h.start} to ${h.end}`);
  }
  if (!PACKET_FAULTS.has(fault)) throw new Error(`${fault} is no fault of a packet`);
  return everything(result);
}

/** The same packet in several surroundings, at the very end of its block, and after packets that left other things behind. */
function inAllSurroundings(bytes: Uint8Array, options: DecodeOptions): ReturnType<typeof everything> {
  const plain = checked(bytes, { ...options, surroundings: 0, leftovers: 0 });
  const poisoned = checked(bytes, { ...options, surroundings: 0xff, leftovers: 0xff });
  const atEnd = checked(bytes, { ...options, surroundings: 0x45, room: 0, leftovers: 1 });
  const said = JSON.stringify(plain);
  if (said !== JSON.stringify(poisoned)) expect(poisoned).toEqual(plain);
  if (said !== JSON.stringify(atEnd)) expect(atEnd).toEqual(plain);
  return plain;
}

describe('every sample', () => {
  it.each(SAMPLES)('$name is whole', ({ bytes, linkType }) => {
    expect(inAllSurroundings(bytes, { linkType, verifyChecksums: true }).fault).toBe('none');
  });

  it.each(SAMPLES)('$name cut by the capture at every length', ({ bytes, linkType }) => {
    for (let length = 0; length < bytes.length; length++) {
      const said = inAllSurroundings(bytes.subarray(0, length), {
        linkType,
        len: bytes.length,
        verifyChecksums: true,
      });
      if (!CUTS.has(said.fault) || said.layers.some(({ badChecksum }) => badChecksum & 2))
        expect.fail(`cut to ${length} bytes: ${JSON.stringify(said)}`);
    }
  });

  it.each(SAMPLES)('$name too short on the wire at every length', ({ bytes, linkType }) => {
    for (let length = 0; length < bytes.length; length++)
      inAllSurroundings(bytes.subarray(0, length), { linkType });
  });

  it.each(SAMPLES)('$name with every byte in turn 0, 135, 255 and inverted', ({ bytes, linkType }) => {
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 135, 255, bytes[at] ^ 255]) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        inAllSurroundings(changed, { linkType, verifyChecksums: true });
      }
    }
  });
});

it('any sample with any bytes changed and any end', () => {
  const change = fc.tuple(fc.nat(200), fc.nat(255));
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(change, { maxLength: 12 }),
      fc.nat(250),
      ({ bytes, linkType }, changes, length) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
        inAllSurroundings(changed.subarray(0, length), {
          linkType,
          len: bytes.length,
          verifyChecksums: true,
        });
      },
    ),
    { numRuns: 3000 },
  );
});

it('any bytes as any link type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(300), (bytes, linkType) => {
      inAllSurroundings(bytes, { linkType, verifyChecksums: true });
    }),
    { numRuns: 3000 },
  );
});

describe('what a cut names', () => {
  const frame = ethernet(ip('192.0.2.1', '192.0.2.2', tcp({ sport: 1, dport: 2, flags: 'S' })));
  it.each([
    [0, 'truncated_link'],
    [13, 'truncated_link'],
    [14, 'truncated_network'],
    [33, 'truncated_network'],
    [34, 'truncated_transport'],
    [53, 'truncated_transport'],
    [54, 'none'],
  ])('Ethernet, IPv4 and TCP after %i bytes: %s', (length, fault) => {
    expect(decoded(frame.subarray(0, length), { len: frame.length }).fault).toBe(fault);
  });

  it('an IPv6 extension header cut is of the network', () => {
    const packet = ipAround(addressBytes('fd00::1'), addressBytes('fd00::2'), 0, Buffer.alloc(4), {});
    expect(decoded(packet, { linkType: 101 }).fault).toBe('truncated_network');
  });
});
