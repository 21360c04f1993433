import type { Body } from '../../model/api/files.ts';
import type { Stream } from '../../model/api/streams.ts';
import { fromBase64, hexDump } from '../packet/bytes.ts';

/** Ways to look at it; `bodies` shows what the protocols carried, decoded, and not the bytes on the wire. */
export const LOOKS = ['text', 'hex', 'raw', 'bodies'] as const;
export type Look = (typeof LOOKS)[number];

/** What one side said in a row, across packets. */
export interface Turn {
  readonly fromOrig: boolean;
  readonly pieces: readonly Piece[];
}

export interface Piece {
  readonly file: number;
  readonly n: number;
  readonly ts: number;
  readonly missing: number;
  /** Of QUIC, decrypted: the stream that it is of. */
  readonly stream?: number | undefined;
  readonly bytes: Uint8Array;
}

/** Pieces of the same side that follow each other, together. */
export function turnsOf(stream: Stream): Turn[] {
  const turns: { fromOrig: boolean; pieces: Piece[] }[] = [];
  for (const { from_orig, file, n, ts, missing, stream: id, bytes } of stream.pieces) {
    const piece = { file, n, ts, missing, stream: id, bytes: fromBase64(bytes) };
    const last = turns.at(-1);
    if (last?.fromOrig === from_orig) last.pieces.push(piece);
    else turns.push({ fromOrig: from_orig, pieces: [piece] });
  }
  return turns;
}

function isControl(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return (code < 0x20 && code !== 9 && code !== 10) || (code >= 0x7f && code < 0xa0);
}

/** UTF-8 where it is that, else Latin-1; control characters but tab and line ends as a dot. */
export function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    text = new TextDecoder('latin1').decode(bytes);
  }
  return [...text.replaceAll('\r\n', '\n')].map((letter) => (isControl(letter) ? '·' : letter)).join('');
}

/** Hex digits and nothing else, to be pasted elsewhere. */
const rawHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function shownAs({ bytes }: Pick<Piece, 'bytes'>, look: Look): string {
  if (look === 'hex') return hexDump(bytes);
  return look === 'raw' ? rawHex(bytes) : textOf(bytes);
}

/** Types that a browser draws and never runs: no SVG, no PDF. */
const DRAWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export const isDrawn = ({ mime_type: type, truncated, state }: Body): boolean =>
  type !== null && DRAWN.has(type) && !truncated && state === 'complete';

const NUL = 0;

/** Whether bytes are meant to be read: no NUL in their beginning. */
export const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 1024).includes(NUL);
