/** Content codings of HTTP (RFC 9110 8.4.1): a body that is held until it ends, then decoded at once, within caps. */

import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { PROTOCOL_LIMITS } from '../../../model/limits.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

const NAMES: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};
/** Codings over one another that are undone; more than this is an attack. */
const MAX_CODINGS = 4;
/** Blanks, and what is hidden between the letters of a coding: browsers pass over it. */
const NOT_OF_TOKENS = /\\x[0-9a-f]{2}|[^\w*-]/gi;
/** RFC 9659: the window of a zstd frame in HTTP. */
const MAX_ZSTD_WINDOW = 8 * 1024 * 1024;

/** Codings of a Content-Encoding value in the order in which they were applied; empty where one of them is not known. */
export function codingsOf(value: string): readonly Coding[] {
  const found: Coding[] = [];
  for (const part of value.split(',', MAX_CODINGS + 1)) {
    const name = part.replace(NOT_OF_TOKENS, '').toLowerCase();
    if (name === '' || name === 'identity') continue;
    const coding = NAMES[name];
    if (coding === undefined) return [];
    found.push(coding);
  }
  return found.length > MAX_CODINGS ? [] : found;
}

const LIMITED = { maxOutputLength: PROTOCOL_LIMITS.maxDecodedBodyBytes };
const ZLIB = { ...LIMITED, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { ...LIMITED, finishFlush: constants.BROTLI_OPERATION_FLUSH };

/** Of a body that is decoded: a coding would have given more than the cap. */
interface Outcome {
  capped: boolean;
}

class BeyondCap extends Error {}

const isBeyondCap = (error: unknown): boolean =>
  error instanceof BeyondCap ||
  (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE');

const attempt = (outcome: Outcome, decode: () => Uint8Array): Uint8Array | undefined => {
  // Once more would cost as much, and end in the same way.
  if (outcome.capped) return undefined;
  try {
    return decode();
  } catch (error) {
    // Damaged or cut off: what the caller knows is that it cannot be decoded.
    outcome.capped = isBeyondCap(error);
    return undefined;
  }
};

/** Where the deflate data of a gzip member begins; 0 where there is no such header. */
function gzipHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < 10 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return 0;
  const flags = bytes[3];
  let at = 10;
  if (flags & 4) at += 2 + (bytes[10] | (bytes[11] << 8));
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return 0;
    at = end + 1;
  }
  return flags & 2 ? at + 2 : at;
}

function zstdWindow(bytes: Uint8Array): number {
  const descriptor = bytes[4] ?? 0;
  if (!(descriptor & 0x20)) return 2 ** (10 + ((bytes[5] ?? 0) >> 3)) * (1 + ((bytes[5] ?? 0) & 7) / 8);
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (descriptor >> 6) {
    case 0:
      return 256;
    case 1:
      return bytes.length < at + 2 ? 0 : view.getUint16(at, true) + 256;
    default:
      return bytes.length < at + 4 ? 0 : view.getUint32(at, true);
  }
}

function unzstd(bytes: Uint8Array): Uint8Array {
  if (zstdWindow(bytes) > MAX_ZSTD_WINDOW) throw new BeyondCap('window');
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Decompress((part) => {
    size += part.length;
    if (size > PROTOCOL_LIMITS.maxDecodedBodyBytes) throw new BeyondCap('size');
    parts.push(part.slice());
  });
  stream.push(bytes);
  return Buffer.concat(parts);
}

function decodeOne(bytes: Uint8Array, coding: Coding, outcome: Outcome): Uint8Array | undefined {
  switch (coding) {
    case 'gzip':
      return (
        attempt(outcome, () => gunzipSync(bytes, ZLIB)) ??
        // A wrong checksum or odd flags in the header do not make what is between them unreadable.
        attempt(outcome, () => inflateRawSync(bytes.subarray(gzipHeaderLength(bytes)), ZLIB))
      );
    case 'deflate':
      return (
        attempt(outcome, () => inflateSync(bytes, ZLIB)) ??
        attempt(outcome, () => inflateRawSync(bytes, ZLIB))
      );
    case 'br':
      return attempt(outcome, () => brotliDecompressSync(bytes, BROTLI));
    default:
      return attempt(outcome, () => unzstd(bytes));
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;

/**
 * `body` undefined where the bytes are of none of these codings, or become more than the cap (`capped`). A coding that was announced and
 * not applied is passed over.
 */
export function decodeBody(
  bytes: Uint8Array,
  codings: readonly Coding[],
): { readonly body: Uint8Array | undefined; readonly capped: boolean } {
  const outcome: Outcome = { capped: false };
  let body = bytes;
  let isDecoded = false;
  const left = [...codings];
  while (left.length > 0) {
    const gzip = isGzip(body) ? left.lastIndexOf('gzip') : -1;
    const at = gzip >= 0 ? gzip : left.length - 1;
    const [coding] = left.splice(at);
    const decoded = coding === undefined ? undefined : decodeOne(body, coding, outcome);
    if (decoded === undefined || (decoded.length === 0 && body.length > 0)) continue;
    body = decoded;
    isDecoded = true;
  }
  return { body: isDecoded && !outcome.capped ? body : undefined, capped: outcome.capped };
}

let heldByAll = 0;

/** Compressed bytes of one body. `take` gives them and lets go of them. */
export class HeldBody {
  #parts: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False where a cap is reached: the bytes are not held. */
  add(bytes: Uint8Array): boolean {
    if (
      this.#size + bytes.length > PROTOCOL_LIMITS.maxEncodedBodyBytes ||
      heldByAll + bytes.length > PROTOCOL_LIMITS.maxEncodedTotalBytes
    )
      return false;
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    heldByAll += bytes.length;
    return true;
  }

  take(): Uint8Array {
    const whole = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    heldByAll -= this.#size;
    this.#parts = [];
    this.#size = 0;
    return whole;
  }
}
