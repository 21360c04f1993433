/**
 * Tunnels for the tests, each around an IP packet: what sample-pcaps/lib/encapsulations.mjs does not build (IPv6 outside, ERSPAN
 * III, Teredo, CAPWAP, options) and what the tests want with chosen keys. Each gives an IP packet.
 */

import type { TunnelType } from '../../src/lib/model/ids.ts';
import { cat, type Part, u16, u32 } from './bytes.ts';
import { ethernet, etherTypeOf, pppFrame, wlanData } from './links.ts';
import { ip, opaque, type Transport, udp } from './packets.ts';

/** GRE header (RFC 2784, 2890): the fields that are given say which bits are set. */
export function gre(
  protocol: number,
  inner: Part,
  fields: { key?: number; sequence?: number; checksum?: boolean; version?: 0 | 1 } = {},
): Transport {
  const { key, sequence, checksum = false, version = 0 } = fields;
  const flags =
    (checksum ? 0x8000 : 0) | (key === undefined ? 0 : 0x2000) | (sequence === undefined ? 0 : 0x1000);
  return opaque(
    47,
    cat(
      u16(flags | version),
      u16(protocol),
      checksum ? u32(0) : [],
      key === undefined ? [] : u32(key),
      sequence === undefined ? [] : u32(sequence),
      inner,
    ),
  );
}

export const vxlan = (vni: number, frame: Uint8Array): Transport =>
  udp(50_000, 4789, cat(u32(0x0800_0000), u32(vni * 256), frame), { checksum: 'none' });

export const geneve = (vni: number, frame: Uint8Array, options: Part = []): Transport =>
  udp(50_000, 6081, cat([cat(options).length / 4, 0], u16(0x6558), u32(vni * 256), options, frame));

/** Optional fields and one extension header where `extended`. */
export function gtpU(teid: number, packet: Uint8Array, extended = false): Transport {
  const extra = extended ? cat(u16(1), [0, 0x85], [1, 0, 0, 0]) : Buffer.alloc(0);
  return udp(
    2152,
    2152,
    cat([extended ? 0x36 : 0x30, 0xff], u16(extra.length + packet.length), u32(teid), extra, packet),
  );
}

export function teredo(packet: Uint8Array, indications = false): Transport {
  const extra = indications
    ? cat(u16(0x0001), [0, 0], Buffer.alloc(9), u16(0x0000), u16(0x1234), u32(0xc0000201))
    : Buffer.alloc(0);
  return udp(51_000, 3544, cat(extra, packet));
}

/** Data message (RFC 2661) with length, sequence and offset fields. */
export const l2tp = (session: number, packet: Uint8Array): Transport => {
  const body = cat([0xff, 0x03], pppFrame(packet));
  return udp(
    1701,
    1701,
    cat(u16(0x4a02), u16(body.length + 16), u16(1), u16(session), u32(0), u16(2), u16(0), body),
  );
};

/** Flag bits as RFC 5415 4.3 draws them: header length in words, binding id, T (native frame). */
const capwapHeader = (native: boolean): Buffer => u32((2 << 19) | (1 << 9) | (native ? 0x100 : 0));

export const capwap = (frame: Uint8Array, native: boolean): Transport =>
  udp(5247, 5247, cat(capwapHeader(native), u32(0), frame));

/** Authentication header (RFC 4302) with 12 bytes of check value. */
export const ah = (next: number, inner: Part): Transport =>
  opaque(51, cat([next, 4], u16(0), u32(0x100), u32(1), Buffer.alloc(12, 0xa5), inner));

const IN_IP = (packet: Uint8Array): number => (etherTypeOf(packet) === 0x86dd ? 41 : 4);

export interface Tunnel {
  /** Of the layer inside. */
  readonly type: TunnelType;
  readonly key: number;
  readonly id: number;
  readonly above: (inner: Buffer) => Transport;
  /** IP layers, the inner packet's included. */
  readonly layers?: number;
}

/** Every tunnel around an IP packet. */
export const TUNNELS: Readonly<Record<string, Tunnel>> = {
  'IP in IP': { type: 'ip', key: 0, id: 0, above: (p) => opaque(IN_IP(p), p) },
  GRE: { type: 'gre', key: 0, id: 0, above: (p) => gre(etherTypeOf(p), p) },
  'GRE with key, checksum, sequence': {
    type: 'gre',
    key: 77,
    id: 77,
    above: (p) => gre(etherTypeOf(p), p, { key: 77, sequence: 5, checksum: true }),
  },
  'GRE with a frame': { type: 'gre', key: 9, id: 9, above: (p) => gre(0x6558, ethernet(p), { key: 9 }) },
  'GRE version 1 with PPP (PPTP)': {
    type: 'gre',
    key: 0,
    id: 0,
    above: (p) => gre(0x880b, cat([0xff, 0x03], pppFrame(p)), { key: 0x0020_0007, sequence: 1, version: 1 }),
  },
  'ERSPAN I': { type: 'erspan', key: 0, id: 0, above: (p) => gre(0x88be, ethernet(p)) },
  'ERSPAN II': {
    type: 'erspan',
    key: 0,
    id: 0,
    above: (p) => gre(0x88be, cat(u16(0x1001), u16(5), u32(0), ethernet(p)), { sequence: 3 }),
  },
  'ERSPAN III': {
    type: 'erspan',
    key: 0,
    id: 0,
    above: (p) => gre(0x22eb, cat(u16(0x2001), u16(5), u32(1), u32(0), ethernet(p)), { sequence: 3 }),
  },
  'ERSPAN III with a subheader': {
    type: 'erspan',
    key: 0,
    id: 0,
    above: (p) =>
      gre(0x22eb, cat(u16(0x2001), u16(5), u32(1), u32(1), Buffer.alloc(8), ethernet(p)), { sequence: 3 }),
  },
  VXLAN: { type: 'vxlan', key: 4242, id: 4242, above: (p) => vxlan(4242, ethernet(p)) },
  GENEVE: { type: 'geneve', key: 7, id: 7, above: (p) => geneve(7, ethernet(p), u32(0).fill(1)) },
  'GTP-U': { type: 'gtpv1', key: 0, id: 0xbeef, above: (p) => gtpU(0xbeef, p) },
  'GTP-U with extension': { type: 'gtpv1', key: 0, id: 0xbeef, above: (p) => gtpU(0xbeef, p, true) },
  L2TP: { type: 'l2tp', key: 0, id: (1 << 16) | 7, above: (p) => l2tp(7, p) },
  AH: { type: 'ip', key: 0, id: 0, above: (p) => ah(IN_IP(p), p), layers: 3 },
  'CAPWAP, 802.3': { type: 'capwap', key: 0, id: 0, above: (p) => capwap(ethernet(p), false) },
  'CAPWAP, 802.11': { type: 'capwap', key: 0, id: 0, above: (p) => capwap(wlanData(p), true) },
};

/** `inner` in a tunnel between the two outer addresses. */
export const tunnelled = (tunnel: Tunnel, inner: Buffer, from = '192.0.2.1', to = '192.0.2.2'): Buffer =>
  ip(from, to, tunnel.above(inner));
