import { writeSync } from 'node:fs';
/** @import { Pool } from './pool.mjs' */

/**
 * @typedef {object} Endpoint
 * @property {Buffer} address 4 or 16 bytes
 * @property {Buffer} mac
 * @property {number} port
 * @property {number} ttl
 * @property {number} ipId counts this side's IPv4 packets
 * @property {number} isn initial sequence number
 * @property {number} clock start of this side's TCP timestamp
 */

/**
 * @typedef {object} Conversation the addresses of a connection, and what its packets have in common
 * @property {'tcp' | 'udp' | 'icmp' | 'arp'} proto
 * @property {Endpoint} orig
 * @property {Endpoint} resp
 * @property {boolean} ipv6
 * @property {number} vlan 0: untagged
 * @property {boolean} timestamps TCP timestamp option on every segment
 * @property {number} addressSum sum of both addresses' 16-bit words
 */

/**
 * @typedef {object} Packet
 * @property {number} at ns since the capture began
 * @property {boolean} fromOrig
 * @property {number} flags TCP flags; the ICMP type in ICMP; the operation in ARP
 * @property {number} seq offset from the sender's ISN; the echo sequence in ICMP
 * @property {number} ack offset from the peer's ISN
 * @property {Buffer | null} head first payload bytes
 * @property {Pool | null} pool the rest
 * @property {number} off
 * @property {number} len
 */

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const BLOCK = 1 << 20;
const LARGEST_RECORD = 2048;
const RECORD_HEADER = 16;
const MIN_FRAME = 60;
/** 2024-03-04 09:00:00 UTC: every capture begins here. */
export const EPOCH_SECONDS = 1709542800;

/** @param {number} sum @returns {number} the Internet checksum of what was summed (RFC 1071) */
function checksum(sum) {
  let s = sum;
  while (s > 0xffff) s = (s % 0x10000) + Math.floor(s / 0x10000);
  return ~s & 0xffff;
}

/** @param {Buffer} address @returns {number} sum of its 16-bit words */
export function addressSum(address) {
  let sum = 0;
  for (let i = 0; i < address.length; i += 2) sum += address.readUInt16BE(i);
  return sum;
}

/** @param {Conversation} c @param {boolean} syn @returns {number} bytes of TCP options */
export function tcpOptionBytes(c, syn) {
  if (c.timestamps) return syn ? 20 : 12;
  return syn ? 4 : 0;
}

/** @param {Conversation} c @param {Packet} p @returns {number} bytes of the record in the capture, its header included */
export function recordBytes(c, p) {
  const payload = (p.head === null ? 0 : p.head.length) + p.len;
  let frame = 14 + (c.vlan === 0 ? 0 : 4);
  if (c.proto === 'arp') frame += 28;
  else {
    frame += (c.ipv6 ? 40 : 20) + payload;
    frame += c.proto === 'tcp' ? 20 + tcpOptionBytes(c, (p.flags & SYN) !== 0) : 8;
  }
  return RECORD_HEADER + (p.fromOrig ? frame : Math.max(frame, MIN_FRAME));
}

/** Writes Ethernet frames with right lengths and checksums as pcap records, a megabyte at a time. */
export class FrameWriter {
  #fd;
  #nanoseconds;
  #buffer = Buffer.alloc(BLOCK);
  #at = 0;
  /** Records written. */
  packets = 0;
  /** Bytes written, file header included. */
  bytes = 24;

  /**
   * @param {number} fd open for writing
   * @param {boolean} nanoseconds pcap with nanosecond times (magic a1b23c4d)
   */
  constructor(fd, nanoseconds) {
    this.#fd = fd;
    this.#nanoseconds = nanoseconds;
    const b = this.#buffer;
    b.writeUInt32LE(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0);
    b.writeUInt16LE(2, 4);
    b.writeUInt16LE(4, 6);
    b.writeUInt32LE(262144, 16);
    b.writeUInt32LE(1, 20);
    this.#at = 24;
  }

  /** Writes out what is buffered; the last call. */
  flush() {
    let from = 0;
    while (from < this.#at) from += writeSync(this.#fd, this.#buffer, from, this.#at - from);
    this.#at = 0;
  }

  /** @param {Conversation} c @param {Packet} p */
  write(c, p) {
    if (this.#at + LARGEST_RECORD > BLOCK) this.flush();
    const size = recordBytes(c, p);
    const b = this.#buffer;
    const start = this.#at;
    const frame = size - RECORD_HEADER;
    const second = Math.floor(p.at / 1e9);
    const fraction = p.at - second * 1e9;
    b.writeUInt32LE(EPOCH_SECONDS + second, start);
    b.writeUInt32LE(this.#nanoseconds ? fraction : Math.floor(fraction / 1000), start + 4);
    b.writeUInt32LE(frame, start + 8);
    b.writeUInt32LE(frame, start + 12);
    // A frame of the minimum may carry padding; the buffer still holds an older frame there.
    if (frame === MIN_FRAME) b.fill(0, start + RECORD_HEADER, start + size);

    const from = p.fromOrig ? c.orig : c.resp;
    const to = p.fromOrig ? c.resp : c.orig;
    let o = start + RECORD_HEADER;
    if (c.proto === 'arp' && p.flags === 1) b.fill(0xff, o, o + 6);
    else to.mac.copy(b, o);
    from.mac.copy(b, o + 6);
    o += 12;
    if (c.vlan !== 0) {
      b.writeUInt32BE(((0x8100 << 16) | c.vlan) >>> 0, o);
      o += 4;
    }
    if (c.proto === 'arp') this.#arp(o, p, from, to);
    else this.#ip(o, c, p, from, to);
    this.#at = start + size;
    this.packets++;
    this.bytes += size;
  }

  /** @param {number} at @param {Packet} p @param {Endpoint} from @param {Endpoint} to */
  #arp(at, p, from, to) {
    const b = this.#buffer;
    b.writeUInt16BE(0x0806, at);
    const o = at + 2;
    b.writeUInt32BE(0x00010800, o);
    b.writeUInt16BE(0x0604, o + 4);
    b.writeUInt16BE(p.flags, o + 6);
    from.mac.copy(b, o + 8);
    from.address.copy(b, o + 14);
    if (p.flags === 1) b.fill(0, o + 18, o + 24);
    else to.mac.copy(b, o + 18);
    to.address.copy(b, o + 24);
  }

  /** @param {number} at @param {Conversation} c @param {Packet} p @param {Endpoint} from @param {Endpoint} to */
  #ip(at, c, p, from, to) {
    const b = this.#buffer;
    const payload = (p.head === null ? 0 : p.head.length) + p.len;
    const options = c.proto === 'tcp' ? tcpOptionBytes(c, (p.flags & SYN) !== 0) : 0;
    const length = (c.proto === 'tcp' ? 20 + options : 8) + payload;
    const protocol = c.proto === 'tcp' ? 6 : c.proto === 'udp' ? 17 : c.ipv6 ? 58 : 1;
    let o = at + 2;
    if (c.ipv6) {
      b.writeUInt16BE(0x86dd, at);
      b.writeUInt32BE(0x60000000, o);
      b.writeUInt16BE(length, o + 4);
      b[o + 6] = protocol;
      b[o + 7] = from.ttl;
      from.address.copy(b, o + 8);
      to.address.copy(b, o + 24);
      o += 40;
    } else {
      b.writeUInt16BE(0x0800, at);
      b.writeUInt16BE(0x4500, o);
      b.writeUInt16BE(20 + length, o + 2);
      from.ipId = (from.ipId + 1) & 0xffff;
      b.writeUInt16BE(from.ipId, o + 4);
      b.writeUInt16BE(0x4000, o + 6);
      b.writeUInt16BE((from.ttl << 8) | protocol, o + 8);
      const sum = 0x4500 + 20 + length + from.ipId + 0x4000 + ((from.ttl << 8) | protocol) + c.addressSum;
      b.writeUInt16BE(checksum(sum), o + 10);
      from.address.copy(b, o + 12);
      to.address.copy(b, o + 16);
      o += 20;
    }
    // ICMP over IPv4 is the one checksum that no pseudo header enters.
    const pseudo = c.proto === 'icmp' && !c.ipv6 ? 0 : c.addressSum + protocol + length;
    if (c.proto === 'tcp') this.#tcp(o, c, p, from, to, options, pseudo);
    else if (c.proto === 'udp') {
      b.writeUInt16BE(from.port, o);
      b.writeUInt16BE(to.port, o + 2);
      b.writeUInt16BE(length, o + 4);
      const sum = checksum(from.port + to.port + length + pseudo + this.#payload(o + 8, p));
      b.writeUInt16BE(sum === 0 ? 0xffff : sum, o + 6);
    } else {
      b.writeUInt16BE(p.flags << 8, o);
      b.writeUInt16BE(c.orig.port, o + 4);
      b.writeUInt16BE(p.seq, o + 6);
      b.writeUInt16BE(
        checksum((p.flags << 8) + c.orig.port + p.seq + pseudo + this.#payload(o + 8, p)),
        o + 2,
      );
    }
  }

  /**
   * @param {number} o @param {Conversation} c @param {Packet} p @param {Endpoint} from @param {Endpoint} to
   * @param {number} options @param {number} pseudo
   */
  #tcp(o, c, p, from, to, options, pseudo) {
    const b = this.#buffer;
    const syn = (p.flags & SYN) !== 0;
    b.writeUInt16BE(from.port, o);
    b.writeUInt16BE(to.port, o + 2);
    b.writeUInt32BE((from.isn + p.seq) >>> 0, o + 4);
    b.writeUInt32BE(p.flags & ACK ? (to.isn + p.ack) >>> 0 : 0, o + 8);
    b.writeUInt16BE((((20 + options) >> 2) << 12) | p.flags, o + 12);
    b.writeUInt16BE(p.flags & RST ? 0 : c.timestamps && !syn ? 4096 : 64240, o + 14);
    b.writeUInt32BE(0, o + 16);
    let q = o + 20;
    if (syn) {
      b.writeUInt32BE(0x02040000 | (c.ipv6 ? 1440 : 1460), q);
      q += 4;
    }
    if (c.timestamps) {
      b.writeUInt32BE(syn ? 0x0402080a : 0x0101080a, q);
      const milliseconds = Math.floor(p.at / 1e6);
      b.writeUInt32BE((from.clock + milliseconds) >>> 0, q + 4);
      b.writeUInt32BE(p.flags & ACK ? (to.clock + milliseconds) >>> 0 : 0, q + 8);
      if (syn) b.writeUInt32BE(0x01030307, q + 12);
    }
    let sum = pseudo;
    for (let i = o; i < o + 20 + options; i += 2) sum += b.readUInt16BE(i);
    b.writeUInt16BE(checksum(sum + this.#payload(o + 20 + options, p)), o + 16);
  }

  /** @param {number} o @param {Packet} p @returns {number} sum of the payload's 16-bit words */
  #payload(o, p) {
    let sum = 0;
    let lead = 0;
    if (p.head !== null) {
      lead = p.head.length;
      p.head.copy(this.#buffer, o);
      for (let i = 0; i + 1 < lead; i += 2) sum += p.head.readUInt16BE(i);
      if (lead & 1) sum += (p.head[lead - 1] ?? 0) * 256;
    }
    if (p.pool !== null && p.len > 0) {
      p.pool.bytes.copy(this.#buffer, o + lead, p.off, p.off + p.len);
      sum += p.pool.sum(p.off, p.len, lead);
    }
    return sum;
  }
}
