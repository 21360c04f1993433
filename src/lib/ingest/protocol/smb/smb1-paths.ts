/** Names of files in SMB 1's commands (MS-CIFS §2.2.4), wherever a command has them. */

import { u16le } from '../wire/bytes.ts';
import { nameText } from './shares.ts';

/** One command of a chain: where its parameter words and its bytes are. */
export interface Block {
  readonly command: number;
  readonly words: number;
  readonly count: number;
  readonly data: number;
  readonly end: number;
}

export const DELETE = 0x06;
export const RENAME = 0x07;
export const NT_RENAME = 0xa5;
export const OPEN = 0x02;
export const OPEN_ANDX = 0x2d;
export const TRANSACTION2 = 0x32;

/** Commands whose bytes are one name, or two, each behind a byte that says that it is text. */
const WITH_FORMAT: ReadonlySet<number> = new Set([
  0x00,
  0x01,
  OPEN,
  0x03,
  DELETE,
  RENAME,
  0x08,
  0x09,
  0x0e,
  0x0f,
  0x10,
  NT_RENAME,
]);
const ASCII = 4;
/** Where the name is in a subcommand's parameters (MS-CIFS 2.2.6). */
const TRANSACTION2_NAMES: Readonly<Record<number, number>> = { 1: 12, 5: 6, 6: 6, 13: 4, 16: 2 };

/** Where a string ends, from `at`. */
export const stringEnd = (bytes: Uint8Array, at: number, end: number, unicode: boolean): number => {
  if (!unicode) {
    const zero = bytes.indexOf(0, at);
    return zero < 0 || zero > end ? end : zero;
  }
  let i = at;
  while (i + 1 < end && (bytes[i] !== 0 || bytes[i + 1] !== 0)) i += 2;
  return Math.min(i, end);
};

/** UTF-16 begins at even offsets of the message. */
export const aligned = (at: number, unicode: boolean): number => (unicode && at % 2 === 1 ? at + 1 : at);

/** Names of a command that is about files by name: one, of a rename the old one and the new one. */
export function pathsOf(bytes: Uint8Array, block: Block, unicode: boolean): readonly string[] {
  const { command, words, count, data, end } = block;
  const text = (from: number, to: number): string => nameText(bytes, from, Math.max(0, to - from), unicode);
  if (command === OPEN_ANDX) {
    const from = aligned(data, unicode);
    return [text(from, stringEnd(bytes, from, end, unicode))];
  }
  if (command === TRANSACTION2) {
    const offset = count >= 15 ? TRANSACTION2_NAMES[u16le(bytes, words + 28)] : undefined;
    if (offset === undefined) return [];
    const from = u16le(bytes, words + 20) + offset;
    return from < end ? [text(from, stringEnd(bytes, from, end, unicode))] : [];
  }
  if (!WITH_FORMAT.has(command)) return [];
  const names: string[] = [];
  for (let at = data; at < end && bytes[at] === ASCII && names.length < 2;) {
    const from = aligned(at + 1, unicode);
    const to = stringEnd(bytes, from, end, unicode);
    names.push(text(from, to));
    at = to + (unicode ? 2 : 1);
  }
  return names;
}
