/** What rules remember of hosts and pairs of hosts: bits with an end, and counts of thresholds. */

/** Keys kept at a time; past it the oldest go. */
const MAX_KEYS = 200_000;

/** A map that forgets what was put in first. */
export class BoundedMap<V> {
  readonly #map = new Map<string, V>();
  forgotten = 0;

  get(key: string): V | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#map.has(key) && this.#map.size >= MAX_KEYS) {
      const oldest = this.#map.keys().next().value;
      if (oldest !== undefined) this.#map.delete(oldest);
      this.forgotten++;
    }
    this.#map.set(key, value);
  }

  delete(key: string): void {
    this.#map.delete(key);
  }
}

/** Bits that hold until a time of the capture, in seconds. */
export class ExpiringBits {
  readonly #until = new BoundedMap<number>();

  has(key: string, now: number): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until >= now) return true;
    this.#until.delete(key);
    return false;
  }

  set(key: string, until: number): void {
    this.#until.set(key, until);
  }

  unset(key: string): void {
    this.#until.delete(key);
  }
}
