/** Addresses as the tables hold them (two unsigned 64-bit halves, IPv4 mapped into ::ffff:0:0/96) and as people write them. */

import ipaddr from 'ipaddr.js';

export interface AddressHalves {
  readonly hi: bigint;
  readonly lo: bigint;
}

/** First and last address of a block. */
export interface AddressRange {
  readonly first: AddressHalves;
  readonly last: AddressHalves;
}

const MAPPED = 0xffffn << 32n;
const HALF = (1n << 64n) - 1n;

const halves = (value: bigint): AddressHalves => ({ hi: value >> 64n, lo: value & HALF });
const whole = ({ hi, lo }: AddressHalves): bigint => (hi << 64n) | lo;

const ZERO = 48;
const NINE = 57;
const DOT = 46;

/** Four decimal parts without leading zeros as one number; -1 for anything else. Every answer of DNS asks: the library takes 50 times as long. */
function ipv4Number(text: string): number {
  let value = 0;
  let part = -1;
  let dots = 0;
  if (text.length > 15) return -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      if (part === 0) return -1;
      part = part < 0 ? code - ZERO : part * 10 + code - ZERO;
      if (part > 255) return -1;
    } else if (code === DOT && part >= 0) {
      value = value * 256 + part;
      part = -1;
      dots++;
    } else return -1;
  }
  return dots === 3 && part >= 0 ? value * 256 + part : -1;
}

/** Halves of an IPv4 or IPv6 address; undefined for anything else (zone ids, octal or short IPv4 included). */
export function parseAddress(text: string): AddressHalves | undefined {
  const four = ipv4Number(text);
  if (four >= 0) return { hi: 0n, lo: MAPPED | BigInt(four) };
  if (text.includes('%') || !text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  return halves(ipaddr.IPv6.parse(text).parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n));
}

/** Range of `address/prefix` or of one address; undefined where it is neither. Host bits are ignored. */
export function parseCidr(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return undefined;
  if (slash < 0) return { first: address, last: address };
  const suffix = text.slice(slash + 1);
  const bits = text.slice(0, slash).includes(':') ? 128 : 32;
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > bits) return undefined;
  const free = BigInt(bits - Number(suffix));
  const first = (whole(address) >> free) << free;
  return { first: halves(first), last: halves(first | ((1n << free) - 1n)) };
}

/** RFC 5952 text; IPv4 for mapped addresses. */
export function addressText({ hi, lo }: AddressHalves): string {
  return addressWordsText(
    Number(hi >> 32n),
    Number(BigInt.asUintN(32, hi)),
    Number(lo >> 32n),
    Number(BigInt.asUintN(32, lo)),
  );
}

/** The same of four words of 32 bits, big end first. */
export function addressWordsText(a: number, b: number, c: number, d: number): string {
  if (a === 0 && b === 0 && c === 0xffff)
    return `${d >>> 24}.${(d >>> 16) & 0xff}.${(d >>> 8) & 0xff}.${d & 0xff}`;
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) {
      start = at;
      length = end - at;
    }
  }
  let text = '';
  for (let at = 0; at < 8; at++) {
    if (at === start) {
      text += '::';
      at += length - 1;
    } else text += (at === 0 || at === start + length ? '' : ':') + groups[at].toString(16);
  }
  return text;
}

/** aa:bb:cc:dd:ee:ff of a 48-bit number. */
export const macText = (mac: bigint): string =>
  (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
