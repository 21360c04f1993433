/** The bytes that came before a payload in its direction, for who asks: read again from the capture, or from what was kept. */

import type { EarlierPart, EarlierPayload } from '../../model/sinks.ts';
import { PayloadTrail } from './payload-trail.hot.ts';

/** A longer segment that is sent again is not compared. */
const MOST_COMPARED = 65_536;

const NOTHING: EarlierPayload = { bytes: new Uint8Array(0), parts: [] };

/** Fills `into` from this place of an input's file; false where that cannot be done. */
export type Reread = (file: number, offset: number, into: Uint8Array) => boolean;

export class EarlierPayloads {
  readonly #trail: PayloadTrail;
  readonly #reread: Reread;
  /** Times that somebody asked for bytes that are no longer known of. */
  lost = 0;

  constructor(trail: PayloadTrail, reread: Reread) {
    this.#trail = trail;
    this.#reread = reread;
  }

  /** What came directly before, in the order in which it came: `most` bytes, fewer where there were, or are, no more. */
  before(word: number, owner: number, most: number): EarlierPayload {
    if (word === 0 || most <= 0) return NOTHING;
    const trail = this.#trail;
    const bytes = new Uint8Array(most);
    const parts: EarlierPart[] = [];
    let left = most;
    for (let serial = PayloadTrail.serialOf(word); serial !== 0 && left > 0;) {
      const entry = trail.entryOf(serial, owner);
      const got = entry < 0 ? 0 : this.#take(entry, bytes, left);
      if (got === 0) {
        this.lost++;
        break;
      }
      const length = trail.lengthOf(entry);
      parts.push({
        serial,
        file: trail.fileOf(entry),
        frame: trail.frameOf(entry),
        from: left - length,
      });
      const isCut = got < Math.min(left, length);
      left -= got;
      if (isCut) break;
      serial = trail.previousOf(entry);
    }
    return {
      bytes: bytes.subarray(left),
      parts: parts.reverse().map((part) => ({ ...part, from: part.from - left })),
    };
  }

  /** Puts the end of a payload before `left`, as far as it goes: how many bytes; 0 where they are gone. */
  #take(entry: number, bytes: Uint8Array, left: number): number {
    const trail = this.#trail;
    const place = trail.placeOf(entry);
    const length = trail.lengthOf(entry);
    const wanted = Math.min(left, place < 0 ? trail.keptOf(entry) : length);
    const into = bytes.subarray(left - wanted, left);
    const done =
      place < 0
        ? trail.readKept(entry, into)
        : this.#reread(trail.fileOf(entry), place + length - wanted, into);
    return done ? wanted : 0;
  }

  /** Whether a segment repeats, byte for byte, the end of what came directly before. */
  repeats(word: number, owner: number, bytes: Uint8Array, off: number, len: number): boolean {
    if (word === 0 || len > MOST_COMPARED || bytes[off + len - 1] !== PayloadTrail.before(word)) return false;
    const { bytes: before } = this.before(word, owner, len);
    if (before.length < len) return false;
    for (let i = 0; i < len; i++) if (before[i] !== bytes[off + i]) return false;
    return true;
  }
}
