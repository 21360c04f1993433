/** A datagram: one frame carried all of it. */

import type { Position, Span } from '../contract.ts';

export class Datagram implements Span {
  readonly bytes: Uint8Array;
  readonly #frame: Position;

  constructor(bytes: Uint8Array, frame: Position) {
    this.bytes = bytes;
    this.#frame = frame;
  }

  at(): Position {
    return this.#frame;
  }
}
