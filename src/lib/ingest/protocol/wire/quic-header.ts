/** Headers and frames of QUIC packets (RFC 9000 17 and 19). */

import { u32be } from './bytes.ts';
import { isVersion2 } from './quic-initial.ts';

export type LongType = 'initial' | '0rtt' | 'handshake' | 'retry' | 'unknown';

export interface LongHeader {
  readonly type: LongType;
  readonly version: number;
  readonly dcid: Uint8Array;
  readonly scid: Uint8Array;
  /** Where the packet number is: of initial, 0rtt and handshake packets. */
  readonly numberAt: number;
  readonly end: number;
  /** The datagram ends before the packet does. */
  readonly cut?: true;
}

/** A variable-length integer: its value, and the bytes that it takes; undefined where it is cut off or beyond 2^53. */
export const varint = (b: Uint8Array, at: number, end = b.length): readonly [number, number] | undefined => {
  if (at >= end) return undefined;
  const size = 1 << ((b[at] ?? 0) >> 6);
  if (at + size > end) return undefined;
  let value = (b[at] ?? 0) & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + (b[at + i] ?? 0);
  return value > Number.MAX_SAFE_INTEGER ? undefined : [value, size];
};

const TYPES_1: readonly LongType[] = ['initial', '0rtt', 'handshake', 'retry'];
const TYPES_2: readonly LongType[] = ['retry', 'initial', '0rtt', 'handshake'];

/** The versions whose long headers are those of RFC 9000. */
export const isKnownVersion = (version: number): boolean =>
  version === 1 ||
  isVersion2(version) ||
  (version >>> 8 === 0xff0000 && (version & 0xff) >= 17 && (version & 0xff) <= 34) ||
  (version >>> 12 === 0xfaceb && (version & 0xfff) <= 0x0ff) ||
  version === 0x51303530 ||
  version === 0x54303530 ||
  version === 0x54303531;

/** `at`: where the packet begins in its datagram. Undefined where no sound long header is. */
export const longHeader = (b: Uint8Array, at: number): LongHeader | undefined => {
  if (b.length - at < 7 || ((b[at] ?? 0) & 0x80) === 0) return undefined;
  const version = u32be(b, at + 1);
  const dcidLength = b[at + 5] ?? 0;
  const scidAt = at + 6 + dcidLength;
  if (dcidLength > 20 || scidAt >= b.length) return undefined;
  const scidLength = b[scidAt] ?? 0;
  let i = scidAt + 1 + scidLength;
  if (scidLength > 20 || i > b.length) return undefined;
  const base = { version, dcid: b.slice(at + 6, scidAt), scid: b.slice(scidAt + 1, i) };
  if (!isKnownVersion(version)) return { ...base, type: 'unknown', numberAt: i, end: b.length };
  const kind = ((b[at] ?? 0) >> 4) & 3;
  const type = (isVersion2(version) ? TYPES_2 : TYPES_1)[kind] ?? 'unknown';
  if (type === 'retry') return { ...base, type, numberAt: i, end: b.length };
  // Google's Q050 and T05x have no token in theirs but for Initials, as here.
  if (type === 'initial') {
    const token = varint(b, i);
    if (token === undefined) return undefined;
    i += token[1] + token[0];
  }
  const length = varint(b, i);
  if (length === undefined) return undefined;
  i += length[1];
  if (length[0] < 20) return undefined;
  if (i + length[0] > b.length) return { ...base, type, numberAt: i, end: b.length, cut: true };
  return { ...base, type, numberAt: i, end: i + length[0] };
};

export interface CryptoFrame {
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface Frames {
  readonly crypto: readonly CryptoFrame[];
  readonly closed: boolean;
}

/** Frames of an Initial, up to the first that has no place in one (RFC 9000 12.4). `cut`: the last may be there in part. */
export const framesOf = (b: Uint8Array, cut = false): Frames => {
  const crypto: CryptoFrame[] = [];
  let closed = false;
  let at = 0;
  const next = (): number => {
    const read = varint(b, at);
    at = read === undefined ? b.length + 1 : at + read[1];
    return read?.[0] ?? 0;
  };
  while (at < b.length) {
    const type = b[at++] ?? 0;
    if (type === 0 || type === 1) continue;
    if (type === 2 || type === 3) {
      next();
      next();
      const ranges = next();
      next();
      for (let n = 0; n < ranges && at < b.length; n++) {
        next();
        next();
      }
      if (type === 3) for (let n = 0; n < 3; n++) next();
    } else if (type === 6) {
      const offset = next();
      const length = next();
      if (at > b.length || (at + length > b.length && !cut)) break;
      crypto.push({ offset, data: b.subarray(at, at + length) });
      at += length;
    } else {
      if (type === 0x1c || type === 0x1d) closed = true;
      break;
    }
  }
  return { crypto, closed };
};

export interface StreamFrame extends CryptoFrame {
  readonly id: number;
  readonly fin: boolean;
  /** The sender gives the stream up. */
  readonly reset: boolean;
}

/** How many integers a frame has that carries nothing else, by type. */
const INTEGERS: Readonly<Record<number, number>> = {
  0x05: 2,
  0x10: 1,
  0x11: 2,
  0x12: 1,
  0x13: 1,
  0x14: 1,
  0x15: 2,
  0x16: 1,
  0x17: 1,
  0x19: 1,
  0x1e: 0,
};

/** STREAM and RESET_STREAM frames of a packet after the handshake, up to the first frame that is not known (RFC 9000 19). */
export const applicationFrames = (b: Uint8Array): StreamFrame[] => {
  const found: StreamFrame[] = [];
  let at = 0;
  const next = (): number => {
    const read = varint(b, at);
    at = read === undefined ? b.length + 1 : at + read[1];
    return read?.[0] ?? 0;
  };
  while (at < b.length) {
    const type = b[at++] ?? 0;
    const integers = INTEGERS[type];
    if (type === 0 || type === 1) continue;
    if (integers !== undefined) for (let i = 0; i < integers; i++) next();
    else if (type === 2 || type === 3) {
      next();
      next();
      const ranges = next();
      next();
      for (let i = 0; i < ranges && at < b.length; i++) {
        next();
        next();
      }
      if (type === 3) for (let i = 0; i < 3; i++) next();
    } else if (type === 4) {
      const id = next();
      next();
      const offset = next();
      if (at <= b.length) found.push({ id, offset, data: b.subarray(0, 0), fin: false, reset: true });
    } else if (type === 6) {
      next();
      at += next();
    } else if (type === 7) at += next();
    else if (type === 0x18) {
      next();
      next();
      at += 1 + (b[at] ?? 0) + 16;
    } else if (type === 0x1a || type === 0x1b) at += 8;
    else if (type >= 8 && type <= 0x0f) {
      const id = next();
      const offset = (type & 4) !== 0 ? next() : 0;
      const length = (type & 2) !== 0 ? next() : b.length - at;
      if (at + length > b.length) break;
      found.push({ id, offset, data: b.subarray(at, at + length), fin: (type & 1) !== 0, reset: false });
      at += length;
    } else break;
  }
  return found;
};
