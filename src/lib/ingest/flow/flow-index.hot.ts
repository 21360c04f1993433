/**
 * Hash of a connection's key → its slot: open addressing, hash and slot side by side, so that a look-up reads the record of no
 * connection but the one it looks for.
 */

const FIRST_SIZE = 16_384;

export class FlowIndex {
  /** Hash, then slot + 1 (0: free), of each place. A key lies at the first free place from `hash & mask` on. */
  entries = new Int32Array(2 * FIRST_SIZE);
  mask = FIRST_SIZE - 1;
  #used = 0;

  add(hash: number, slot: number): void {
    if (2 * ++this.#used > this.mask) this.#grow();
    this.#put(hash, slot + 1);
  }

  #put(hash: number, entry: number): void {
    const { entries, mask } = this;
    let at = hash & mask;
    while (entries[2 * at + 1] !== 0) at = (at + 1) & mask;
    entries[2 * at] = hash;
    entries[2 * at + 1] = entry;
  }

  /** The slot has to be there. */
  remove(hash: number, slot: number): void {
    const { entries, mask } = this;
    let free = hash & mask;
    while (entries[2 * free + 1] !== slot + 1) free = (free + 1) & mask;
    this.#used--;
    // Those behind it that were pushed past it move up.
    for (let at = (free + 1) & mask; entries[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = entries[2 * at] & mask;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      entries[2 * free] = entries[2 * at];
      entries[2 * free + 1] = entries[2 * at + 1];
      free = at;
    }
    entries[2 * free + 1] = 0;
  }

  #grow(): void {
    const old = this.entries;
    this.entries = new Int32Array(4 * old.length);
    this.mask = this.entries.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.#put(old[at], old[at + 1]);
  }
}
