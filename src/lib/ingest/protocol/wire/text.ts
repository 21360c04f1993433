/** Bytes from the network as text of tables: printable UTF-8 as it is, every other byte as `\xNN`; a backslash stays one. */

import { Buffer } from 'node:buffer';

const HEX = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, '0')}`);

/** Length of the printable UTF-8 character at `at`, 0 where there is none. */
const characterLength = (bytes: Uint8Array, at: number, end: number): number => {
  const first = bytes[at];
  if (first < 0x80) return first >= 0x20 && first !== 0x7f ? 1 : 0;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  if (length === 0 || at + length > end) return 0;
  let code = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if ((byte & 0xc0) !== 0x80) return 0;
    code = code * 64 + (byte & 0x3f);
  }
  if (length === 2) return code >= 0xa0 ? 2 : 0;
  if (length === 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff) && code < 0xfffe ? 3 : 0;
  return code >= 0x10000 && code <= 0x10ffff ? 4 : 0;
};

/** Text of `bytes` from `from` to `to` (exclusive). */
export const bytesText = (bytes: Uint8Array, from = 0, to = bytes.length): string => {
  const end = Math.min(to, bytes.length);
  if (from >= end) return '';
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = from;
  while (at < end && bytes[at] >= 0x20 && bytes[at] < 0x7f) at++;
  if (at === end) return whole.toString('latin1', from, end);
  const parts: string[] = [];
  let start = from;
  while (at < end) {
    const length = characterLength(bytes, at, end);
    if (length > 0) {
      at += length;
      continue;
    }
    if (start < at) parts.push(whole.toString('utf8', start, at));
    parts.push(HEX[bytes[at]]);
    start = ++at;
  }
  if (start < end) parts.push(whole.toString('utf8', start, end));
  return parts.join('');
};

export const hexText = (bytes: Uint8Array, from = 0, to = bytes.length): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'hex',
    from,
    Math.min(to, bytes.length),
  );
