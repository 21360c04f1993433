/** Words in a conversation: what a side says is one text, however many packets carry it. */

import { hexOffset } from '../packet/bytes.ts';
import { type Look, type Piece, shownAs, type Turn } from './conversation.ts';

/** A stretch of a text. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch of what is shown of a piece; `place` is the occurrence that it is of, which may go over several. */
export interface Mark extends Stretch {
  readonly place: number;
}

export interface Places {
  readonly count: number;
  readonly marks: ReadonlyMap<Piece, readonly Mark[]>;
}

/** Pieces whose bytes follow each other without a hole. */
type Chain = readonly Piece[];

const MOST_PLACES = 2_000;
const NONE: Places = { count: 0, marks: new Map() };

function occurrences(text: string, words: string): Stretch[] {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const found: Stretch[] = [];
  for (const match of text.matchAll(new RegExp(escaped, 'giu'))) {
    found.push({ from: match.index, to: match.index + match[0].length });
    if (found.length === MOST_PLACES) break;
  }
  return found;
}

/** Each side's pieces, and each stream's where there are several, also over what the other side says in between; a datagram stands alone. */
function chainsOf(turns: readonly Turn[], streams: boolean): Chain[] {
  const all: Piece[][] = [];
  const open = new Map<string, Piece[]>();
  for (const { fromOrig, pieces } of turns)
    for (const piece of pieces) {
      const side = `${String(fromOrig)} ${String(piece.stream)}`;
      const chain = open.get(side);
      if (piece.missing > 0) open.delete(side);
      else if (chain && streams) chain.push(piece);
      else {
        const begun = [piece];
        all.push(begun);
        open.set(side, begun);
      }
    }
  return all;
}

/** A stretch of the joined texts, by piece: what of each it touches. */
function inPieces({ from, to }: Stretch, lengths: readonly number[]): { piece: number; stretch: Stretch }[] {
  const out: { piece: number; stretch: Stretch }[] = [];
  let begin = 0;
  for (const [piece, length] of lengths.entries()) {
    const [low, high] = [Math.max(from, begin), Math.min(to, begin + length)];
    if (low < high) out.push({ piece, stretch: { from: low - begin, to: high - begin } });
    begin += length;
    if (begin >= to) break;
  }
  return out;
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

/** An occurrence: where it stands, piece after piece. */
type Found = readonly { readonly piece: Piece; readonly stretch: Stretch }[];

/** In the pieces' texts, joined; `spread` says where a stretch of a piece's text is shown. */
function inJoined(
  chain: Chain,
  texts: readonly string[],
  words: string,
  spread: (stretch: Stretch, piece: Piece) => Stretch[],
): Found[] {
  const lengths = texts.map(({ length }) => length);
  return occurrences(texts.join(''), words).map((one) =>
    inPieces(one, lengths).flatMap(({ piece: at, stretch }) => {
      const piece = chain[at];
      return piece ? spread(stretch, piece).map((shown) => ({ piece, stretch: shown })) : [];
    }),
  );
}

/** In hex the digits of a piece count as well as the bytes' own letters, which may go over the end of a line or of a packet. */
function inHex(chain: Chain, words: string): Found[] {
  const decoder = new TextDecoder('latin1');
  const said = inJoined(
    chain,
    chain.map(({ bytes }) => decoder.decode(bytes)),
    words,
    (stretch, { bytes }) => inDump(stretch, bytes.length),
  );
  const known = new Map<Piece, Set<number>>();
  for (const { piece, stretch } of said.flat())
    known.set(piece, (known.get(piece) ?? new Set()).add(stretch.from));
  const shown = chain.flatMap((piece) =>
    occurrences(shownAs(piece, 'hex'), words)
      .filter(({ from }) => !known.get(piece)?.has(from))
      .map((stretch): Found => [{ piece, stretch }]),
  );
  return [...said, ...shown];
}

/** Every place where the words stand, whatever the case, counted in the order in which they begin. `streams`: pieces are of byte streams. */
export function placesIn(turns: readonly Turn[], look: Look, words: string, streams: boolean): Places {
  if (words === '') return NONE;
  const order = new Map(turns.flatMap(({ pieces }) => pieces).map((piece, at) => [piece, at]));
  const beginOf = (found: Found): readonly [number, number] => {
    const first = found[0];
    return first ? [order.get(first.piece) ?? 0, first.stretch.from] : [0, 0];
  };
  const found = chainsOf(turns, streams)
    .flatMap((chain) =>
      look === 'hex'
        ? inHex(chain, words)
        : inJoined(
            chain,
            chain.map((piece) => shownAs(piece, look)),
            words,
            (stretch) => [stretch],
          ),
    )
    .sort((one, other) => {
      const [a, b] = [beginOf(one), beginOf(other)];
      return a[0] - b[0] || a[1] - b[1];
    })
    .slice(0, MOST_PLACES);
  const marks = new Map<Piece, Mark[]>();
  for (const [place, parts] of found.entries())
    for (const { piece, stretch } of parts) {
      const own = marks.get(piece);
      if (own) own.push({ ...stretch, place });
      else marks.set(piece, [{ ...stretch, place }]);
    }
  for (const own of marks.values()) own.sort((one, other) => one.from - other.from);
  return { count: found.length, marks };
}

/** The text cut at the marks; `place` counts what they are of. */
export function cutAt(
  text: string,
  marks: readonly Mark[],
): { readonly text: string; readonly place?: number }[] {
  const out: { text: string; place?: number }[] = [];
  let at = 0;
  for (const { from, to, place } of marks) {
    if (from < at) continue;
    if (from > at) out.push({ text: text.slice(at, from) });
    out.push({ text: text.slice(from, to), place });
    at = to;
  }
  if (at < text.length || out.length === 0) out.push({ text: text.slice(at) });
  return out;
}
