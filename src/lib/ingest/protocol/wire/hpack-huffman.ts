/** HPACK's Huffman code (RFC 7541 5.2, appendix B): canonical, so that the lengths of the codes say it all. */

/** Bits of the code of each byte, then of the end of the string. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END = 256;
const LONGEST = 30;

/** By length: the first code, where its symbols begin in `SYMBOLS`, and how many there are. */
const FIRST: number[] = [];
const START: number[] = [];
const COUNT: number[] = [];
const SYMBOLS: number[] = [];

for (let length = 0, code = 0; length <= LONGEST; length++) {
  FIRST.push(code);
  START.push(SYMBOLS.length);
  for (const [symbol, its] of LENGTHS.entries()) if (its === length) SYMBOLS.push(symbol);
  COUNT.push(SYMBOLS.length - START[length]);
  code = (code + COUNT[length]) * 2;
}

/** Undefined where the bits are no string: the end symbol inside it, or padding that is none. */
export function huffmanDecoded(bytes: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor((bytes.length * 8) / 5));
  let size = 0;
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length++;
      const place = code - FIRST[length];
      if (place >= 0 && place < COUNT[length]) {
        const symbol = SYMBOLS[START[length] + place];
        if (symbol === END) return undefined;
        out[size++] = symbol;
        code = 0;
        length = 0;
      } else if (length === LONGEST) return undefined;
    }
  }
  // What is left is the beginning of the end symbol: ones.
  if (length > 7 || code !== 2 ** length - 1) return undefined;
  return out.subarray(0, size);
}
