/** Looks for card numbers in what passes by: payloads of packets, and the decoded bytes of files. */

import type { Position, RowValues } from '../../model/content.ts';
import type { PayloadEvent, PayloadSink, RowSink } from '../../model/sinks.ts';
import { CARD_NUMBERS } from '../../model/tables/card-numbers.ts';
import { type CardNumber, cardNumbersIn, contextWord } from './card-number.ts';
import { digitRuns, newRuns, type Runs } from './digit-runs.hot.ts';

/** Bytes around a number in which words are looked for. */
const CONTEXT_BYTES = 64;
/** Bytes kept of the end of a packet whose digits may go on in the next: the longest number with its separators, and words before it. */
const TAIL_BYTES = CONTEXT_BYTES + 24;
/** Rows of one connection; a dump of numbers is told by its first ones. */
const MAX_ROWS = 1_000;
/** Connections whose numbers or tails are remembered. */
const MAX_REMEMBERED = 100_000;

/** Numbers at a packet's end that are told at once; few schemes have both a shorter and a longer one. */
const SURE_DIGITS = 15;

const TCP = 6;
const NO_BYTES = new Uint8Array(0);

interface Seen {
  readonly numbers: Set<string>;
}

type Tell = (card: CardNumber, context: string | undefined) => void;

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, to - from)).toString('latin1');

const goesOn = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || byte === 0x20 || byte === 0x2d;

/** The end of `bytes` where a number may go on behind it, copied: the bytes are lent. */
function tailOf(bytes: Uint8Array, off: number, end: number): Uint8Array | undefined {
  if (end === off || !goesOn(bytes[end - 1] ?? 0)) return undefined;
  // A blank alone is no beginning: most lines of text end so.
  if (!goesOn(bytes[end - 2] ?? 0) && !isDigit(bytes[end - 1] ?? 0)) return undefined;
  return Uint8Array.from(bytes.subarray(Math.max(off, end - TAIL_BYTES), end));
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

class Scanner {
  readonly #runs: Runs = newRuns();

  /** Tells the numbers that end behind `from`. */
  scan(bytes: Uint8Array, off: number, end: number, from: number, tell: Tell): void {
    digitRuns(bytes, off, end, this.#runs);
    for (let i = 0; i < this.#runs.count; i++) {
      const at = this.#runs.at[2 * i] ?? 0;
      const to = this.#runs.at[2 * i + 1] ?? 0;
      const before = latin1(bytes, Math.max(off, at - 2), at);
      const after = latin1(bytes, to, Math.min(end, to + 1));
      for (const found of cardNumbersIn(latin1(bytes, at, to), before, after)) {
        if (at + found.end <= from) continue;
        // Of a longer one, maybe, that goes on in the next packet.
        if (at + found.end === end && found.card.digits < SURE_DIGITS) continue;
        const around =
          latin1(bytes, Math.max(off, at + found.at - CONTEXT_BYTES), at + found.at) +
          ' ' +
          latin1(bytes, at + found.end, Math.min(end, at + found.end + CONTEXT_BYTES));
        tell(found.card, contextWord(around));
      }
    }
  }

  /** The same, with what an earlier lot ended in before it; answers what this one ends in. */
  next(
    tail: Uint8Array | undefined,
    bytes: Uint8Array,
    off: number,
    end: number,
    tell: Tell,
    mayHold = true,
  ): Uint8Array | undefined {
    let from = off;
    if (tail) {
      // The digits that go on, once more together with their beginning; alone they would be another number.
      let on = off;
      while (on < end && goesOn(bytes[on] ?? 0) && on - off < TAIL_BYTES) on++;
      const joined = new Uint8Array(tail.length + Math.min(end, on + CONTEXT_BYTES) - off);
      joined.set(tail);
      joined.set(bytes.subarray(off, off + joined.length - tail.length), tail.length);
      this.scan(joined, 0, joined.length, tail.length, tell);
      // All of it goes on: its beginning lies further back.
      if (on === end) return tailOf(joined, 0, joined.length);
      from = on;
    }
    if (mayHold) this.scan(bytes, from, end, from, tell);
    return tailOf(bytes, off, end);
  }
}

const rowOf = (card: CardNumber, isOrig: boolean, context: string | undefined, fuid?: string): RowValues => ({
  is_orig: isOrig,
  brand: card.brand,
  number_masked: card.masked,
  digits: card.digits,
  is_test: card.isTest,
  ...(context === undefined ? {} : { context }),
  ...(fuid === undefined ? {} : { fuid }),
});

/** Four 32-bit words as the two halves of a column. */
const halves = (words: Uint32Array): readonly [bigint, bigint] => [
  (BigInt(words[0] ?? 0) << 32n) | BigInt(words[1] ?? 0),
  (BigInt(words[2] ?? 0) << 32n) | BigInt(words[3] ?? 0),
];

export class CardNumberSink implements PayloadSink {
  readonly id = 'card-numbers';
  readonly sought = 'digits';
  readonly #scanner = new Scanner();
  readonly #seen = new Map<number, Seen>();
  readonly #tails = new Map<number, Uint8Array>();

  payload(event: PayloadEvent, out: RowSink): void {
    const { bytes, off, len, connNo, fromOrig } = event;
    if (len <= 0) return;
    // A datagram stands alone: only TCP has bytes that go on in the next packet.
    const isStream = event.ipProto === TCP;
    const key = 2 * connNo + (fromOrig ? 0 : 1);
    const tail = goesOn(event.before) ? this.#tails.get(key) : undefined;
    const next =
      tail || event.mayHold
        ? this.#scanner.next(
            tail,
            bytes,
            off,
            off + len,
            (card, context) => this.#tell(card, context, event, out),
            event.mayHold,
          )
        : tailOf(bytes, off, off + len);
    if (!isStream) return;
    if (next && (tail || this.#tails.size < MAX_REMEMBERED)) this.#tails.set(key, next);
    else if (tail) this.#tails.delete(key);
  }

  closed(connNo: number): void {
    if (this.#seen.size > 0) this.#seen.delete(connNo);
    if (this.#tails.size === 0) return;
    this.#tails.delete(2 * connNo);
    this.#tails.delete(2 * connNo + 1);
  }

  #tell(card: CardNumber, context: string | undefined, event: PayloadEvent, out: RowSink): void {
    if (!isNew(this.#seen, event.connNo, `${String(event.fromOrig)} ${card.number}`)) return;
    out.row(CARD_NUMBERS, {
      ts: BigInt(event.tsSec) * 1_000_000_000n + BigInt(event.tsNsec),
      uid: event.uid,
      id_orig_h: halves(event.origH),
      id_orig_p: event.origP,
      id_resp_h: halves(event.respH),
      id_resp_p: event.respP,
      file: event.file,
      first_frame: event.frame,
      capture_file: event.file,
      capture_frame: event.frame,
      ...rowOf(card, event.fromOrig, context),
    });
  }
}

function isNew<K>(seen: Map<K, Seen>, key: K, number: string): boolean {
  let of = seen.get(key);
  if (!of) {
    if (seen.size >= MAX_REMEMBERED) return false;
    of = { numbers: new Set() };
    seen.set(key, of);
  }
  if (of.numbers.size >= MAX_ROWS || of.numbers.has(number)) return false;
  of.numbers.add(number);
  return true;
}

/** Bytes of a file by which it is told whether it is text. */
const HEAD_BYTES = 1_024;
/** Of a hundred bytes of text, fewer are control characters; of compressed ones, eleven are. */
const CONTROLS_OF_TEXT = 0.05;

/** Pictures, archives and programs hold no digits that anybody wrote; as sent, they were looked through already. */
function isBinary(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  let controls = 0;
  for (const byte of head) if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) controls++;
  return controls > CONTROLS_OF_TEXT * head.length;
}

/** The same in the bytes of one file, without the codings of its way. */
export class CardNumbersOfFile {
  readonly #scanner = new Scanner();
  readonly #seen = new Set<string>();
  readonly #write: (values: RowValues, at: Position) => void;
  readonly #fuid: string;
  readonly #isOrig: boolean;
  #tail: Uint8Array | undefined;
  /** Told by its beginning; undefined before there is one. */
  #isBinary: boolean | undefined;

  /** `write` adds the connection and the frames. */
  constructor(fuid: string, isOrig: boolean, write: (values: RowValues, at: Position) => void) {
    this.#fuid = fuid;
    this.#isOrig = isOrig;
    this.#write = write;
  }

  data(bytes: Uint8Array, at: Position): void {
    this.#isBinary ??= isBinary(bytes);
    if (this.#isBinary) return;
    this.#tail = this.#scanner.next(this.#tail ?? undefined, bytes, 0, bytes.length, (card, context) => {
      if (this.#seen.has(card.number) || this.#seen.size >= MAX_ROWS) return;
      this.#seen.add(card.number);
      this.#write(rowOf(card, this.#isOrig, context, this.#fuid), at);
    });
  }

  end(): void {
    this.#tail = NO_BYTES;
  }
}
