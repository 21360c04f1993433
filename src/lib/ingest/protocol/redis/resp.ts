/** RESP 2 and 3 (redis.io, "Redis serialization protocol specification"): values, and lines of inline commands. */

import { bytesText } from '../wire/text.ts';

const CR = 13;
const LF = 10;
const LONGEST_LINE = 1 << 16;
const DEEPEST = 16;
const MOST_ELEMENTS = 1 << 20;
/** Text of a value is cut here. */
const LONGEST_TEXT = 1 << 14;

export interface Value {
  /** Its first byte: the type. */
  readonly type: string;
  /** Position after it. */
  readonly end: number;
  readonly text: string;
  /** Elements of the outermost list, as bytes (commands). */
  readonly items: readonly Uint8Array[];
}

/** A number: not before so many bytes are there. */
export type Outcome = Value | { readonly more: number } | 'bad';

export const isValue = (outcome: Outcome): outcome is Value =>
  typeof outcome === 'object' && 'end' in outcome;

const LINES = new Set('+-:,(#_');
const BLOBS = new Set('$!=');
const LISTS = new Set('*~>%|');

/** Position of the line's end (of its CR), -1 where it is not there, -2 where it is too long. */
export function lineEnd(b: Uint8Array, at: number): number {
  const lf = b.indexOf(LF, at);
  if (lf < 0) return b.length - at > LONGEST_LINE ? -2 : -1;
  if (lf - at > LONGEST_LINE) return -2;
  return lf > at && b[lf - 1] === CR ? lf - 1 : lf;
}

const afterLine = (b: Uint8Array, end: number): number => (b[end] === CR ? end + 2 : end + 1);

/** A decimal number, -1 for null; undefined where it is none. */
function lengthAt(b: Uint8Array, from: number, to: number): number | undefined {
  if (to - from === 2 && b[from] === 0x2d && b[from + 1] === 0x31) return -1;
  if (to <= from || to - from > 9) return undefined;
  let n = 0;
  for (let i = from; i < to; i++) {
    if (b[i] < 0x30 || b[i] > 0x39) return undefined;
    n = n * 10 + b[i] - 0x30;
  }
  return n;
}

class Reader {
  readonly #b: Uint8Array;
  #left = MOST_ELEMENTS;
  items: Uint8Array[] = [];

  constructor(b: Uint8Array) {
    this.#b = b;
  }

  value(at: number, depth: number): Outcome {
    const b = this.#b;
    if (at >= b.length) return { more: at + 1 };
    const type = String.fromCharCode(b[at]);
    const end = lineEnd(b, at + 1);
    if (end === -2 || depth > DEEPEST || --this.#left < 0) return 'bad';
    if (!LINES.has(type) && !BLOBS.has(type) && !LISTS.has(type)) return 'bad';
    if (end < 0) return { more: b.length + 1 };
    const next = afterLine(b, end);
    if (LINES.has(type)) {
      const text = type === '#' ? (b[at + 1] === 0x74 ? 'true' : 'false') : bytesText(b, at + 1, end);
      return { type, end: next, text: text.slice(0, LONGEST_TEXT), items: [] };
    }
    const length = lengthAt(b, at + 1, end);
    if (length === undefined) return 'bad';
    if (length < 0) return { type, end: next, text: '', items: [] };
    return BLOBS.has(type) ? this.#blob(type, next, length, depth) : this.#list(type, next, length, depth);
  }

  #blob(type: string, at: number, length: number, depth: number): Outcome {
    const b = this.#b;
    if (b.length < at + length + 2) return { more: at + length + 2 };
    if (b[at + length] !== CR || b[at + length + 1] !== LF) return 'bad';
    const from = type === '=' && length >= 4 ? at + 4 : at;
    if (depth === 1) this.items.push(b.subarray(at, at + length));
    return {
      type,
      end: at + length + 2,
      text: bytesText(b, from, Math.min(at + length, from + LONGEST_TEXT)),
      items: [],
    };
  }

  #list(type: string, at: number, count: number, depth: number): Outcome {
    const values = type === '%' || type === '|' ? 2 * count : count;
    if (values > MOST_ELEMENTS) return 'bad';
    const parts: string[] = [];
    let size = 0;
    let end = at;
    for (let i = 0; i < values; i++) {
      const one = this.value(end, depth + 1);
      if (!isValue(one)) return one;
      end = one.end;
      // Attributes come before the value that they are about, and count for nothing.
      if (one.type === '|') {
        i--;
        continue;
      }
      if (size < LONGEST_TEXT) parts.push(one.text);
      size += one.text.length + 2;
    }
    const inside = type === '%' ? pairs(parts) : parts;
    const [open, close] = type === '%' || type === '~' ? '{}' : '[]';
    const text = `${open}${inside.join(', ')}${close}`.slice(0, LONGEST_TEXT);
    return { type, end, text, items: depth === 0 ? this.items : [] };
  }
}

const pairs = (parts: readonly string[]): string[] => {
  const out: string[] = [];
  for (let i = 0; i < parts.length; i += 2) out.push(`${parts[i]}: ${parts[i + 1] ?? ''}`);
  return out;
};

export const readValue = (b: Uint8Array, at: number): Outcome => new Reader(b).value(at, 0);

/** Words of an inline command; quotes hold words together. */
export function words(line: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  const blank = (byte: number): boolean => byte === 32 || byte === 9 || byte === 0;
  let at = 0;
  while (at < line.length && out.length < 1024) {
    while (at < line.length && blank(line[at])) at++;
    const from = at;
    let quote = 0;
    while (at < line.length && (quote || !blank(line[at]))) {
      const byte = line[at];
      if (quote && byte === 0x5c) at++;
      else if (quote === byte) quote = 0;
      else if (!quote && (byte === 0x22 || byte === 0x27)) quote = byte;
      at++;
    }
    if (at > from) out.push(line.subarray(from, Math.min(at, line.length)));
  }
  return out;
}
