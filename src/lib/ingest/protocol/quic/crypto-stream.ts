/** Bytes of CRYPTO frames in order (RFC 9000 19.6): clients send their hello in pieces, on purpose out of order. */

const MAX_BYTES = 0x1_0000;
const MAX_PIECES = 512;

export class CryptoStream {
  #whole: Uint8Array = new Uint8Array(0);
  #pieces: { offset: number; data: Uint8Array }[] = [];

  add(offset: number, data: Uint8Array): void {
    if (offset + data.length > MAX_BYTES || this.#pieces.length >= MAX_PIECES) return;
    this.#pieces.push({ offset, data: Uint8Array.from(data) });
    for (let grown = true; grown;) {
      grown = false;
      const length = this.#whole.length;
      const next = this.#pieces.find((one) => one.offset <= length && one.offset + one.data.length > length);
      if (next !== undefined) {
        this.#whole = Buffer.concat([this.#whole, next.data.subarray(length - next.offset)]);
        grown = true;
      }
      const now = this.#whole.length;
      this.#pieces = this.#pieces.filter((one) => one.offset + one.data.length > now);
    }
  }

  /** What is there from the beginning without a hole. */
  get bytes(): Uint8Array {
    return this.#whole;
  }
}
