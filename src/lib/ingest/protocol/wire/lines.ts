/** Lines of text protocols: CRLF or LF ends one; of a long line the first bytes are handed on and the rest is passed over. */

import type { Position, Span } from '../contract.ts';

export interface Line {
  /** Without its end; valid during the call. */
  readonly bytes: Uint8Array;
  readonly first: Position;
  readonly last: Position;
  /** Index in the span of what follows the line. */
  readonly next: number;
}

const LF = 0x0a;
const CR = 0x0d;

export class Lines {
  readonly #max: number;
  #passing = false;

  /** `max` bytes of a line are kept. */
  constructor(max = 8192) {
    this.#max = max;
  }

  /** The line that begins at `from`; a number where none is whole: how many bytes are consumed, counted from the span's begin. */
  next(data: Span, from: number): Line | number {
    const { bytes } = data;
    let at = from;
    if (this.#passing) {
      const end = bytes.indexOf(LF, at);
      if (end < 0) return bytes.length;
      this.#passing = false;
      at = end + 1;
    }
    const end = bytes.indexOf(LF, at);
    const cut = at + this.#max;
    const long = end < 0 ? bytes.length >= cut : end >= cut;
    if (end < 0 && !long) return at;
    let stop = long ? cut : end;
    const last = data.at(long ? cut - 1 : end);
    if (long) this.#passing = true;
    const next = long ? cut : end + 1;
    if (stop > at && bytes[stop - 1] === CR) stop--;
    return { bytes: bytes.subarray(at, stop), first: data.at(at), last, next };
  }

  /** After a gap: what follows begins inside a line, or with one (`fresh`), which the caller can tell by its first word. */
  resync(fresh = false): void {
    this.#passing = !fresh;
  }
}

/** Index of the first space or tab from `from`, the length where there is none. */
export const wordEnd = (bytes: Uint8Array, from = 0): number => {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0x20 && bytes[at] !== 0x09) at++;
  return at;
};

export const skipBlanks = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
  return at;
};

/** Index after the last byte that is not a blank. */
export const trimmedEnd = (bytes: Uint8Array, from = 0): number => {
  let end = bytes.length;
  while (end > from && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0x09)) end--;
  return end;
};

/** Upper-case letters at `from`, as text; '' where there are more than `max` or other bytes before `to`. */
export const keyword = (bytes: Uint8Array, from: number, to: number, max = 12): string => {
  if (to <= from || to - from > max) return '';
  let word = '';
  for (let i = from; i < to; i++) {
    const upper = bytes[i] & 0xdf;
    if (upper < 0x41 || upper > 0x5a) return '';
    word += String.fromCharCode(upper);
  }
  return word;
};

/** The number that three digits at `from` spell, -1 where there are none. */
export const threeDigits = (bytes: Uint8Array, from = 0): number => {
  if (bytes.length < from + 3) return -1;
  let value = 0;
  for (let i = from; i < from + 3; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
};

/** Is it text: no byte below the blank but tab and line ends, up to `max` bytes? */
export const isText = (bytes: Uint8Array, max = 512): boolean => {
  const end = Math.min(bytes.length, max);
  for (let i = 0; i < end; i++) {
    const byte = bytes[i];
    if ((byte < 0x20 && byte !== 0x09 && byte !== LF && byte !== CR) || byte === 0x7f) return false;
  }
  return true;
};

/** The first line of a probe; undefined where its end is not there yet. */
export const firstLine = (bytes: Uint8Array): Uint8Array | undefined => {
  const end = bytes.indexOf(LF);
  if (end < 0) return undefined;
  return bytes.subarray(0, end > 0 && bytes[end - 1] === CR ? end - 1 : end);
};
