/** Numbers and events for rules: the buffer of a numeric keyword is its value in decimal, of an event its name. */

import type { Conn, Dir, Position } from '../contract.ts';

/** Tells rules a number of a transaction; free when nobody listens. */
export function ruleNumber(
  conn: Conn,
  name: string,
  tx: number,
  dir: Dir,
  value: number | undefined,
  at: Position,
): void {
  if (conn.listening && value !== undefined) conn.buffer(name, tx, dir, Buffer.from(String(value)), at);
}

/** Tells rules a word that stands for a state of a transaction; free when nobody listens. */
export function ruleWord(conn: Conn, name: string, tx: number, dir: Dir, word: string, at: Position): void {
  if (conn.listening) conn.buffer(name, tx, dir, Buffer.from(word, 'latin1'), at);
}

/** Tells rules an event of a transaction, by Suricata's name (`tls.invalid_certificate`); free when nobody listens. */
export function ruleEvent(conn: Conn, name: string, tx: number, dir: Dir, at: Position): void {
  if (conn.listening) conn.buffer('app-layer-event', tx, dir, Buffer.from(name), at);
}
