/** 64-bit values as two 32-bit words, low first, without BigInt. */

const TWO_32 = 4_294_967_296;

/** A whole number of at most 2^53. */
export function writeWide(out: Uint32Array, at: number, value: number): void {
  out[at] = value >>> 0;
  out[at + 1] = Math.floor(value / TWO_32);
}

/** sec × 10^9 + nsec, exactly; `sec` not negative. */
export function writeNanoseconds(out: Uint32Array, at: number, sec: number, nsec: number): void {
  const high = Math.floor(sec / 65_536);
  const low = sec - high * 65_536;
  const upper = high * 1e9;
  const upperHigh = Math.floor(upper / 65_536);
  const rest = (upper - upperHigh * 65_536) * 65_536 + low * 1e9 + nsec;
  out[at] = rest >>> 0;
  out[at + 1] = upperHigh + Math.floor(rest / TWO_32);
}
