/** The uid of a connection, from its record. */

import { C, C_F64, C_U16, C_U32, C_U8 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';
import { UID_LENGTH, uidWords, writeUid } from './uid.hot.ts';

const uidBytes = new Uint8Array(UID_LENGTH);
const ascii = new TextDecoder('latin1');

/** The uid of an open connection, as bytes that the next call overwrites. */
export function uidOf(s: FlowStore, slot: number): Uint8Array {
  const words = uidWords;
  words[0] = s.cF64[slot * C_F64 + C.firstSec] >>> 0;
  words[1] = Math.floor(s.cF64[slot * C_F64 + C.firstSec] / 4_294_967_296);
  words[2] = s.cU32[slot * C_U32 + C.firstNsec];
  words[3] = s.cU16[slot * C_U16 + C.ordinal];
  for (let word = 0; word < 8; word++) words[4 + word] = s.cU32[slot * C_U32 + C.address + word];
  words[12] = s.cU32[slot * C_U32 + C.ports];
  words[13] = s.cU8[slot * C_U8 + C.ipProto];
  words[14] = s.cU32[slot * C_U32 + C.tunnelKey];
  words[15] = s.cU32[slot * C_U32 + C.vlanKey];
  words[16] = s.cU8[slot * C_U8 + C.oneWay];
  words[17] = 0;
  words[18] = 0;
  words[19] = 0;
  writeUid(uidBytes, 0);
  return uidBytes;
}

export const uidText = (s: FlowStore, slot: number): string => ascii.decode(uidOf(s, slot));
