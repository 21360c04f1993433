/** Numbers as bytes, big end first, for the builders of packets. */

export type Part = Uint8Array | readonly number[];

export const u8 = (value: number): Buffer => Buffer.from([value & 0xff]);

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value & 0xffff);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

export const cat = (...parts: readonly Part[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));

/** Zeros up to a multiple of `to` bytes. */
export const padded = (bytes: Uint8Array, to = 4): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);

/** RFC 1071 word by word: what the unrolled one of the decoder is compared with. */
export function plainChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? bytes[i] * 256 : bytes[i];
  while (sum > 0xffff) sum = (sum % 65_536) + Math.floor(sum / 65_536);
  return 0xffff - sum;
}

/** An address as 4 or 16 bytes; IPv6 in the short form with one `::` or none. */
export function addressBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
  const [head, tail] = text.split('::');
  const groups = (part: string | undefined): number[] =>
    part ? part.split(':').map((group) => parseInt(group, 16)) : [];
  const [left, right] = [groups(head), groups(tail)];
  const middle = new Array<number>(8 - left.length - right.length).fill(0);
  return cat(...[...left, ...middle, ...right].map(u16));
}

export const macBytes = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');
