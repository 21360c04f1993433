/** Fragments that say the same bytes twice. */

import { FRAGMENT_LIMITS } from '../../../../model/limits.ts';

interface Datagram {
  readonly began: number;
  readonly pieces: (readonly [number, number])[];
}

export class FragmentEvents {
  readonly #open = new Map<string, Datagram>();

  /** Does the piece [from, to) of the datagram `key` overlap one before? `now` in seconds. */
  overlaps(key: string, from: number, to: number, now: number): boolean {
    let datagram = this.#open.get(key);
    if (!datagram || now - datagram.began > FRAGMENT_LIMITS.timeoutS) {
      datagram = { began: now, pieces: [] };
      this.#open.delete(key);
      if (this.#open.size >= FRAGMENT_LIMITS.maxDatagrams) {
        const oldest = this.#open.keys().next().value;
        if (oldest !== undefined) this.#open.delete(oldest);
      }
      this.#open.set(key, datagram);
    }
    const overlaps = datagram.pieces.some(([a, b]) => from < b && to > a);
    if (datagram.pieces.length < FRAGMENT_LIMITS.maxFragments) datagram.pieces.push([from, to]);
    return overlaps;
  }
}
