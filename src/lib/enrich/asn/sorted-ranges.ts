/**
 * Ranges of a sorted text file, `first,last,rest` a line with whole numbers in decimal: looked up by bisection of the bytes as
 * they lie. Nothing is parsed or built beforehand: a file of 400,000 ranges is ready as soon as it is read.
 */

const COMMA = 0x2c;
const NEWLINE = 0x0a;

export class SortedRanges {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** What follows the range that holds the number; undefined where none does. */
  find(value: bigint): string | undefined {
    const wanted = value.toString();
    let low = 0;
    let high = this.#bytes.length;
    // The last line whose first number is not above the wanted one lies in [low, high).
    while (low < high) {
      const start = this.#lineStart((low + high) >> 1);
      const next = this.#lineEnd(start) + 1;
      if (this.#compare(start, wanted) > 0) high = start;
      else if (next >= high || this.#compare(next, wanted) > 0) return this.#within(start, wanted);
      else low = next;
    }
    return undefined;
  }

  #within(start: number, wanted: string): string | undefined {
    const last = this.#bytes.indexOf(COMMA, start) + 1;
    if (last === 0 || this.#compare(last, wanted) < 0) return undefined;
    const rest = this.#bytes.indexOf(COMMA, last) + 1;
    return this.#bytes.toString('utf8', rest, this.#lineEnd(start)).trimEnd();
  }

  #lineStart(at: number): number {
    return at === 0 ? 0 : this.#bytes.lastIndexOf(NEWLINE, at - 1) + 1;
  }

  #lineEnd(at: number): number {
    const end = this.#bytes.indexOf(NEWLINE, at);
    return end < 0 ? this.#bytes.length : end;
  }

  /** The decimal number that begins at `at`, against the wanted one: of two whole numbers the longer is the greater. */
  #compare(at: number, wanted: string): number {
    let end = at;
    while (end < this.#bytes.length && this.#bytes[end] >= 0x30 && this.#bytes[end] <= 0x39) end++;
    const longer = end - at - wanted.length;
    if (longer !== 0) return longer;
    for (let i = 0; i < wanted.length; i++) {
      const difference = this.#bytes[at + i] - wanted.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
