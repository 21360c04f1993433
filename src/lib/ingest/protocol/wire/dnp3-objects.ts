/** Headers of the objects in a DNP3 fragment (IEEE 1815, 4.2.2 and annex A): which groups and variations it names. */

import { u16le, u32le } from './bytes.ts';

export interface ObjectHeader {
  readonly group: number;
  readonly variation: number;
}

const MAX_OBJECTS = 256;
/** Bits of one object by group, variation 1 first. 0: not known here, so that what follows it cannot be found. */
const SIZES: Readonly<Record<number, readonly number[]>> = {
  1: [1, 8],
  2: [8, 56, 24],
  3: [2, 8],
  4: [8, 56, 24],
  10: [1, 8],
  11: [8, 56],
  12: [88, 88, 1],
  13: [8, 56],
  20: [40, 24, 40, 24, 32, 16, 32, 16],
  21: [40, 24, 40, 24, 88, 72, 88, 72, 32, 16, 32, 16],
  22: [40, 24, 40, 24, 88, 72, 88, 72],
  23: [40, 24, 40, 24, 88, 72, 88, 72],
  30: [40, 24, 32, 16, 40, 72],
  31: [40, 24, 88, 72, 32, 16, 40, 72],
  32: [40, 24, 88, 72, 40, 72, 88, 120],
  33: [40, 24, 88, 72, 40, 72, 88, 120],
  34: [16, 32, 32],
  40: [40, 24, 40, 72],
  41: [40, 24, 40, 72],
  42: [40, 24, 88, 72, 40, 72, 88, 120],
  43: [40, 24, 88, 72, 40, 72, 88, 120],
  50: [48, 80, 48, 88],
  51: [48, 48],
  52: [16, 16],
  80: [1],
  101: [16, 32, 64],
};
/** Octet strings and virtual terminals: the variation is the length. */
const STRINGS: ReadonlySet<number> = new Set([110, 111, 112, 113]);
/** Functions whose objects carry data: writes and controls, and answers. */
const CARRIES: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 0x81, 0x82]);

const bitsOf = ({ group, variation }: ObjectHeader): number =>
  STRINGS.has(group) ? variation * 8 : (SIZES[group]?.[variation - 1] ?? 0);

/** Counts of objects by the range code: `[count, bytes of the field]`; undefined for codes that are not used. */
function range(b: Uint8Array, at: number, code: number): readonly [number, number] | undefined {
  switch (code) {
    case 0:
      return [b[at + 1] - b[at] + 1, 2];
    case 1:
      return [u16le(b, at + 2) - u16le(b, at) + 1, 4];
    case 2:
      return [u32le(b, at + 4) - u32le(b, at) + 1, 8];
    case 6:
      return [0, 0];
    case 7:
    case 0xb:
      return [b[at], 1];
    case 8:
      return [u16le(b, at), 2];
    case 9:
      return [u32le(b, at), 4];
    default:
      return undefined;
  }
}

/** Of a whole application fragment, as far as sizes are known. */
export function objectsOf(b: Uint8Array): readonly ObjectHeader[] {
  const found: ObjectHeader[] = [];
  const carries = CARRIES.has(b[1]);
  let at = b[1] >= 0x80 ? 4 : 2;
  while (at + 3 <= b.length && found.length < MAX_OBJECTS) {
    const header = { group: b[at], variation: b[at + 1] };
    const qualifier = b[at + 2];
    found.push(header);
    const prefix = (qualifier >> 4) & 7;
    const counted = range(b, at + 3, qualifier & 15);
    if (!counted || counted[0] < 0) return found;
    at += 3 + counted[1];
    if (!carries || counted[0] === 0) continue;
    if (prefix >= 4) {
      // Each object says its length.
      const size = prefix === 4 ? 1 : prefix === 5 ? 2 : 4;
      for (let n = 0; n < counted[0] && at + size <= b.length; n++)
        at += size + (size === 1 ? b[at] : size === 2 ? u16le(b, at) : u32le(b, at));
      continue;
    }
    const bits = bitsOf(header);
    if (bits === 0) return found;
    const index = prefix === 0 ? 0 : prefix === 3 ? 4 : prefix;
    at += Math.ceil((counted[0] * (bits + 8 * index)) / 8);
  }
  return found;
}
