/**
 * ASN.1 in BER and DER (ITU-T X.690) as protocols carry it: definite lengths, tags of up to 28 bits. Every answer is checked against
 * the end that the caller gives, so that bytes from the network can be read without a further look.
 */

import { bytesText } from './text.ts';

/** One element: where it begins, its content, and its end (exclusive), as offsets into the bytes that were read. */
export interface Element {
  /** 0 universal, 1 application, 2 context-specific, 3 private. */
  readonly cls: number;
  readonly constructed: boolean;
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

export const UNIVERSAL = 0;
export const APPLICATION = 1;
export const CONTEXT = 2;

export const BOOLEAN = 1;
export const INTEGER = 2;
export const BIT_STRING = 3;
export const OCTET_STRING = 4;
export const NULL = 5;
export const OID = 6;
export const ENUMERATED = 10;
export const SEQUENCE = 16;
export const SET = 17;

/**
 * Length of the element that begins at `at`, header and content, from its first bytes alone: it need not be there whole.
 * 0: more bytes are needed to tell; -1: no element of a definite length begins here.
 */
export const elementLength = (bytes: Uint8Array, at = 0, end = bytes.length): number => {
  let i = at;
  if (i >= end) return 0;
  const first = bytes[i++] ?? 0;
  if ((first & 0x1f) === 0x1f) {
    for (let n = 0; ; n++) {
      if (n === 3) return -1;
      if (i >= end) return 0;
      if (((bytes[i++] ?? 0) & 0x80) === 0) break;
    }
  }
  if (i >= end) return 0;
  const short = bytes[i++] ?? 0;
  if (short < 0x80) return i - at + short;
  const count = short & 0x7f;
  // 0x80 is the indefinite form; more than four bytes of length are no length.
  if (count === 0 || count > 4) return -1;
  if (i + count > end) return 0;
  let length = 0;
  for (let n = 0; n < count; n++) length = length * 256 + (bytes[i++] ?? 0);
  return i - at + length;
};

/** The element at `at`; undefined where none is there whole before `end`. */
export const elementAt = (bytes: Uint8Array, at: number, end = bytes.length): Element | undefined => {
  const length = elementLength(bytes, at, end);
  if (length <= 0 || at + length > end) return undefined;
  const first = bytes[at] ?? 0;
  let i = at + 1;
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let n = 0; n < 3; n++) {
      const byte = bytes[i++] ?? 0;
      tag = tag * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) break;
    }
  }
  const short = bytes[i++] ?? 0;
  if (short > 0x80) i += short & 0x7f;
  return {
    cls: first >> 6,
    constructed: (first & 0x20) !== 0,
    tag,
    start: at,
    content: i,
    end: at + length,
  };
};

/** At most so many elements of a list are read: more are an attack on memory rather than content. */
const MAX_CHILDREN = 4096;

/** Elements inside a constructed one; those before the first that is broken. */
export const children = (bytes: Uint8Array, parent: Element, most = MAX_CHILDREN): Element[] => {
  const found: Element[] = [];
  let at = parent.content;
  while (at < parent.end && found.length < most) {
    const element = elementAt(bytes, at, parent.end);
    if (element === undefined) break;
    found.push(element);
    at = element.end;
  }
  return found;
};

/** The first element inside, as in explicit tags. */
export const inner = (bytes: Uint8Array, parent: Element): Element | undefined =>
  elementAt(bytes, parent.content, parent.end);

export const isA = (element: Element | undefined, cls: number, tag: number): element is Element =>
  element !== undefined && element.cls === cls && element.tag === tag;

/** Content of `[tag]` among the elements of a sequence. */
export const contextTag = (elements: readonly Element[], tag: number): Element | undefined =>
  elements.find((element) => element.cls === CONTEXT && element.tag === tag);

/** The bytes of the content; a view. */
export const contentOf = (bytes: Uint8Array, element: Element): Uint8Array =>
  bytes.subarray(element.content, element.end);

/** A whole number of two's complement; undefined where it is empty or does not fit 2^53. */
export const integerOf = (bytes: Uint8Array, element: Element | undefined): number | undefined => {
  if (element === undefined || element.constructed) return undefined;
  let at = element.content;
  // A zero byte may pad a positive number to more than it needs.
  while (element.end - at > 6 && bytes[at] === 0) at++;
  const length = element.end - at;
  if (length < 1 || length > 6) return undefined;
  let value = 0;
  for (; at < element.end; at++) value = value * 256 + (bytes[at] ?? 0);
  const negative = ((bytes[element.content] ?? 0) & 0x80) !== 0;
  return negative ? value - 256 ** length : value;
};

export const booleanOf = (bytes: Uint8Array, element: Element | undefined): boolean | undefined =>
  element === undefined || element.end === element.content ? undefined : bytes[element.content] !== 0;

/** Dotted text; undefined where it is empty, cut off, or has an arc beyond 2^53. */
export const oidOf = (bytes: Uint8Array, element: Element | undefined): string | undefined => {
  if (element === undefined || element.constructed) return undefined;
  const length = element.end - element.content;
  if (length < 1 || length > 128) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  for (let at = element.content; at < element.end; at++) {
    const byte = bytes[at] ?? 0;
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) return undefined;
    if ((byte & 0x80) !== 0) {
      if (at === element.end - 1) return undefined;
      continue;
    }
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2);
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
};

/** Text of an OCTET STRING or any string type, as tables hold it. */
export const textOf = (bytes: Uint8Array, element: Element): string =>
  bytesText(bytes, element.content, element.end);

/**
 * GeneralizedTime (`YYYYMMDDHHMMSS[.f]Z`) or UTCTime as nanoseconds since the epoch, whole seconds; undefined where it is neither.
 */
export const timeOf = (bytes: Uint8Array, element: Element | undefined): bigint | undefined => {
  if (element === undefined) return undefined;
  const length = element.end - element.content;
  if (length < 11 || length > 32) return undefined;
  const digits: number[] = [];
  for (let at = element.content; at < element.end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    digits.push(digit);
  }
  const short = digits.length === 10 || digits.length === 12;
  if (!short && digits.length !== 14) return undefined;
  const number = (from: number, count: number): number =>
    digits.slice(from, from + count).reduce((sum, digit) => sum * 10 + digit, 0);
  const width = short ? 2 : 4;
  const yearRead = number(0, width);
  const year = short ? (yearRead < 50 ? 2000 + yearRead : 1900 + yearRead) : yearRead;
  const ms = Date.UTC(
    year,
    number(width, 2) - 1,
    number(width + 2, 2),
    number(width + 4, 2),
    number(width + 6, 2),
    number(width + 8, 2),
  );
  return year < 1970 || year > 2261 ? undefined : BigInt(ms) * 1_000_000n;
};
