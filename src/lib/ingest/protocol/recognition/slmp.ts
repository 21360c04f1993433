/** SLMP, what MELSEC controllers speak (Mitsubishi SH-080956 §4): binary frames of type 3E and 4E. */

import { le16, u16, u8 } from './bytes.ts';

/** Of `0x03ff`, the module that answers for itself: what everybody who is not a network of controllers asks. */
const OWN_STATION = 0xff_03;

/**
 * The access route and the length behind it, from `at`: network, station 255, module, multidrop station 0, bytes that follow. They hold two
 * more bytes at least: a timer, or an end code.
 */
export const isSlmp = (b: Uint8Array, at: number): boolean =>
  u8(b, at + 1) === 0xff &&
  u16(b, at + 2) === OWN_STATION &&
  u8(b, at + 4) === 0 &&
  le16(b, at + 5) >= 2 &&
  le16(b, at + 5) < 0x20_00;
