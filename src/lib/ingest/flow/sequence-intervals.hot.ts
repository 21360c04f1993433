/**
 * Which parts of a stream's sequence space were seen beyond what is acknowledged: sorted, disjoint intervals of relative
 * sequence numbers in one pool. No bytes are kept: this is what tells gaps, retransmissions and reordering apart.
 */

const FIRST_CAPACITY = 4096;

export const NO_INTERVAL = -1;

export class IntervalPool {
  lo = new Float64Array(FIRST_CAPACITY);
  hi = new Float64Array(FIRST_CAPACITY);
  next = new Int32Array(FIRST_CAPACITY);
  #free = -1;
  #used = 0;

  #take(lo: number, hi: number, next: number): number {
    let node = this.#free;
    if (node >= 0) this.#free = this.next[node];
    else {
      if (this.#used === this.lo.length) this.#grow();
      node = this.#used++;
    }
    this.lo[node] = lo;
    this.hi[node] = hi;
    this.next[node] = next;
    return node;
  }

  #grow(): void {
    const [lo, hi, next] = [this.lo, this.hi, this.next];
    this.lo = new Float64Array(lo.length * 2);
    this.hi = new Float64Array(lo.length * 2);
    this.next = new Int32Array(lo.length * 2);
    this.lo.set(lo);
    this.hi.set(hi);
    this.next.set(next);
  }

  /** Gives one node back; answers the one after it. */
  drop(node: number): number {
    const after = this.next[node];
    this.next[node] = this.#free;
    this.#free = node;
    return after;
  }

  dropAll(head: number): void {
    let node = head;
    while (node !== NO_INTERVAL) node = this.drop(node);
  }

  /** Inserts [lo, hi) into the list that begins at `head`, merging what touches; answers the new head. */
  insert(head: number, lo: number, hi: number): number {
    if (head === NO_INTERVAL) return this.#take(lo, hi, NO_INTERVAL);
    // In order: the segment continues the first interval, and there is no other.
    if (this.hi[head] === lo && this.next[head] === NO_INTERVAL) {
      this.hi[head] = hi;
      return head;
    }
    let before = NO_INTERVAL;
    let node = head;
    while (node !== NO_INTERVAL && this.hi[node] < lo) {
      before = node;
      node = this.next[node];
    }
    let from = lo;
    let to = hi;
    while (node !== NO_INTERVAL && this.lo[node] <= to) {
      if (this.lo[node] < from) from = this.lo[node];
      if (this.hi[node] > to) to = this.hi[node];
      node = this.drop(node);
    }
    const made = this.#take(from, to, node);
    if (before === NO_INTERVAL) return made;
    this.next[before] = made;
    return head;
  }

  /** True where all of [lo, hi) was seen before. */
  covers(head: number, lo: number, hi: number): boolean {
    for (let node = head; node !== NO_INTERVAL; node = this.next[node]) {
      if (this.lo[node] <= lo && this.hi[node] >= hi) return true;
      if (this.lo[node] > lo) return false;
    }
    return false;
  }
}
