import type { Stream } from '../../model/api/streams.ts';
import { fromBase64, hexDump } from '../packet/bytes.ts';

export type Look = 'text' | 'hex';

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
  readonly bytes: Uint8Array;
}

/** Pieces of the same side that follow each other, together. */
export function turnsOf(stream: Stream): Turn[] {
  const turns: { fromOrig: boolean; pieces: Piece[] }[] = [];
  for (const { from_orig, file, n, ts, missing, bytes } of stream.pieces) {
    const piece = { file, n, ts, missing, bytes: fromBase64(bytes) };
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

export const shownAs = (piece: Piece, look: Look): string =>
  look === 'hex' ? hexDump(piece.bytes) : textOf(piece.bytes);

/** Indexes of the pieces whose text has the words, whatever the case. */
export function matches(
  turns: readonly Turn[],
  look: Look,
  words: string,
): { turn: number; piece: number }[] {
  const wanted = words.toLowerCase();
  if (wanted === '') return [];
  return turns.flatMap(({ pieces }, turn) =>
    pieces.flatMap((piece, at) =>
      shownAs(piece, look).toLowerCase().includes(wanted) ? [{ turn, piece: at }] : [],
    ),
  );
}
