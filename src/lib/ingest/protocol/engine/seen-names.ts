/**
 * Which names of which addresses were written already. Kept are 64 bits of each, not its text: among the most that are kept, two
 * different ones look alike once in some hundred million captures; the text of two hundred thousand would take ten times the memory.
 */

const FIRST_CAPACITY = 1024;
/** Multipliers of MurmurHash3 (Austin Appleby, public domain). */
const M1 = 0xcc9e2d51;
const M2 = 0x1b873593;
const M3 = 0x85ebca6b;
const M4 = 0xc2b2ae35;
const SEPARATOR = 0x20;

export class SeenNames {
  readonly #max: number;
  /** Two words each; both 0: free. Open addressing, at most half full. */
  #words = new Uint32Array(2 * FIRST_CAPACITY);
  #count = 0;
  #low = 0;
  #high = 0;

  /** @param max names that are kept; those that come after are not told apart from new ones */
  constructor(max: number) {
    this.#max = max;
  }

  /** 'full': not seen, and not kept. */
  add(address: string, source: string, name: string): 'new' | 'seen' | 'full' {
    this.#low = address.length;
    this.#high = name.length;
    this.#mix(address);
    this.#mix(source);
    this.#mix(name);
    const low = finish(this.#low ^ this.#high);
    const high = finish(this.#high + low) | 1;
    const at = placeOf(this.#words, low, high);
    if (this.#words[at + 1] !== 0) return 'seen';
    if (this.#count >= this.#max) return 'full';
    this.#words[at] = low;
    this.#words[at + 1] = high;
    if (4 * ++this.#count > this.#words.length) this.#grow();
    return 'new';
  }

  #mix(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul((low << 13) | (low >>> 19), M1) ^ Math.imul(code + 1, M2);
      high = Math.imul((high << 15) | (high >>> 17), M3) ^ Math.imul(code + 1, M4);
    }
    this.#low = Math.imul(low ^ SEPARATOR, M1);
    this.#high = Math.imul(high ^ SEPARATOR, M3);
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      const to = placeOf(this.#words, before[at], before[at + 1]);
      this.#words[to] = before[at];
      this.#words[to + 1] = before[at + 1];
    }
  }
}

function finish(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), M3);
  h = Math.imul(h ^ (h >>> 13), M4);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Where these two words are, or the free place where they belong. */
function placeOf(words: Uint32Array, low: number, high: number): number {
  const mask = words.length / 2 - 1;
  const want = high >>> 0;
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const at = 2 * slot;
    if (words[at + 1] === 0 || (words[at] === low && words[at + 1] === want)) return at;
  }
}
