import type { Body } from '../../model/api/files.ts';
import type { Stream } from '../../model/api/streams.ts';
import { fromBase64, hexDump, hexOffset } from '../packet/bytes.ts';

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

/** A stretch of the shown text. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

const MOST_MARKS = 2_000;

function occurrences(text: string, words: string): Stretch[] {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const found: Stretch[] = [];
  for (const match of text.matchAll(new RegExp(escaped, 'giu'))) {
    found.push({ from: match.index, to: match.index + match[0].length });
    if (found.length === MOST_MARKS) break;
  }
  return found;
}

/** Bytes of a dump's line, and the columns before its text: the offset, two blanks, the digits, two blanks. */
const LINE_BYTES = 16;
const textColumn = (line: number): number => hexOffset(line * LINE_BYTES).length + 51;

/** Where a stretch of bytes stands in the text column of a dump: a stretch for each line that it touches. */
function inDump({ from, to }: Stretch, length: number): Stretch[] {
  const out: Stretch[] = [];
  let begin = 0;
  for (let line = 0; line * LINE_BYTES < Math.min(to, length); line++) {
    const first = line * LINE_BYTES;
    const column = textColumn(line);
    const [low, high] = [Math.max(from, first), Math.min(to, first + LINE_BYTES, length)];
    if (low < high) out.push({ from: begin + column + low - first, to: begin + column + high - first });
    begin += column + Math.min(LINE_BYTES, length - first) + 1;
  }
  return out;
}

/** Where the words stand in what is shown of a piece, whatever the case; in hex also where they go over the end of a line. */
export function marksIn(piece: Pick<Piece, 'bytes'>, look: Look, words: string): Stretch[] {
  if (words === '') return [];
  const shown = occurrences(shownAs(piece, look), words);
  if (look !== 'hex') return shown;
  const said = occurrences(new TextDecoder('latin1').decode(piece.bytes), words);
  const spread = said.flatMap((one) => inDump(one, piece.bytes.length));
  const known = new Set(shown.map(({ from }) => from));
  return [...shown, ...spread.filter(({ from }) => !known.has(from))].sort(
    (one, other) => one.from - other.from,
  );
}

/** The text cut at the marks; `mark` counts them. */
export function cutAt(
  text: string,
  marks: readonly Stretch[],
): { readonly text: string; readonly mark?: number }[] {
  const out: { text: string; mark?: number }[] = [];
  let at = 0;
  for (const [mark, { from, to }] of marks.entries()) {
    if (from < at) continue;
    if (from > at) out.push({ text: text.slice(at, from) });
    out.push({ text: text.slice(from, to), mark });
    at = to;
  }
  if (at < text.length || out.length === 0) out.push({ text: text.slice(at) });
  return out;
}

/** Every place where the words stand: the turn, its piece, the mark in it. */
export function matches(
  turns: readonly Turn[],
  look: Look,
  words: string,
): { turn: number; piece: number; mark: number }[] {
  const found = turns.flatMap(({ pieces }, turn) =>
    pieces.flatMap((piece, at) => marksIn(piece, look, words).map((_, mark) => ({ turn, piece: at, mark }))),
  );
  return found.slice(0, MOST_MARKS);
}
