/**
 * When to look at a connection again: a wheel of one-second buckets. A connection lies in one bucket and is moved on when its
 * bucket comes and its time has not: once a time-out, however many packets it has.
 */

import { C, C_I32, C_U32 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';

const BUCKETS = 512;
const EMPTY = -1;

export class TimerWheel {
  readonly #heads = new Int32Array(BUCKETS).fill(EMPTY);
  readonly #s: FlowStore;
  #now = Number.NaN;

  constructor(store: FlowStore) {
    this.#s = store;
  }

  /** Files a connection under its deadline, in seconds; later than the wheel is round, at its far end. */
  add(slot: number, deadline: number): void {
    if (Number.isNaN(this.#now)) this.#now = Math.floor(deadline);
    const last = this.#now + BUCKETS - 1;
    let at = Math.floor(deadline) + 1;
    if (at > last) at = last;
    if (at <= this.#now) at = this.#now + 1;
    const bucket = at % BUCKETS;
    this.#s.cI32[slot * C_I32 + C.wheelNext] = this.#heads[bucket];
    this.#heads[bucket] = slot;
  }

  /** Takes out every connection that has ended and frees its slot, bucket or no bucket. */
  releaseEnded(): void {
    const s = this.#s;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      let slot = this.#heads[bucket];
      let kept = EMPTY;
      while (slot !== EMPTY) {
        const after = s.cI32[slot * C_I32 + C.wheelNext];
        if (s.cU32[slot * C_U32 + C.connNo] === 0) s.release(slot);
        else {
          s.cI32[slot * C_I32 + C.wheelNext] = kept;
          kept = slot;
        }
        slot = after;
      }
      this.#heads[bucket] = kept;
    }
  }

  /** The next connection whose bucket has come by `clock`, or -1. Each is handed out once: add it again or release it. */
  due(clock: number): number {
    const target = Math.floor(clock);
    if (Number.isNaN(this.#now)) this.#now = target;
    if (target - this.#now > BUCKETS) this.#now = target - BUCKETS;
    for (;;) {
      const bucket = this.#now % BUCKETS;
      const slot = this.#heads[bucket];
      if (slot !== EMPTY) {
        this.#heads[bucket] = this.#s.cI32[slot * C_I32 + C.wheelNext];
        return slot;
      }
      if (this.#now >= target) return EMPTY;
      this.#now++;
    }
  }
}
