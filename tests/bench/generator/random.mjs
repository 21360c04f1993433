/**
 * A seeded source of pseudo-random numbers (sfc32): the same seed gives the same capture on every machine and Node
 * version. Only +, ×, shifts, Math.log and Math.exp are used on its output; V8 computes these in software.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param {string} seed any text; all of it counts */
  constructor(seed) {
    let h = 0x811c9dc5;
    for (let i = 0; i < seed.length; i++) h = Math.imul(h ^ seed.charCodeAt(i), 0x01000193) >>> 0;
    this.#a = h | 0;
    this.#b = Math.imul(h, 0x9e3779b1) | 0;
    this.#c = seed.length | 0;
    for (let i = 0; i < 20; i++) this.uint32();
  }

  /** @returns {number} 0 … 2^32 − 1 */
  uint32() {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** @returns {number} 0 ≤ x < 1 */
  unit() {
    return this.uint32() / 4294967296;
  }

  /**
   * @param {number} below exclusive bound
   * @returns {number} a whole number 0 … below − 1
   */
  below(below) {
    return Math.floor(this.unit() * below);
  }

  /**
   * @param {number} low inclusive
   * @param {number} high inclusive
   * @returns {number} a whole number
   */
  between(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /**
   * @param {number} mean
   * @returns {number} exponentially distributed, > 0
   */
  exponential(mean) {
    return -Math.log(1 - this.unit()) * mean;
  }

  /**
   * Bounded Pareto with minimum 1: what sizes of transfers look like.
   * @param {number} alpha shape; smaller is heavier
   * @param {number} cap upper bound
   * @returns {number}
   */
  pareto(alpha, cap) {
    return Math.min(cap, Math.exp(-Math.log(1 - this.unit()) / alpha));
  }
}
