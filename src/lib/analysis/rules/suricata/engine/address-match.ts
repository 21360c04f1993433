/** Address sets of rules, made ready for one look a packet. Addresses are four 32-bit words, big end first, IPv4 mapped. */

import type { AddressSet, PortSet } from '../language/network-set.ts';

const MAPPED = 0xffffn;

/** Is the address whose words begin at `at` in the set? */
export type AddressMatch = (words: Uint32Array, at: number) => boolean;

export function addressMatch(set: AddressSet): AddressMatch | undefined {
  if (!set) return undefined;
  const v4: number[] = [];
  const v6: (readonly [bigint, bigint])[] = [];
  for (const { first, last } of set) {
    if (first >> 32n === MAPPED && last >> 32n === MAPPED)
      v4.push(Number(first & 0xffffffffn), Number(last & 0xffffffffn));
    else v6.push([first, last]);
  }
  const ranges = Float64Array.from(v4);
  return (words, at) => {
    if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff && inRanges(ranges, words[at + 3]))
      return true;
    if (v6.length === 0) return false;
    const address = wordsToAddress(words, at);
    return v6.some(([first, last]) => address >= first && address <= last);
  };
}

function inRanges(ranges: Float64Array, value: number): boolean {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (value < ranges[2 * middle]) high = middle - 1;
    else if (value > ranges[2 * middle + 1]) low = middle + 1;
    else return true;
  }
  return false;
}

export function wordsToAddress(words: Uint32Array, at: number): bigint {
  return (
    (BigInt(words[at]) << 96n) |
    (BigInt(words[at + 1]) << 64n) |
    (BigInt(words[at + 2]) << 32n) |
    BigInt(words[at + 3])
  );
}

/** A bit a port. */
export function portMatch(set: PortSet): Uint8Array | undefined {
  if (!set) return undefined;
  const bits = new Uint8Array(8192);
  for (const { first, last } of set)
    for (let port = Math.max(0, first); port <= Math.min(65_535, last); port++) bits[port >> 3] |= 1 << (port & 7);
  return bits;
}

export const hasPortBit = (bits: Uint8Array, port: number): boolean => (bits[port >> 3] & (1 << (port & 7))) !== 0;
