/**
 * A seeded generator (sfc32 over an xmur3 hash of the seed and a name), so that every choice of the script repeats.
 * Streams are forked by name: making one capture alone draws the same numbers as making all of them.
 */
export class Prng {
  #a;
  #b;
  #c;
  #d = 1;
  #path;

  /** @param {string} path the seed and the names of the streams that lead here, e.g. "1/office-hour/desk-2" */
  constructor(path) {
    this.#path = path;
    const next = xmur3(path);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An independent stream. */
  fork(name) {
    return new Prng(`${this.#path}/${name}`);
  }

  uint32() {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1). */
  unit() {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number in [low, high], both included. */
  int(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability) {
    return this.unit() < probability;
  }

  pick(list) {
    return list[this.int(0, list.length - 1)];
  }

  /** `count` distinct entries in random order. */
  sample(list, count) {
    return this.shuffle(list).slice(0, count);
  }

  shuffle(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }

  /** A waiting time in milliseconds, exponential around `mean`, capped at four times it so that a run ends. */
  gap(mean) {
    return Math.min(4 * mean, -Math.log(1 - this.unit()) * mean);
  }

  hex(bytes) {
    return Array.from({ length: bytes }, () => this.int(0, 255).toString(16).padStart(2, '0')).join('');
  }

  bytes(length) {
    const out = Buffer.alloc(length);
    for (let i = 0; i < length; i++) out[i] = this.uint32() & 0xff;
    return out;
  }
}

function xmur3(text) {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    return (h ^= h >>> 16) >>> 0;
  };
}
