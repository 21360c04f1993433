/** `conn.history`: one letter an event, capitals for the originator (Zeek's letters and rules). */

import { C, C_U32, C_U8, HISTORY_CAP } from './flow-record.ts';
import { type FlowStore } from './flow-store.ts';

/** Events that are recorded once an end; the responder's bit is 16 higher. */
export const SEEN = { syn: 1, fin: 2, rst: 4, data: 8, ack: 16, multiFlag: 32, finRst: 64 } as const;

const LOWER = 0x20;

/** Appends a letter (a capital's code; the responder's is made small). */
export function addLetter(s: FlowStore, slot: number, end: number, letter: number): void {
  const length = s.cU8[slot * C_U8 + C.historyLen];
  if (length === HISTORY_CAP) return;
  s.cU8[slot * C_U8 + C.history + length] = end === 0 ? letter : letter | LOWER;
  s.cU8[slot * C_U8 + C.historyLen] = length + 1;
}

/** Records an event the first time; answers whether it had been there already. */
export function seenBefore(s: FlowStore, slot: number, end: number, bit: number, letter: number): boolean {
  const mask = end === 0 ? bit : bit << 16;
  if ((s.cU32[slot * C_U32 + C.historySeen] & mask) !== 0) return true;
  s.cU32[slot * C_U32 + C.historySeen] = s.cU32[slot * C_U32 + C.historySeen] | mask;
  addLetter(s, slot, end, letter);
  return false;
}

/** Letters that are repeated at 1, 10, 100 … occurrences. */
export function scaledLetter(s: FlowStore, slot: number, end: number, count: number, letter: number): void {
  let threshold = 1;
  while (threshold < count) threshold *= 10;
  if (threshold === count) addLetter(s, slot, end, letter);
}

export const LETTER = {
  S: 83,
  H: 72,
  A: 65,
  D: 68,
  F: 70,
  R: 82,
  C: 67,
  T: 84,
  W: 87,
  G: 71,
  I: 73,
  Q: 81,
  flipped: 94,
} as const;
