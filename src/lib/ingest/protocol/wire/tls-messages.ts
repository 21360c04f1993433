/** Handshake messages of one direction put together from records (RFC 5246 7.4, RFC 8446 4). */

import type { Position } from '../contract.ts';
import { u24be } from './bytes.ts';

/** A longer message is passed over: chains of certificates stay far below. */
const MAX_MESSAGE = 0x4_0000;

export type TakeHandshake = (type: number, body: Uint8Array, first: Position, last: Position) => boolean;

export class HandshakeMessages {
  #held: Uint8Array = new Uint8Array(0);
  #first: Position | undefined;
  #skip = 0;

  /** Feeds content of a record; false as soon as `take` says so. */
  push(bytes: Uint8Array, first: Position, last: Position, take: TakeHandshake): boolean {
    let content = bytes;
    if (this.#skip > 0) {
      const passed = Math.min(this.#skip, content.length);
      this.#skip -= passed;
      content = content.subarray(passed);
    }
    if (content.length === 0) return true;
    const began = this.#held.length > 0 ? (this.#first ?? first) : first;
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, content]) : content;
    let at = 0;
    while (at + 4 <= all.length) {
      const length = u24be(all, at + 1);
      if (length > MAX_MESSAGE) {
        const here = all.length - at - 4;
        this.#skip = Math.max(0, length - here);
        at = Math.min(all.length, at + 4 + length);
        continue;
      }
      if (at + 4 + length > all.length) break;
      const body = all.subarray(at + 4, at + 4 + length);
      const start = at === 0 ? began : first;
      at += 4 + length;
      if (!take(all[at - 4 - length] ?? 0, body, start, last)) return false;
    }
    this.#first = at === 0 ? began : first;
    this.#held = Uint8Array.from(all.subarray(at));
    return true;
  }
}
