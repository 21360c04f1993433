/** RC4, which OpenSSL 3 no longer has: what old captures hold is read all the same. A stream: one object is one direction. */
export class Rc4 {
  readonly #state = new Uint8Array(256);
  #i = 0;
  #j = 0;

  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + state[i] + key[i % key.length]) & 0xff;
      [state[i], state[j]] = [state[j], state[i]];
    }
  }

  /** The bytes under the next part of the key stream. */
  apply(bytes: Uint8Array): Uint8Array {
    const state = this.#state;
    const out = new Uint8Array(bytes.length);
    for (let n = 0; n < bytes.length; n++) {
      this.#i = (this.#i + 1) & 0xff;
      const a = state[this.#i];
      this.#j = (this.#j + a) & 0xff;
      const b = state[this.#j];
      state[this.#i] = b;
      state[this.#j] = a;
      out[n] = bytes[n] ^ state[(a + b) & 0xff];
    }
    return out;
  }
}
