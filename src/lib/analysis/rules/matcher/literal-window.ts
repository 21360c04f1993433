/** Which bytes of a literal are looked for first. */

/** How many bits a byte tells in traffic that is half text: about −log2 of how often it occurs there. */
const TELLS = new Uint8Array(256).fill(10);
const KNOWN: readonly (readonly [number, string])[] = [
  [4, ' etao\0'],
  [5, 'insrlhdc\r\n'],
  [6, 'mupfg0123456789/.-=\xff'],
  [7, 'ywbv":;<>,_\x01'],
  [8, 'k?&%()'],
  [9, 'xjqz'],
];
for (const [bits, characters] of KNOWN)
  for (const byte of Buffer.from(characters + characters.toUpperCase(), 'latin1')) TELLS[byte] = bits;

/**
 * Where the window of `width` bytes that tells most begins, of those at offsets that leave `phase` when divided by `step`.
 * @param less bits that the window at an offset tells less than its bytes do
 */
export function rarestWindow(
  literal: Uint8Array,
  width: number,
  step: number,
  phase: number,
  less: (at: number) => number = () => 0,
): number {
  let best = phase;
  let most = -Infinity;
  for (let at = phase; at + width <= literal.length; at += step) {
    let bits = -less(at);
    for (let i = 0; i < width; i++) bits += TELLS[literal[at + i]];
    if (bits > most) {
      most = bits;
      best = at;
    }
  }
  return best;
}
