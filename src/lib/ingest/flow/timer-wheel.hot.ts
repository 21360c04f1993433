/**
 * When to look at a connection again: a wheel of one-second buckets. A connection is filed in one bucket and is filed again when its
 * bucket comes and its time has not: once a time-out, however many packets it has. Where it is filed anew, or is over, before its bucket
 * comes, what lies there of it is stale, which its record tells.
 */

import { C, C_F64, C_U32, E_F64 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';

const BUCKETS = 512;
/** Of seconds, which are no small integers: the remainder of a division would be one of floating point, which is slow. */
const BUCKET_MASK = BUCKETS - 1;
const FIRST_ROOM = 16;
/** Being filed a second earlier is not worth an entry. */
const WORTH_S = 1;
/** Fewer entries than this are never swept. */
const MANY_ENTRIES = 65_536;
/** So many entries for each open connection are too many: most are stale. */
const ENTRIES_EACH = 4;
/** Connections whose records are fetched from memory ahead of the one that is handed out. */
const AHEAD = 8;

export class TimerWheel {
  readonly #buckets: Int32Array[] = Array.from({ length: BUCKETS }, () => new Int32Array(FIRST_ROOM));
  readonly #lengths = new Int32Array(BUCKETS);
  readonly #s: FlowStore;
  #now = Number.NaN;
  /** In all buckets, the stale ones too. */
  entries = 0;
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
    const filed = this.#s.cF64[slot * C_F64 + C.filed];
    this.#s.cF64[slot * C_F64 + C.filed] = at;
    // One that had the slot before may have left its entry there.
    if (filed !== -at) this.#file(at & BUCKET_MASK, slot);
  }

  /** Files a connection under an earlier deadline than it was, where that is worth while. */
  bringForward(slot: number, deadline: number): void {
    if (this.#s.cF64[slot * C_F64 + C.filed] - (Math.floor(deadline) + 1) > WORTH_S) this.add(slot, deadline);
  }

  /** The connection is over: it is not handed out. Its entry stays, for the next one that has its slot. */
  forget(slot: number): void {
    const at = slot * C_F64 + C.filed;
    if (this.#s.cF64[at] > 0) this.#s.cF64[at] = -this.#s.cF64[at];
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
    this.entries++;
  }

  /** Whether an entry of the bucket is what its connection was filed as last: nothing is filed a whole turn ahead. */
  #isFresh(slot: number, bucket: number): boolean {
    const filed = this.#s.cF64[slot * C_F64 + C.filed];
    return filed > 0 && (filed & BUCKET_MASK) === bucket;
  }

  /** Takes out what is stale, where it is most: short connections by the million would fill the buckets. */
  sweep(open: number): void {
    if (this.entries < MANY_ENTRIES || this.entries < ENTRIES_EACH * open) return;
    this.entries = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const slots = this.#buckets[bucket];
      const length = this.#lengths[bucket];
      let kept = 0;
      for (let i = 0; i < length; i++) if (this.#isFresh(slots[i], bucket)) slots[kept++] = slots[i];
      this.#lengths[bucket] = kept;
      this.entries += kept;
    }
  }

  /** The next connection whose bucket has come by `clock`, or -1. Each is handed out once: add it again, or it is over. */
  due(clock: number): number {
    const target = Math.floor(clock);
    if (Number.isNaN(this.#now)) this.#now = target;
    if (target - this.#now > BUCKETS) this.#now = target - BUCKETS;
    for (;;) {
      const bucket = this.#now & BUCKET_MASK;
      const slots = this.#buckets[bucket];
      let length = this.#lengths[bucket];
      while (length > 0) {
        length--;
        this.entries--;
        this.#lengths[bucket] = length;
        if (length >= AHEAD) this.#fetch(slots[length - AHEAD]);
        const slot = slots[length];
        if (!this.#isFresh(slot, bucket)) continue;
        this.#s.cF64[slot * C_F64 + C.filed] = 0;
        return slot;
      }
      if (this.#now >= target) return -1;
      this.#now++;
    }
  }

  #fetch(slot: number): void {
    const s = this.#s;
    this.fetched =
      s.cF64[slot * C_F64 + C.filed] ^
      s.cU32[slot * C_U32 + C.connNo] ^
      s.cU32[slot * C_U32 + C.hash] ^
      s.cU32[slot * C_U32 + C.firstFrame] ^
      (s.eF64[2 * slot * E_F64] | s.eF64[(2 * slot + 1) * E_F64]);
  }
}
