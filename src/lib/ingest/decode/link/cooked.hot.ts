/** Linux cooked captures, raw IP, BSD loopback, PPP links and others whose header is a few fixed bytes. */

import { FAULT } from '../../../model/faults.ts';
import { decodeEtherType, decodeIpByVersion, FAMILY } from '../dispatch.hot.ts';
import type { Headers } from '../../../model/headers.ts';
import { llc } from '../wire/llc.hot.ts';
import { pppProtocol } from '../wire/ppp.hot.ts';

const ARPHRD_NETLINK = 824;
const ARPHRD_IPGRE = 778;
const LINUX_8023 = 0x0001;
const LINUX_LLC = 0x0004;
const LINUX_CAN = 0x000c;

function sllProtocol(h: Headers, protocol: number, arphrd: number, off: number, end: number): number {
  if (arphrd === ARPHRD_NETLINK) {
    h.family = FAMILY.other;
    return FAULT.none;
  }
  if (arphrd === ARPHRD_IPGRE && protocol < 0x600) return decodeIpByVersion(h, off, end);
  if (protocol === LINUX_LLC || protocol === LINUX_8023) return llc(h, off, end);
  if (protocol < 0x600 && protocol >= LINUX_CAN) {
    h.family = FAMILY.other;
    return FAULT.none;
  }
  return decodeEtherType(protocol, h, off, end);
}

/** LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol. */
export function sll(h: Headers, off: number, end: number): number {
  if (end - off < 16) return FAULT.truncated_link;
  const { data } = h;
  if (data.getUint16(off + 4) === 6) {
    h.hasMacs = 2;
    h.srcMacHi = data.getUint16(off + 6);
    h.srcMacLo = data.getUint32(off + 8);
  }
  return sllProtocol(h, data.getUint16(off + 14), data.getUint16(off + 2), off + 16, end);
}

/** LINKTYPE_LINUX_SLL2: protocol, reserved, interface, ARPHRD, packet type, address length, address. */
export function sll2(h: Headers, off: number, end: number): number {
  if (end - off < 20) return FAULT.truncated_link;
  const { data } = h;
  if (h.bytes[off + 11] === 6) {
    h.hasMacs = 2;
    h.srcMacHi = data.getUint16(off + 12);
    h.srcMacLo = data.getUint32(off + 14);
  }
  return sllProtocol(h, data.getUint16(off), data.getUint16(off + 8), off + 20, end);
}

const AF_INET = 2;

/** BSD address families of IPv6: NetBSD and OpenBSD 24, FreeBSD 28, Darwin 30, Linux 10. */
const isInet6 = (family: number): boolean => family === 24 || family === 28 || family === 30 || family === 10;

/** LINKTYPE_NULL and LINKTYPE_LOOP: an address family of four bytes, in the byte order of the machine that captured. */
export function nullLoopback(h: Headers, off: number, end: number): number {
  if (end - off < 4) return FAULT.truncated_link;
  const big = h.data.getUint32(off);
  const family = big > 0xffff ? h.data.getUint32(off, true) : big;
  if (family === AF_INET) return decodeEtherType(0x0800, h, off + 4, end);
  if (isInet6(family)) return decodeEtherType(0x86dd, h, off + 4, end);
  if (family >= 0x600) return decodeEtherType(family, h, off + 4, end);
  h.family = FAMILY.other;
  return FAULT.none;
}

export function rawIp(h: Headers, off: number, end: number): number {
  return decodeIpByVersion(h, off, end);
}

export function rawIp4(h: Headers, off: number, end: number): number {
  return decodeEtherType(0x0800, h, off, end);
}

export function rawIp6(h: Headers, off: number, end: number): number {
  return decodeEtherType(0x86dd, h, off, end);
}

/** PPP, with or without HDLC-like framing (RFC 1662: FF 03); Cisco HDLC (0F or 8F 00) where it is that instead. */
export function ppp(h: Headers, off: number, end: number): number {
  if (end - off < 2) return FAULT.truncated_link;
  const framing = h.data.getUint16(off);
  if (framing === 0xff03) return pppProtocol(h, off + 2, end);
  if (framing === 0x0f00 || framing === 0x8f00) return ciscoHdlc(h, off, end);
  return pppProtocol(h, off, end);
}

/** LINKTYPE_PPP_WITH_DIR: one byte of direction first. */
export function pppWithDirection(h: Headers, off: number, end: number): number {
  return end - off < 3 ? FAULT.truncated_link : ppp(h, off + 1, end);
}

/** LINKTYPE_PPP_BSDOS: 24 bytes of its own header. */
export function pppBsdos(h: Headers, off: number, end: number): number {
  if (end - off < 24) return FAULT.truncated_link;
  h.family = FAMILY.other;
  return FAULT.none;
}

/** Elsewhere this number is RARP. */
const SLARP = 0x8035;

/** Cisco HDLC: address, control, EtherType; SLARP is its own protocol of addresses and keep-alives. */
export function ciscoHdlc(h: Headers, off: number, end: number): number {
  if (end - off < 4) return FAULT.truncated_link;
  const protocol = h.data.getUint16(off + 2);
  if (protocol === SLARP) {
    h.family = FAMILY.other;
    return FAULT.none;
  }
  return decodeEtherType(protocol, h, off + 4, end);
}

/** Frame relay with a two-byte address and an NLPID or SNAP (RFC 2427). */
export function frameRelay(h: Headers, off: number, end: number): number {
  let at = off;
  while (at < end && (h.bytes[at] & 1) === 0) at++;
  at++;
  if (at + 2 > end) return FAULT.truncated_link;
  if (h.bytes[at] !== 0x03) return decodeEtherType(h.data.getUint16(at), h, at + 2, end);
  at++;
  if (h.bytes[at] === 0) at++;
  const nlpid = h.bytes[at];
  if (nlpid === 0xcc) return decodeEtherType(0x0800, h, at + 1, end);
  if (nlpid === 0x8e) return decodeEtherType(0x86dd, h, at + 1, end);
  if (nlpid === 0x80 && at + 6 <= end) return decodeEtherType(h.data.getUint16(at + 4), h, at + 6, end);
  h.family = FAMILY.other;
  return FAULT.none;
}

/** OpenBSD pflog: the first byte is the header's length (padded to four), the second the address family. */
export function pflog(h: Headers, off: number, end: number): number {
  if (end - off < 48) return FAULT.truncated_link;
  const length = (h.bytes[off] + 3) & ~3;
  if (length < 48 || off + length > end) return FAULT.bad_link;
  const family = h.bytes[off + 1];
  if (family === AF_INET) return decodeEtherType(0x0800, h, off + length, end);
  if (isInet6(family)) return decodeEtherType(0x86dd, h, off + length, end);
  h.family = FAMILY.other;
  return FAULT.none;
}

/** OpenBSD enc: address family in host order, SPI, flags. */
export function enc(h: Headers, off: number, end: number): number {
  if (end - off < 12) return FAULT.truncated_link;
  return decodeIpByVersion(h, off + 12, end);
}

/** ATM with LLC multiplexing (RFC 2684). */
export function atmRfc1483(h: Headers, off: number, end: number): number {
  return llc(h, off, end);
}

/** SunATM: four bytes, then LLC for the LLC-multiplexed traffic. */
export function sunAtm(h: Headers, off: number, end: number): number {
  return end - off < 4 ? FAULT.truncated_link : llc(h, off + 4, end);
}

/** Token Ring: access and frame control, addresses, optional source route, LLC. */
export function tokenRing(h: Headers, off: number, end: number): number {
  if (end - off < 14) return FAULT.truncated_link;
  const routed = (h.bytes[off + 8] & 0x80) !== 0;
  const route = routed && end - off >= 16 ? h.bytes[off + 14] & 0x1f : 0;
  return llc(h, off + 14 + route, end);
}

/** FDDI: frame control, addresses, LLC. */
export function fddi(h: Headers, off: number, end: number): number {
  if (end - off < 13) return FAULT.truncated_link;
  return llc(h, off + 13, end);
}

/** IP over Fibre Channel (RFC 2625): network addresses of 16 bytes, LLC. */
export function ipOverFc(h: Headers, off: number, end: number): number {
  return end - off < 16 ? FAULT.truncated_link : llc(h, off + 16, end);
}

/** Apple IP over IEEE 1394: 18 bytes, the last two an EtherType. */
export function appleIp1394(h: Headers, off: number, end: number): number {
  return end - off < 18
    ? FAULT.truncated_link
    : decodeEtherType(h.data.getUint16(off + 16), h, off + 18, end);
}

/** BSD SLIP: 16 bytes of direction and compressed header, then IP. */
export function slip(h: Headers, off: number, end: number): number {
  return end - off < 16 ? FAULT.truncated_link : decodeIpByVersion(h, off + 16, end);
}

/** Solaris ipnet: 24 bytes of zone and interface, then IP. */
export function ipnet(h: Headers, off: number, end: number): number {
  return end - off < 24 ? FAULT.truncated_link : decodeIpByVersion(h, off + 24, end);
}

/** IP over InfiniBand: a global routing header of 40 bytes, an EtherType, two bytes reserved (RFC 4391). */
export function ipOverInfiniband(h: Headers, off: number, end: number): number {
  return end - off < 44
    ? FAULT.truncated_link
    : decodeEtherType(h.data.getUint16(off + 40), h, off + 44, end);
}

/** MPLS label stacks as a link type. */
export function mplsLink(h: Headers, off: number, end: number): number {
  return decodeEtherType(0x8847, h, off, end);
}
