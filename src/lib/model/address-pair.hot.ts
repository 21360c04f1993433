/** A hash of an address pair, the same for both directions: by it threads share connections out. Addresses are four words each. */

export function addressPairHash(a: Uint32Array, b: Uint32Array, aFrom: number, bFrom: number): number {
  let hash = 0;
  for (let i = 0; i < 4; i++) {
    const x = a[aFrom + i];
    const y = b[bFrom + i];
    hash = Math.imul(hash ^ ((x ^ y) + (x + y)), 0x9e3779b1);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}
