/** Sets of bytes, written as a regular expression's class. */

/** 1 for each of 256 bytes that is in it. */
export type ByteClass = Uint8Array;

/** @param letters what stands between the brackets of a class: `A-Z_`, `\x00-\x1f` */
export function byteClass(letters: string): ByteClass {
  const isIn = new RegExp(`^[${letters}]$`, 's');
  return Uint8Array.from({ length: 256 }, (_, byte) => (isIn.test(String.fromCharCode(byte)) ? 1 : 0));
}
