/** Reading numbers and text at an offset; beyond the end numbers are -1. */

export const u8 = (b: Uint8Array, o: number): number => b[o] ?? -1;

export const u16 = (b: Uint8Array, o: number): number =>
  o + 2 > b.length ? -1 : ((b[o] ?? 0) << 8) | (b[o + 1] ?? 0);

export const le16 = (b: Uint8Array, o: number): number =>
  o + 2 > b.length ? -1 : ((b[o + 1] ?? 0) << 8) | (b[o] ?? 0);

export const u32 = (b: Uint8Array, o: number): number =>
  o + 4 > b.length ? -1 : u16(b, o) * 0x1_00_00 + u16(b, o + 2);

export const le32 = (b: Uint8Array, o: number): number =>
  o + 4 > b.length ? -1 : le16(b, o + 2) * 0x1_00_00 + le16(b, o);

export function hasText(b: Uint8Array, o: number, text: string): boolean {
  if (o < 0 || o + text.length > b.length) return false;
  for (let i = 0; i < text.length; i++) if (b[o + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Is the text somewhere in the first `within` bytes? */
export function holds(b: Uint8Array, text: string, within = 512): boolean {
  const end = Math.min(b.length, within) - text.length;
  const first = text.charCodeAt(0);
  for (let i = 0; i <= end; i++) if (b[i] === first && hasText(b, i, text)) return true;
  return false;
}

export function allOf(b: Uint8Array, from: number, to: number, value: number): boolean {
  if (to > b.length) return false;
  for (let i = from; i < to; i++) if (b[i] !== value) return false;
  return true;
}

/** Printable ASCII, tabs and line ends only. */
export function isText(b: Uint8Array, from: number, to: number): boolean {
  if (to > b.length || from >= to) return false;
  for (let i = from; i < to; i++) {
    const byte = b[i] ?? 0;
    if ((byte < 0x20 || byte > 0x7e) && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return true;
}

/** How many of the bytes from `from` up to `to` are zero: ids drawn at random have few. */
export function zerosIn(b: Uint8Array, from: number, to: number): number {
  let zeros = 0;
  for (let i = from; i < Math.min(to, b.length); i++) if (b[i] === 0) zeros++;
  return zeros;
}
