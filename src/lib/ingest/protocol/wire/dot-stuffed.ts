/** Mail as SMTP's DATA and POP3's replies carry it: lines, a dot before those that begin with one, ended by a dot alone. */

import type { Position, Span } from '../contract.ts';
import { eachPiece } from './pieces.ts';

const DOT = 0x2e;
const LF = 0x0a;
const CR = 0x0d;

export class DotStuffed {
  #lineStart = true;

  /** Answers how far it came in the span, and whether the end was there. */
  read(
    data: Span,
    from: number,
    take: (bytes: Uint8Array, at: Position) => void,
  ): { readonly next: number; readonly ended: boolean } {
    const { bytes } = data;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = from;
    while (at < bytes.length) {
      if (this.#lineStart && bytes[at] === DOT) {
        if (at + 1 >= bytes.length) break;
        if (bytes[at + 1] === LF) return { next: at + 2, ended: true };
        if (bytes[at + 1] === CR) {
          if (at + 2 >= bytes.length) break;
          if (bytes[at + 2] === LF) return { next: at + 3, ended: true };
        }
        at++;
      }
      const dot = view.indexOf('\n.', at, 'latin1');
      const end = dot < 0 ? bytes.length : dot + 1;
      this.#lineStart = end > at ? bytes[end - 1] === LF : this.#lineStart;
      eachPiece(data, at, end, take);
      at = end;
    }
    return { next: at, ended: false };
  }

  gap(): void {
    this.#lineStart = false;
  }
}
