/** IP packets for the tests, built from the RFCs: IPv4 (791), IPv6 (8200), TCP (9293), UDP (768), ICMP (792, 4443), SCTP (9260). */

import { addressBytes, cat, padded, type Part, plainChecksum, u16, u32, u8 } from './bytes.ts';

/** What stands above IP. `bytes` is given the pseudo header's addresses, for the checksum. */
export interface Transport {
  readonly proto: number;
  bytes(src: Buffer, dst: Buffer): Buffer;
}

export interface Extension {
  /** Its own number: 0, 43, 60, 139 … */
  readonly type: number;
  /** Without the two bytes of next header and length; padded to a multiple of eight with those. */
  readonly body: Part;
}

export interface IpOptions {
  readonly id?: number;
  readonly ttl?: number;
  /** IPv4 options; padded to four bytes. */
  readonly options?: Part;
  readonly extensions?: readonly Extension[];
  readonly fragment?: { readonly id: number; readonly offset: number; readonly more: boolean };
  /** What the header says, where that is to be wrong. */
  readonly length?: number;
}

/** Ones' complement sum with the pseudo header (RFC 9293 3.1, RFC 8200 8.1). */
function withPseudoHeader(proto: number, src: Buffer, dst: Buffer, segment: Buffer): number {
  const pseudo =
    src.length === 4
      ? cat(src, dst, [0, proto], u16(segment.length))
      : cat(src, dst, u32(segment.length), [0, 0, 0, proto]);
  return plainChecksum(cat(pseudo, segment));
}

const IP_VERSION_4 = 4;

/** An IP packet; the addresses say which version. */
export function ip(from: string, to: string, above: Transport, more: IpOptions = {}): Buffer {
  const [src, dst] = [addressBytes(from), addressBytes(to)];
  return ipAround(src, dst, above.proto, above.bytes(src, dst), more);
}

/** The same around bytes that are there already: fragments, unknown protocols. */
export function ipAround(src: Buffer, dst: Buffer, proto: number, payload: Buffer, more: IpOptions): Buffer {
  return src.length === IP_VERSION_4
    ? ipv4(src, dst, proto, payload, more)
    : ipv6(src, dst, proto, payload, more);
}

function ipv4(src: Buffer, dst: Buffer, proto: number, payload: Buffer, more: IpOptions): Buffer {
  const { id = 1, ttl = 64, fragment } = more;
  const options = padded(cat(more.options ?? []));
  const total = more.length ?? 20 + options.length + payload.length;
  const flags = fragment ? (fragment.more ? 0x2000 : 0) | (fragment.offset >> 3) : 0x4000;
  const head = cat(
    [0x45 + options.length / 4, 0],
    u16(total),
    u16(fragment ? fragment.id : id),
    u16(flags),
    [ttl, proto, 0, 0],
    src,
    dst,
    options,
  );
  head.writeUInt16BE(plainChecksum(head), 10);
  return cat(head, payload);
}

const FRAGMENT_HEADER = 44;

function ipv6(src: Buffer, dst: Buffer, proto: number, payload: Buffer, more: IpOptions): Buffer {
  let next = proto;
  let rest = payload;
  const { fragment } = more;
  if (fragment) {
    rest = cat([next, 0], u16(fragment.offset | (fragment.more ? 1 : 0)), u32(fragment.id), rest);
    next = FRAGMENT_HEADER;
  }
  for (const { type, body } of [...(more.extensions ?? [])].reverse()) {
    const content = padded(cat([next, 0], body), 8);
    content[1] = content.length / 8 - 1;
    rest = cat(content, rest);
    next = type;
  }
  return cat(u32(0x6000_0000), u16(more.length ?? rest.length), [next, more.ttl ?? 64], src, dst, rest);
}

/** A datagram in fragments of at most `size` transport bytes (a multiple of eight). */
export function fragmentsOf(
  from: string,
  to: string,
  above: Transport,
  size: number,
  id: number,
  more: IpOptions = {},
): Buffer[] {
  const [src, dst] = [addressBytes(from), addressBytes(to)];
  const whole = above.bytes(src, dst);
  const out: Buffer[] = [];
  for (let offset = 0; offset < whole.length; offset += size) {
    const piece = whole.subarray(offset, offset + size);
    const fragment = { id, offset, more: offset + size < whole.length };
    out.push(ipAround(src, dst, above.proto, piece, { ...more, fragment }));
  }
  return out;
}

/** Anything above IP, as bytes. */
export const opaque = (proto: number, payload: Part): Transport => ({ proto, bytes: () => cat(payload) });

export const FLAG = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 } as const;

/** `'SA'` → 0x12. */
export const flagsOf = (letters: string): number =>
  [...letters].reduce((sum, letter) => sum | FLAG[letter as keyof typeof FLAG], 0);

export interface TcpFields {
  readonly sport: number;
  readonly dport: number;
  readonly flags: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly options?: Part;
  readonly payload?: Part;
  readonly badChecksum?: boolean;
}

export function tcp(fields: TcpFields): Transport {
  const { sport, dport, seq = 0, ack = 0, window = 65_535 } = fields;
  return {
    proto: 6,
    bytes: (src, dst) => {
      const options = padded(cat(fields.options ?? []));
      const segment = cat(
        u16(sport),
        u16(dport),
        u32(seq),
        u32(ack),
        [(5 + options.length / 4) << 4, flagsOf(fields.flags)],
        u16(window),
        u32(0),
        options,
        fields.payload ?? [],
      );
      segment.writeUInt16BE(withPseudoHeader(6, src, dst, segment) ^ (fields.badChecksum ? 0x5555 : 0), 16);
      return segment;
    },
  };
}

export interface UdpMore {
  /** right; none (0, RFC 768); wrong. */
  readonly checksum?: 'right' | 'none' | 'wrong';
  /** What the header says, where that is to be wrong. */
  readonly length?: number;
}

export function udp(sport: number, dport: number, payload: Part = [], more: UdpMore = {}): Transport {
  return {
    proto: 17,
    bytes: (src, dst) => {
      const body = cat(payload);
      const datagram = cat(u16(sport), u16(dport), u16(more.length ?? 8 + body.length), u16(0), body);
      if (more.checksum === 'none') return datagram;
      const right = withPseudoHeader(17, src, dst, datagram) || 0xffff;
      datagram.writeUInt16BE(more.checksum === 'wrong' ? right ^ 0x5555 : right, 6);
      return datagram;
    },
  };
}

export function icmp(type: number, code: number, rest: Part = u32(0), badChecksum = false): Transport {
  return {
    proto: 1,
    bytes: () => {
      const message = cat([type, code, 0, 0], rest);
      message.writeUInt16BE(plainChecksum(message) ^ (badChecksum ? 0x5555 : 0), 2);
      return message;
    },
  };
}

export function icmp6(type: number, code: number, rest: Part = u32(0)): Transport {
  return {
    proto: 58,
    bytes: (src, dst) => {
      const message = cat([type, code, 0, 0], rest);
      message.writeUInt16BE(withPseudoHeader(58, src, dst, message), 2);
      return message;
    },
  };
}

/** One DATA-like chunk after the common header; the CRC is not looked at. */
export const sctp = (sport: number, dport: number, chunk: Part = cat([1, 0], u16(4))): Transport =>
  opaque(132, cat(u16(sport), u16(dport), u32(7), u32(0), chunk));

export const arp = (
  op: number,
  senderMac: Part,
  senderIp: string,
  targetMac: Part,
  targetIp: string,
): Buffer =>
  cat(
    u16(1),
    u16(0x0800),
    u8(6),
    u8(4),
    u16(op),
    senderMac,
    addressBytes(senderIp),
    targetMac,
    addressBytes(targetIp),
  );
