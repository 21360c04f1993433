/** Datagrams that are told by how their parts agree, not by their first bytes. */

import { allOf, u16, u8 } from './bytes.ts';

/** Size and checksum count from the command on. */
export function isEasyWeather(b: Uint8Array): boolean {
  const size = u16(b, 3);
  if (size + 2 !== b.length) return false;
  let sum = 0;
  for (let at = 2; at < b.length - 1; at++) sum += u8(b, at);
  return (sum & 0xff) === u8(b, b.length - 1);
}

const EXT_FDT = 0xc0;

/** The header's length follows from its flags; the extension is the first behind its fields, or follows others of four bytes each. */
export function isFlute(b: Uint8Array): boolean {
  const flags = u8(b, 1);
  const half = (flags & 0x10) >> 4;
  const tsi = 4 * (flags >> 7) + 2 * half;
  const toi = 4 * ((flags >> 5) & 3) + 2 * half;
  const fields = 4 + 4 * (((u8(b, 0) >> 2) & 3) + 1) + tsi + toi;
  const end = 4 * u8(b, 2);
  if (tsi === 0 || toi === 0 || end > b.length || !allOf(b, fields - toi, fields, 0)) return false;
  for (let at = fields; at + 4 <= end; at += 4)
    if (u8(b, at) === EXT_FDT && (u8(b, at + 1) === 0x10 || u8(b, at + 1) === 0x20)) return true;
  return false;
}

/** Message counter, source node; then exchange flags, opcode, exchange, protocol 0 (secure channel). */
export const isMatter = (b: Uint8Array): boolean =>
  u8(b, 16) <= 0x1f && ((u8(b, 17) >= 0x20 && u8(b, 17) <= 0x40) || u8(b, 17) === 0x10) && u16(b, 20) === 0;
