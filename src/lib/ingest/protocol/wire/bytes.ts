/** Integers in byte strings; reading past the end gives what is missing as 0, so lengths are checked before by whoever needs them. */

export const u16be = (b: Uint8Array, i: number): number => ((b[i] ?? 0) << 8) | (b[i + 1] ?? 0);
export const u16le = (b: Uint8Array, i: number): number => (b[i] ?? 0) | ((b[i + 1] ?? 0) << 8);
export const u24be = (b: Uint8Array, i: number): number => ((b[i] ?? 0) << 16) | u16be(b, i + 1);
export const u24le = (b: Uint8Array, i: number): number => u16le(b, i) | ((b[i + 2] ?? 0) << 16);
export const u32be = (b: Uint8Array, i: number): number => u16be(b, i) * 0x10000 + u16be(b, i + 2);
export const u32le = (b: Uint8Array, i: number): number => u16le(b, i) + u16le(b, i + 2) * 0x10000;
export const u64be = (b: Uint8Array, i: number): bigint =>
  (BigInt(u32be(b, i)) << 32n) | BigInt(u32be(b, i + 4));
export const u64le = (b: Uint8Array, i: number): bigint =>
  (BigInt(u32le(b, i + 4)) << 32n) | BigInt(u32le(b, i));

export const hexOf = (b: Uint8Array): string =>
  Buffer.from(b.buffer, b.byteOffset, b.byteLength).toString('hex');
export const latin1 = (b: Uint8Array): string =>
  Buffer.from(b.buffer, b.byteOffset, b.byteLength).toString('latin1');

/** Do the bytes at `i` spell `text` (ASCII)? */
export function spells(b: Uint8Array, i: number, text: string): boolean {
  if (i + text.length > b.length) return false;
  for (let k = 0; k < text.length; k++) if (b[i + k] !== text.charCodeAt(k)) return false;
  return true;
}
