/** The first line of a server whose replies begin with three digits (RFC 959 4.2, RFC 5321 4.2): FTP and SMTP greet alike. */

import type { Verdict } from '../contract.ts';
import { latin1 } from './bytes.ts';
import { firstLine, isText, threeDigits } from './lines.ts';

/** Bytes of a line that greets, at most, and of it those that are searched for words. */
const MAX_LINE = 1_024;
const MAX_WORDS = 512;

export interface Greeting {
  /** Lowest and highest code of a reply. */
  readonly codes: readonly [number, number];
  /** Codes that greet. */
  readonly greets: readonly number[];
  /** Words of the protocol, and of those that greet like it. */
  readonly own: RegExp;
  readonly others: RegExp;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** `usual`: the port is one of the protocol's. 'more' where the line fits and does not say whose it is. */
export function probeGreeting(
  bytes: Uint8Array,
  { codes, greets, own, others }: Greeting,
  usual: boolean,
): Verdict {
  if (!isDigit(bytes[0]) || !isText(bytes)) return 'no';
  const code = threeDigits(bytes);
  if (bytes.length >= 3 && (code < codes[0] || code > codes[1])) return 'no';
  if (bytes.length >= 4 && bytes[3] !== 0x20 && bytes[3] !== 0x2d) return 'no';
  const line = firstLine(bytes);
  if (!line) return bytes.length > MAX_LINE ? 'no' : 'more';
  const words = latin1(line.subarray(0, MAX_WORDS));
  if (others.test(words)) return 'no';
  if (usual || own.test(words)) return 'yes';
  return greets.includes(code) ? 'more' : 'no';
}
