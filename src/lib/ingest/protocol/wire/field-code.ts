/** Integers and strings of header compression, as HPACK defines them (RFC 7541 5) and QPACK takes them over (RFC 9204 4.1). */

import { huffmanDecoded } from './hpack-huffman.ts';
import { bytesText } from './text.ts';

/** Bits of an integer beyond its prefix: indices and lengths are far below. */
const MAX_SHIFT = 21;

export class FieldCode {
  readonly bytes: Uint8Array;
  at: number;
  /** Where a string that is cut off would end. */
  needed: number | undefined;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The low `prefix` bits of the next byte, and what follows; undefined where it is cut off or absurd. */
  integer(prefix: number): number | undefined {
    if (this.at >= this.bytes.length) return undefined;
    const mask = (1 << prefix) - 1;
    let value = this.bytes[this.at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= MAX_SHIFT; shift += 7) {
      if (this.at >= this.bytes.length) return undefined;
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    return undefined;
  }

  /** A length of `prefix` bits, the bit before it tells Huffman's code; undefined as above. */
  string(prefix = 7): string | undefined {
    if (this.at >= this.bytes.length) return undefined;
    const coded = (this.bytes[this.at] & (1 << prefix)) !== 0;
    const length = this.integer(prefix);
    if (length === undefined) return undefined;
    if (this.at + length > this.bytes.length) {
      this.needed = this.at + length;
      return undefined;
    }
    const raw = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    const plain = coded ? huffmanDecoded(raw) : raw;
    return plain && bytesText(plain);
  }
}
