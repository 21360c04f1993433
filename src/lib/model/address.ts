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

/** Halves of an IPv4 or IPv6 address; undefined for anything else (zone ids, octal or short IPv4 included). */
export function parseAddress(text: string): AddressHalves | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return {
      hi: 0n,
      lo:
        MAPPED |
        BigInt(
          ipaddr.IPv4.parse(text)
            .toByteArray()
            .reduce((sum, byte) => sum * 256 + byte, 0),
        ),
    };
  }
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
  if (hi === 0n && lo >> 32n === 0xffffn) {
    return [24n, 16n, 8n, 0n].map((shift) => ((lo >> shift) & 0xffn).toString()).join('.');
  }
  const value = whole({ hi, lo });
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** aa:bb:cc:dd:ee:ff of a 48-bit number. */
export const macText = (mac: bigint): string =>
  (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
