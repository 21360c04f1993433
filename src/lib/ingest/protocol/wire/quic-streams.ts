/** What QUIC hands to the protocol that it carries: pieces of its streams, each stream in order, as one run of bytes. */

import { u32be } from './bytes.ts';

/** What a piece is: bytes; the last bytes, maybe none; a stream given up by its sender; bytes that are not in the capture. */
export type PieceKind = 'data' | 'end' | 'reset' | 'gap';

const KINDS: readonly PieceKind[] = ['data', 'end', 'reset', 'gap'];
/** Kind, stream (8 bytes), length (4). */
const HEADER = 13;
/** More than a datagram can bring. */
const MAX_BYTES = 0x10_0000;

export interface StreamPiece {
  readonly kind: PieceKind;
  readonly stream: number;
  /** Of a gap: as many as are missing, and nothing in `data`. */
  readonly length: number;
  readonly data: Uint8Array;
  /** Where the next piece begins. */
  readonly end: number;
}

const none = new Uint8Array(0);

export const pieceBytes = (kind: PieceKind, stream: number, data: Uint8Array | number): Uint8Array => {
  const bytes = typeof data === 'number' ? none : data;
  const out = Buffer.alloc(HEADER + bytes.length);
  out[0] = KINDS.indexOf(kind);
  out.writeBigUInt64BE(BigInt(stream), 1);
  out.writeUInt32BE(typeof data === 'number' ? Math.min(data, 0xffff_ffff) : bytes.length, 9);
  out.set(bytes, HEADER);
  return out;
};

/** The piece at `at`; 'more' where it is not whole, undefined where none is. */
export const pieceAt = (b: Uint8Array, at: number): StreamPiece | 'more' | undefined => {
  if (b.length - at < HEADER) return 'more';
  const kind = KINDS[b[at]] as PieceKind | undefined;
  const stream = u32be(b, at + 1) * 2 ** 32 + u32be(b, at + 5);
  const length = u32be(b, at + 9);
  if (kind === undefined || stream > Number.MAX_SAFE_INTEGER) return undefined;
  const from = at + HEADER;
  if (kind === 'gap') return { kind, stream, length, data: none, end: from };
  if (length > MAX_BYTES) return undefined;
  if (b.length < from + length) return 'more';
  return { kind, stream, length, data: b.subarray(from, from + length), end: from + length };
};

/** RFC 9000 2.1: the two low bits tell who opened a stream, and whether both ends write to it. */
export const isUnidirectional = (stream: number): boolean => (stream & 2) !== 0;
