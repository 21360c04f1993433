/** Addresses and ports of a rule's header, variables and negation resolved. */

/** An inclusive range of 128-bit addresses, big-endian; IPv4 as ::ffff:a.b.c.d. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Sorted, disjoint ranges; undefined stands for any. What was excluded is cut out already. */
export type AddressSet = readonly AddressRange[] | undefined;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Sorted, disjoint, inclusive; undefined stands for any. */
export type PortSet = readonly PortRange[] | undefined;

/** The whole of IPv4, mapped. */
export const IPV4: AddressRange = { first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn };
export const EVERY_ADDRESS: AddressRange = { first: 0n, last: (1n << 128n) - 1n };

interface Range<N extends bigint | number> {
  readonly first: N;
  readonly last: N;
}

const less = (a: bigint | number, b: bigint | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorted and merged where they touch or overlap. */
export const union = <N extends bigint | number>(ranges: readonly Range<N>[]): Range<N>[] => {
  const out: Range<N>[] = [];
  for (const range of ranges.toSorted((a, b) => less(a.first, b.first))) {
    const before = out.at(-1);
    if (before && range.first <= before.last) {
      if (range.last > before.last) out[out.length - 1] = { first: before.first, last: range.last };
    } else out.push(range);
  }
  return out;
};

/** What is in `ranges` and not in `without`; both sorted and disjoint. `one` is 1 of their kind. */
export const subtract = <N extends bigint | number>(ranges: readonly Range<N>[], without: readonly Range<N>[], one: N): Range<N>[] => {
  let left = [...ranges];
  for (const hole of without) {
    left = left.flatMap(({ first, last }) => {
      if (hole.last < first || hole.first > last) return [{ first, last }];
      const parts: Range<N>[] = [];
      if (hole.first > first) parts.push({ first, last: minus(hole.first, one) });
      if (hole.last < last) parts.push({ first: plus(hole.last, one), last });
      return parts;
    });
  }
  return left;
};

const minus = <N extends bigint | number>(a: N, b: N): N => ((a as bigint) - (b as bigint)) as N;
const plus = <N extends bigint | number>(a: N, b: N): N => ((a as bigint) + (b as bigint)) as N;

/** @param address 128 bits, IPv4 mapped */
export const hasAddress = (set: AddressSet, address: bigint): boolean => !set || search(set, address);
export const hasPort = (set: PortSet, port: number): boolean => !set || search(set, port);

const search = <N extends bigint | number>(ranges: readonly Range<N>[], value: N): boolean => {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (value < range.first) high = middle - 1;
    else if (value > range.last) low = middle + 1;
    else return true;
  }
  return false;
};
