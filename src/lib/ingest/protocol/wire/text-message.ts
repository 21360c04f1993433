/** Messages of SIP and RTSP: a first line, header fields, an empty line, and a body of Content-Length bytes. */

import type { Span } from '../contract.ts';
import { latin1 } from './bytes.ts';
import { fieldNamed, fieldsOf, type HeaderField } from './header-fields.ts';

const LF = 0x0a;
const CR = 0x0d;
const MAX_HEADER = 64 * 1024;

export interface TextMessage {
  readonly start: string;
  readonly startBytes: Uint8Array;
  readonly fields: readonly HeaderField[];
  /** Content-Length, where it says one. */
  readonly length: number | undefined;
  /** Index after the header. */
  /** What it says instead, where that is none. */
  readonly badLength: string | undefined;
  readonly next: number;
}

/** The message at `from`; 'more' where its header is not whole (`whole`: nothing more comes), 'bad' where it is too long. */
export const textMessage = (data: Span, from: number, whole: boolean): TextMessage | 'more' | 'bad' => {
  const { bytes } = data;
  const lines: Uint8Array[] = [];
  let at = from;
  let next = bytes.length;
  let ended = false;
  while (at < bytes.length) {
    const end = bytes.indexOf(LF, at);
    if (end < 0 && !whole) break;
    const line = end < 0 ? bytes.length : end;
    const stop = line > at && bytes[line - 1] === CR ? line - 1 : line;
    const start = at;
    at = line + 1;
    if (stop === start) {
      ended = true;
      next = Math.min(at, bytes.length);
      break;
    }
    lines.push(bytes.subarray(start, stop));
  }
  if (!ended && !whole) return bytes.length - from > MAX_HEADER ? 'bad' : 'more';
  const [first] = lines;
  if (!first) return 'bad';
  const fields = fieldsOf(lines.slice(1, 500));
  const said = fieldNamed(fields, 'content-length') ?? fieldNamed(fields, 'l');
  const length = said !== undefined && /^\d{1,9}$/.test(said) ? Number(said) : undefined;
  const badLength = length === undefined ? said : undefined;
  return { start: latin1(first), startBytes: first, fields, length, badLength, next };
};

/** Bytes between messages: line ends and zeros, sent to keep an address translation open. */
export const skipFiller = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && (bytes[at] === CR || bytes[at] === LF || bytes[at] === 0)) at++;
  return at;
};
