import { describe, expect, it } from 'vitest';
import { ENCAPSULATIONS, fits } from '../../../../../sample-pcaps/lib/encapsulations.mjs';
import { decoded, layerOf } from '../../../../../tests/decode/decoded.ts';
import { addressBytes, cat, u16, u32 } from '../../../../../tests/builders/bytes.ts';
import { DST_MAC, ethernet, SRC_MAC } from '../../../../../tests/builders/links.ts';
import { ip, opaque, tcp, udp } from '../../../../../tests/builders/packets.ts';
import { ah, gre, gtpU, tunnelled, TUNNELS, vxlan } from '../../../../../tests/builders/tunnels.ts';
import { DECODE_LIMITS } from '../../../model/limits.ts';

const RAW = 101;
const PAYLOAD = Buffer.from('inside');
const INNER = {
  IPv4: ip('10.1.0.1', '10.1.0.2', tcp({ sport: 1111, dport: 2222, flags: 'PA', payload: PAYLOAD })),
  IPv6: ip('fd00::1', 'fd00::2', tcp({ sport: 1111, dport: 2222, flags: 'PA', payload: PAYLOAD })),
};
/** What sample-pcaps/lib/encapsulations.mjs says of each. */
interface Encapsulation {
  readonly family?: number | string;
  readonly linkType?: number;
  readonly wrap: (inside: { frame: Buffer; packet: Buffer }, outer: object, n: number) => Buffer;
}

const OUTER = [
  ['IPv4', '192.0.2.1', '192.0.2.2'],
  ['IPv6', '2001:db8::1', '2001:db8::2'],
] as const;

describe('every tunnel', () => {
  for (const [name, tunnel] of Object.entries(TUNNELS)) {
    for (const [version, inner] of Object.entries(INNER)) {
      for (const [outerVersion, from, to] of OUTER) {
        it(`${name}: ${version} inside ${outerVersion}`, () => {
          const { fault, h } = decoded(tunnelled(tunnel, inner, from, to), { linkType: RAW });
          expect(fault).toBe('none');
          expect(h.layers).toBe(tunnel.layers ?? 2);
          expect(layerOf(h, 0)).toMatchObject({
            src: from,
            dst: to,
            tunnel: 'none',
            tunnelKey: 0,
            tunnelId: 0,
          });
          expect(layerOf(h, h.layers - 1)).toMatchObject({
            src: version === 'IPv4' ? '10.1.0.1' : 'fd00::1',
            sport: 1111,
            dport: 2222,
            payloadLen: PAYLOAD.length,
            payloadCap: PAYLOAD.length,
            tunnel: tunnel.type,
            tunnelKey: tunnel.key,
            tunnelId: tunnel.id,
          });
        });
      }
    }
  }
});

describe('the encapsulations of the sample captures', () => {
  const side = (mac: Buffer, address: string) => ({ mac, address: addressBytes(address) });
  const outer = {
    forward: true,
    left: side(SRC_MAC, '192.0.2.1'),
    right: side(DST_MAC, '192.0.2.2'),
    key: 0x1234,
  };

  for (const [name, encapsulation] of Object.entries(ENCAPSULATIONS)) {
    for (const [version, packet] of Object.entries(INNER)) {
      const frame = ethernet(packet);
      const more = encapsulation as Encapsulation;
      if (!fits(frame, more.family)) continue;
      it(`${name} leads to ${version}`, () => {
        const { fault, h } = decoded(more.wrap({ frame, packet }, outer, 1), {
          linkType: more.linkType ?? 1,
        });
        expect(fault).toBe('none');
        expect(layerOf(h, h.layers - 1)).toMatchObject({
          sport: 1111,
          dport: 2222,
          payloadLen: PAYLOAD.length,
        });
      });
    }
  }
});

describe('how deep', () => {
  const nested = (depth: number): Buffer => {
    let packet = INNER.IPv4;
    for (let i = 1; i < depth; i++) packet = ip(`10.0.${i}.1`, `10.0.${i}.2`, opaque(4, packet));
    return packet;
  };

  it('reads as many layers as the cap, and counts one more as a fault', () => {
    const whole = decoded(nested(DECODE_LIMITS.maxEncapsulation), { linkType: RAW });
    expect([whole.fault, whole.h.layers]).toEqual(['none', 16]);
    expect(layerOf(whole.h, 15)).toMatchObject({ sport: 1111, payloadLen: PAYLOAD.length });
    const over = decoded(nested(DECODE_LIMITS.maxEncapsulation + 1), { linkType: RAW });
    expect([over.fault, over.h.layers]).toEqual(['encapsulation_cap', 16]);
  });

  it.each([
    ['IPv6 in IP', (inner: Buffer) => ip('fd00::1', 'fd00::2', opaque(inner[0] >> 4 === 6 ? 41 : 4, inner))],
    ['VXLAN', (inner: Buffer) => ip('10.0.0.1', '10.0.0.2', vxlan(1, ethernet(inner)))],
    ['GRE with frames', (inner: Buffer) => ip('10.0.0.1', '10.0.0.2', gre(0x6558, ethernet(inner)))],
    ['GTP-U', (inner: Buffer) => ip('10.0.0.1', '10.0.0.2', gtpU(1, inner))],
    ['AH', (inner: Buffer) => ip('10.0.0.1', '10.0.0.2', ah(4, inner))],
  ])('%s inside itself a hundred times ends at the cap', (_, around) => {
    let packet = INNER.IPv4;
    for (let i = 0; i < 100; i++) packet = around(packet);
    const { fault, h } = decoded(packet, { linkType: RAW });
    expect([fault, h.layers]).toEqual(['encapsulation_cap', 16]);
  });

  it('AH headers one after the other end at the cap', () => {
    let inner = ah(59, []);
    for (let i = 0; i < 40; i++) inner = ah(51, inner.bytes(Buffer.alloc(4), Buffer.alloc(4)));
    const { fault, h } = decoded(ip('10.0.0.1', '10.0.0.2', inner), { linkType: RAW });
    expect([fault, h.layers]).toEqual(['encapsulation_cap', 16]);
  });

  it('a very long MPLS stack and very many tags end', () => {
    const labels = cat(...Array.from({ length: 16_000 }, () => u32(64)));
    expect(decoded(ethernet(labels, [], 0x8847)).fault).toBe('truncated_link');
    const tags = Array.from({ length: 2_000 }, () => [0x8100, 1] as const);
    expect(decoded(ethernet(INNER.IPv4, tags)).h.layers).toBe(1);
  });
});

describe('what only looks like a tunnel', () => {
  const payloads: readonly (readonly [string, number, Buffer])[] = [
    ['VXLAN without its flag', 4789, cat(u32(0), u32(256), ethernet(INNER.IPv4))],
    ['VXLAN too short for a frame', 4789, cat(u32(0x08000000), u32(256), Buffer.alloc(13))],
    ['GENEVE of another version', 6081, cat([0x40, 0], u16(0x6558), u32(0), ethernet(INNER.IPv4))],
    ['GENEVE whose options overrun', 6081, cat([0x3f, 0], u16(0x6558), u32(0), Buffer.alloc(40))],
    ['GTP control', 2152, cat([0x30, 1], u16(4), u32(0), INNER.IPv4)],
    ['GTP prime', 2152, cat([0x20, 0xff], u16(4), u32(0), INNER.IPv4)],
    ['GTP around no IP', 2152, cat([0x30, 0xff], u16(4), u32(0), Buffer.alloc(60))],
    [
      'GTP with an extension of length 0',
      2152,
      cat([0x34, 0xff], u16(4), u32(0), u16(0), [0, 5], Buffer.alloc(60)),
    ],
    ['GTP whose inner header is cut', 2152, cat([0x30, 0xff], u16(4), u32(0), INNER.IPv4.subarray(0, 19))],
    ['Teredo around IPv4', 3544, INNER.IPv4],
    ['Teredo whose inner length overruns', 3544, INNER.IPv6.subarray(0, INNER.IPv6.length - 1)],
    ['L2TP control', 1701, cat(u16(0xc802), u16(12), u16(1), u16(0), u32(0))],
    ['L2TPv3', 1701, cat(u16(3), u16(0), u32(1), INNER.IPv4)],
    ['L2TP cut', 1701, cat(u16(0x0202), u16(1), u16(2), u16(500))],
    ['encrypted CAPWAP', 5247, cat([1, 0, 0, 0], Buffer.alloc(40))],
    ['a CAPWAP fragment', 5247, cat(u32((2 << 19) | 0x80), u32(0), ethernet(INNER.IPv4))],
    [
      'CAPWAP native of another binding',
      5247,
      cat(u32((2 << 19) | (3 << 9) | 0x100), u32(0), ethernet(INNER.IPv4)),
    ],
  ];

  it.each(payloads)('%s is a payload', (_, port, payload) => {
    const { fault, h } = decoded(ip('10.0.0.1', '10.0.0.2', udp(50_000, port, payload)), { linkType: RAW });
    expect([fault, h.layers]).toEqual(['none', 1]);
    expect(layerOf(h, 0)).toMatchObject({ sport: 50_000, payloadLen: payload.length });
    expect([h.nextTunnel, h.nextTunnelKey, h.nextTunnelId]).toEqual([0, 0, 0]);
  });

  it.each([
    ['GRE cut in its header', opaque(47, [0, 0, 8]), 'bad_tunnel'],
    ['GRE whose key is cut', opaque(47, cat(u16(0x2000), u16(0x0800), [0, 0])), 'bad_tunnel'],
    [
      'GRE whose source routes never end',
      opaque(47, cat(u16(0x4000), u16(0x0800), u32(0), [0, 2, 0, 4, 1, 2, 3, 4])),
      'bad_tunnel',
    ],
    ['ERSPAN II cut', gre(0x88be, Buffer.alloc(4), { sequence: 1 }), 'bad_tunnel'],
    ['ERSPAN III cut', gre(0x22eb, Buffer.alloc(8), { sequence: 1 }), 'bad_tunnel'],
    ['AH cut', opaque(51, [4, 4, 0, 0]), 'truncated_network'],
    ['AH whose length overruns', opaque(51, cat([4, 200], Buffer.alloc(30))), 'truncated_network'],
    ['IP in IP with nothing inside', opaque(4, []), 'truncated_network'],
  ])('%s is a fault', (_, above, fault) => {
    expect(decoded(ip('10.0.0.1', '10.0.0.2', above), { linkType: RAW }).fault).toBe(fault);
  });

  it('GRE of an unknown version, with nothing inside, or with keep-alives of an unknown protocol is decoded', () => {
    for (const above of [opaque(47, cat(u16(5), u16(0x0800))), gre(0x0800, []), gre(0x9999, [1, 2, 3])]) {
      const { fault, h } = decoded(ip('10.0.0.1', '10.0.0.2', above), { linkType: RAW });
      expect([fault, h.layers]).toEqual(['none', 1]);
    }
  });

  it('GRE walks over source routes', () => {
    const routes = cat(u16(2), [0, 4], [1, 2, 3, 4], u32(0));
    const above = opaque(47, cat(u16(0x4000), u16(0x0800), u32(0), routes, INNER.IPv4));
    expect(layerOf(decoded(ip('10.0.0.1', '10.0.0.2', above), { linkType: RAW }).h, 1).sport).toBe(1111);
  });

  it('a key never reaches a packet beside its tunnel', () => {
    const { h } = decoded(tunnelled(TUNNELS['GRE with a frame'], Buffer.alloc(46)), { linkType: RAW });
    expect(h.layers).toBe(1);
    const after = decoded(INNER.IPv4, { linkType: RAW, h });
    expect(layerOf(after.h, 0)).toMatchObject({ tunnel: 'none', tunnelKey: 0, tunnelId: 0 });
  });
});
