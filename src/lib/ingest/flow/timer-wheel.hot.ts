/**
 * When to look at a connection again: a wheel of one-second buckets. A connection lies in one bucket and is moved on when its
 * bucket comes and its time has not: once a time-out, however many packets it has.
 */

import { C, C_U32, E_F64 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';

const BUCKETS = 512;
/** Of seconds, which are no small integers: the remainder of a division would be one of floating point, which is slow. */
const BUCKET_MASK = BUCKETS - 1;
const FIRST_ROOM = 16;
/** Connections whose records are fetched from memory ahead of the one that is handed out. */
const AHEAD = 8;

export class TimerWheel {
  readonly #buckets: Int32Array[] = Array.from({ length: BUCKETS }, () => new Int32Array(FIRST_ROOM));
  readonly #lengths = new Int32Array(BUCKETS);
  readonly #s: FlowStore;
  #now = Number.NaN;
  /** Of no meaning: that it is kept makes the reading ahead happen. */
  fetched = 0;

  constructor(store: FlowStore) {
    this.#s = store;
  }

  /** The wheel turns from this time on, in seconds; without it, from the first deadline. */
  begin(clock: number): void {
    if (Number.isNaN(this.#now)) this.#now = Math.floor(clock);
  }

  /** Files a connection under its deadline, in seconds; later than the wheel is round, at its far end. */
  add(slot: number, deadline: number): void {
    if (Number.isNaN(this.#now)) this.#now = Math.floor(deadline);
    const last = this.#now + BUCKETS - 1;
    let at = Math.floor(deadline) + 1;
    if (at > last) at = last;
    if (at <= this.#now) at = this.#now + 1;
    this.#file(at & BUCKET_MASK, slot);
  }

  #file(bucket: number, slot: number): void {
    const length = this.#lengths[bucket];
    let slots = this.#buckets[bucket];
    if (length === slots.length) {
      slots = new Int32Array(2 * length);
      slots.set(this.#buckets[bucket]);
      this.#buckets[bucket] = slots;
    }
    slots[length] = slot;
    this.#lengths[bucket] = length + 1;
  }

  /** Takes out every connection that has ended and frees its slot, bucket or no bucket. */
  releaseEnded(): void {
    const s = this.#s;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const slots = this.#buckets[bucket];
      const length = this.#lengths[bucket];
      let kept = 0;
      for (let i = 0; i < length; i++) {
        const slot = slots[i];
        if (s.cU32[slot * C_U32 + C.connNo] === 0) s.release(slot);
        else slots[kept++] = slot;
      }
      this.#lengths[bucket] = kept;
    }
  }

  /** The next connection whose bucket has come by `clock`, or -1. Each is handed out once: add it again or release it. */
  due(clock: number): number {
    const target = Math.floor(clock);
    if (Number.isNaN(this.#now)) this.#now = target;
    if (target - this.#now > BUCKETS) this.#now = target - BUCKETS;
    for (;;) {
      const bucket = this.#now & BUCKET_MASK;
      const length = this.#lengths[bucket];
      if (length > 0) {
        const slots = this.#buckets[bucket];
        if (length > AHEAD) this.#fetch(slots[length - 1 - AHEAD]);
        this.#lengths[bucket] = length - 1;
        return slots[length - 1];
      }
      if (this.#now >= target) return -1;
      this.#now++;
    }
  }

  #fetch(slot: number): void {
    const s = this.#s;
    this.fetched =
      s.cU32[slot * C_U32 + C.connNo] ^
      s.cU32[slot * C_U32 + C.hash] ^
      s.cU32[slot * C_U32 + C.firstFrame] ^
      (s.eF64[2 * slot * E_F64] | s.eF64[(2 * slot + 1) * E_F64]);
  }
}
