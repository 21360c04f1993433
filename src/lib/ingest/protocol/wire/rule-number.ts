/** Numbers for rules: the buffer of a numeric keyword is its value in decimal. */

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
