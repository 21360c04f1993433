/** NetBIOS names: 15 characters and a type, each byte written as two letters A to P (RFC 1001 §14.1). */

import { bytesText } from './text.ts';

export interface NetbiosName {
  readonly text: string;
  /** The sixteenth byte: 0x00 workstation, 0x1c domain controllers, 0x20 file server … */
  readonly suffix: number;
}

/** Of the sixteen bytes themselves. */
export const netbiosName = (bytes: Uint8Array): NetbiosName => {
  let end = Math.min(15, bytes.length);
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--;
  return { text: bytesText(bytes, 0, end), suffix: bytes[15] ?? 0 };
};

/** Characters of an encoded name, and how many of the sixteen bytes have to be there for it to be one. */
const ENCODED = 32;
const ENOUGH = 4;

/**
 * Of the text of a DNS name whose first label is the encoded name; undefined where it is none. What follows is the scope. A letter
 * beyond P ends the name there.
 */
export const decodeNetbios = (name: string): NetbiosName | undefined => {
  const dot = name.indexOf('.');
  const label = dot < 0 ? name : name.slice(0, dot);
  if (label.length < ENCODED) return undefined;
  const bytes = new Uint8Array(16).fill(0x20);
  for (let i = 0; i < 16; i++) {
    const high = (label.charCodeAt(2 * i) & 0xdf) - 0x41;
    const low = (label.charCodeAt(2 * i + 1) & 0xdf) - 0x41;
    if (high < 0 || high > 15 || low < 0 || low > 15) {
      if (i < ENOUGH) return undefined;
      break;
    }
    bytes[i] = high * 16 + low;
  }
  const decoded = netbiosName(bytes);
  return { text: dot < 0 ? decoded.text : decoded.text + name.slice(dot), suffix: decoded.suffix };
};
