/** The clock of time-outs: the capture's own time, forward only, and over a long jump only when the packets that follow agree. */

import { FLOW_LIMITS } from '../../model/limits.ts';

export class CaptureClock {
  /** Seconds; before the first packet, minus infinity. */
  now = Number.NEGATIVE_INFINITY;
  #jumpsInRow = 0;
  /** Packets whose time lay far ahead of the capture's clock, until a later packet came that does not agree. */
  strayingTimes = 0;

  /** Moves on to a packet's time; true where another second has begun. */
  advance(now: number): boolean {
    if (this.now === Number.NEGATIVE_INFINITY) this.now = now;
    if (now <= this.now) {
      if (this.#jumpsInRow > 0 && now <= this.now + FLOW_LIMITS.clockJumpS) this.#settleJump();
      return false;
    }
    if (now - this.now > FLOW_LIMITS.clockJumpS && ++this.#jumpsInRow < FLOW_LIMITS.clockJumpConfirmations)
      return false;
    if (now - this.now <= FLOW_LIMITS.clockJumpS && this.#jumpsInRow > 0) this.#settleJump();
    this.#jumpsInRow = 0;
    const moved = Math.floor(now) !== Math.floor(this.now);
    this.now = now;
    return moved;
  }

  #settleJump(): void {
    this.strayingTimes += this.#jumpsInRow;
    this.#jumpsInRow = 0;
  }
}
