/** Link layers for the tests: LINKTYPE_ numbers and headers as the registry of tcpdump.org gives them. */

import { cat, macBytes, type Part, u16, u32, u8 } from './bytes.ts';

export const SRC_MAC = macBytes('02:00:00:00:00:01');
export const DST_MAC = macBytes('02:00:00:00:00:02');

export const etherTypeOf = (packet: Uint8Array): number => (packet[0] >> 4 === 6 ? 0x86dd : 0x0800);

/** Ethernet II around an IP packet (or another EtherType), with VLAN tags [TPID, VID], outermost first. */
export const ethernet = (
  packet: Uint8Array,
  tags: readonly (readonly [tpid: number, vid: number])[] = [],
  etherType = etherTypeOf(packet),
): Buffer =>
  cat(DST_MAC, SRC_MAC, ...tags.flatMap(([tpid, vid]) => [u16(tpid), u16(vid)]), u16(etherType), packet);

const snap = (etherType: number): Buffer => cat([0xaa, 0xaa, 0x03, 0, 0, 0], u16(etherType));

/** IEEE 802.3 with a length, LLC and SNAP. */
export function ieee8023(packet: Uint8Array): Buffer {
  const body = cat(snap(etherTypeOf(packet)), packet);
  return cat(DST_MAC, SRC_MAC, u16(body.length), body);
}

export const pppFrame = (packet: Uint8Array): Buffer =>
  cat(u16(etherTypeOf(packet) === 0x86dd ? 0x0057 : 0x0021), packet);

export const pppoeFrame = (packet: Uint8Array): Buffer => {
  const body = pppFrame(packet);
  return cat([0x11, 0], u16(42), u16(body.length), body);
};

/** Label stack entries (RFC 3032) of which the last is the bottom. */
export const mplsStack = (labels: readonly number[], inner: Uint8Array): Buffer =>
  cat(...labels.map((label, i) => u32(label * 4096 + (i === labels.length - 1 ? 256 : 0) + 64)), inner);

export interface WlanOptions {
  readonly toDs?: boolean;
  readonly fromDs?: boolean;
  readonly qos?: boolean;
  readonly isProtected?: boolean;
}

/** An IEEE 802.11 data frame (9.3.2). */
export function wlanData(packet: Uint8Array, options: WlanOptions = {}): Buffer {
  const { toDs = false, fromDs = true, qos = true, isProtected = false } = options;
  const flags = (toDs ? 1 : 0) | (fromDs ? 2 : 0) | (isProtected ? 0x40 : 0);
  const bssid = macBytes('02:00:00:00:00:03');
  const [a1, a2, a3] = toDs
    ? fromDs
      ? [bssid, bssid, DST_MAC]
      : [bssid, SRC_MAC, DST_MAC]
    : fromDs
      ? [DST_MAC, bssid, SRC_MAC]
      : [DST_MAC, SRC_MAC, bssid];
  const body = cat(snap(etherTypeOf(packet)), packet);
  return cat(
    [qos ? 0x88 : 0x08, flags, 0, 0],
    a1,
    a2,
    a3,
    u16(0),
    toDs && fromDs ? SRC_MAC : [],
    qos ? u16(0) : [],
    body,
  );
}

const u16le = (value: number): Buffer => u16(value).reverse();
const u32le = (value: number): Buffer => u32(value).reverse();

/** radiotap with time stamp and flags fields; `fcs` appends four bytes that the flags announce. */
export const radiotap = (frame: Uint8Array, fcs = false): Buffer =>
  cat([0, 0], u16le(17), u32le(3), Buffer.alloc(8), u8(fcs ? 0x10 : 0), frame, fcs ? [1, 2, 3, 4] : []);

export const avs = (frame: Uint8Array): Buffer => cat(u32(0x8021_1001), u32(64), Buffer.alloc(56), frame);

export const prism = (frame: Uint8Array): Buffer => cat(u32(0x44), Buffer.alloc(140), frame);

export const ppi = (linkType: number, frame: Uint8Array): Buffer =>
  cat([0, 0], u16le(8), u32le(linkType), frame);

export interface Link {
  readonly linkType: number;
  readonly hasMacs: 0 | 1 | 2;
  readonly wrap: (packet: Buffer) => Buffer;
}

/** Cisco's, and PPP's escape to it. */
const cisco = (packet: Uint8Array): Part => cat([0x0f, 0], u16(etherTypeOf(packet)), packet);

/** BSD address family. */
const family = (packet: Uint8Array): number => (etherTypeOf(packet) === 0x86dd ? 30 : 2);

const llcSnap = (packet: Uint8Array): Buffer => cat(snap(etherTypeOf(packet)), packet);

/** Every supported link type around an IP packet. */
/** A prefix that needs padding, then the packet. */
function nflogMessage(packet: Buffer, little: boolean): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const made = Buffer.alloc((4 + value.length + 3) & ~3);
    const write = (number: number, at: number) =>
      little ? made.writeUInt16LE(number, at) : made.writeUInt16BE(number, at);
    write(4 + value.length, 0);
    write(type, 2);
    value.copy(made, 4);
    return made;
  };
  const family = packet[0] >> 4 === 4 ? 2 : 10;
  return cat(Buffer.from([family, 0, 0, 0]), attribute(10, Buffer.from('a\0')), attribute(9, packet));
}

export const LINKS: Readonly<Record<string, Link>> = {
  'null, host order': { linkType: 0, hasMacs: 0, wrap: (p) => cat(u32le(family(p)), p) },
  'null, swapped': { linkType: 108, hasMacs: 0, wrap: (p) => cat(u32(family(p)), p) },
  ethernet: { linkType: 1, hasMacs: 1, wrap: (p) => ethernet(p) },
  'ethernet 802.3 SNAP': { linkType: 1, hasMacs: 1, wrap: ieee8023 },
  'token ring': { linkType: 6, hasMacs: 0, wrap: (p) => cat([0x10, 0x40], DST_MAC, SRC_MAC, llcSnap(p)) },
  'token ring, source routed': {
    linkType: 6,
    hasMacs: 0,
    wrap: (p) =>
      cat([0x10, 0x40], DST_MAC, [0x82], SRC_MAC.subarray(1), [0x06, 0x30, 0, 1, 0, 2], llcSnap(p)),
  },
  slip: { linkType: 8, hasMacs: 0, wrap: (p) => cat(Buffer.alloc(16), p) },
  'ppp, HDLC framing': { linkType: 9, hasMacs: 0, wrap: (p) => cat([0xff, 0x03], pppFrame(p)) },
  'ppp, bare': { linkType: 50, hasMacs: 0, wrap: pppFrame },
  'ppp, one byte': {
    linkType: 9,
    hasMacs: 0,
    wrap: (p) => cat(u8(etherTypeOf(p) === 0x86dd ? 0x57 : 0x21), p),
  },
  'ppp, Cisco HDLC': { linkType: 9, hasMacs: 0, wrap: (p) => cat(cisco(p)) },
  'ppp with direction': { linkType: 204, hasMacs: 0, wrap: (p) => cat([0, 0xff, 0x03], pppFrame(p)) },
  fddi: { linkType: 10, hasMacs: 0, wrap: (p) => cat([0x50], DST_MAC, SRC_MAC, llcSnap(p)) },
  'atm rfc1483': { linkType: 100, hasMacs: 0, wrap: llcSnap },
  'atm sun': { linkType: 123, hasMacs: 0, wrap: (p) => cat(u32(2), llcSnap(p)) },
  raw: { linkType: 101, hasMacs: 0, wrap: (p) => p },
  'raw, DLT 12': { linkType: 12, hasMacs: 0, wrap: (p) => p },
  pppoe: { linkType: 51, hasMacs: 0, wrap: pppoeFrame },
  'Cisco HDLC': { linkType: 104, hasMacs: 0, wrap: (p) => cat(cisco(p)) },
  '802.11': { linkType: 105, hasMacs: 1, wrap: (p) => wlanData(p) },
  '802.11, to DS, no QoS': {
    linkType: 105,
    hasMacs: 1,
    wrap: (p) => wlanData(p, { toDs: true, fromDs: false, qos: false }),
  },
  '802.11, four addresses': { linkType: 105, hasMacs: 1, wrap: (p) => wlanData(p, { toDs: true }) },
  '802.11, ad hoc': { linkType: 105, hasMacs: 1, wrap: (p) => wlanData(p, { fromDs: false }) },
  'frame relay': {
    linkType: 107,
    hasMacs: 0,
    wrap: (p) => cat([0x18, 0x41, 0x03, etherTypeOf(p) === 0x86dd ? 0x8e : 0xcc], p),
  },
  'frame relay, SNAP': {
    linkType: 107,
    hasMacs: 0,
    wrap: (p) => cat([0x18, 0x41, 0x03, 0x00, 0x80, 0, 0, 0], u16(etherTypeOf(p)), p),
  },
  'frame relay, Cisco': { linkType: 107, hasMacs: 0, wrap: (p) => cat([0x18, 0x41], u16(etherTypeOf(p)), p) },
  enc: { linkType: 109, hasMacs: 0, wrap: (p) => cat(u32le(family(p)), u32(9), u32(0), p) },
  sll: {
    linkType: 113,
    hasMacs: 2,
    wrap: (p) => cat(u16(0), u16(1), u16(6), SRC_MAC, u16(0), u16(etherTypeOf(p)), p),
  },
  sll2: {
    linkType: 276,
    hasMacs: 2,
    wrap: (p) => cat(u16(etherTypeOf(p)), u16(0), u32(2), u16(1), [0, 6], SRC_MAC, u16(0), p),
  },
  pflog: { linkType: 117, hasMacs: 0, wrap: (p) => cat([61, family(p)], Buffer.alloc(62), p) },
  prism: { linkType: 119, hasMacs: 1, wrap: (p) => prism(wlanData(p)) },
  'prism, AVS cookie': { linkType: 119, hasMacs: 1, wrap: (p) => avs(wlanData(p)) },
  avs: { linkType: 163, hasMacs: 1, wrap: (p) => avs(wlanData(p)) },
  radiotap: { linkType: 127, hasMacs: 1, wrap: (p) => radiotap(wlanData(p)) },
  'radiotap with FCS': { linkType: 127, hasMacs: 1, wrap: (p) => radiotap(wlanData(p), true) },
  'ppi around 802.11': { linkType: 192, hasMacs: 1, wrap: (p) => ppi(105, wlanData(p)) },
  'ppi around Ethernet': { linkType: 192, hasMacs: 1, wrap: (p) => ppi(1, ethernet(p)) },
  'IP over Fibre Channel': { linkType: 122, hasMacs: 0, wrap: (p) => cat(Buffer.alloc(16), llcSnap(p)) },
  'Apple IP over 1394': {
    linkType: 138,
    hasMacs: 0,
    wrap: (p) => cat(Buffer.alloc(16), u16(etherTypeOf(p)), p),
  },
  mpls: { linkType: 219, hasMacs: 0, wrap: (p) => mplsStack([16, 17], p) },
  ipnet: { linkType: 226, hasMacs: 0, wrap: (p) => cat(Buffer.alloc(24), p) },
  'NFLOG of a little-endian machine': { linkType: 239, hasMacs: 0, wrap: (p) => nflogMessage(p, true) },
  'NFLOG of a big-endian machine': { linkType: 239, hasMacs: 0, wrap: (p) => nflogMessage(p, false) },
  'IP over InfiniBand': {
    linkType: 242,
    hasMacs: 0,
    wrap: (p) => cat(Buffer.alloc(40), u16(etherTypeOf(p)), u16(0), p),
  },
};
