/** What rules may ask of FTP's data connections, by Suricata's names. */

import type { Conn, Position } from '../contract.ts';
import { ruleNumber, ruleWord } from '../wire/rule-number.ts';

/** The data connection that a command arranged is known with its answer, and asked of either side. */
export function tellAnswer(
  conn: Conn,
  tx: number,
  ends: { readonly passive: boolean; readonly respP: number } | undefined,
  at: Position,
): void {
  for (const dir of [0, 1] as const) {
    ruleWord(conn, 'ftp.reply_received', tx, dir, 'yes', at);
    ruleNumber(conn, 'ftp.dynamic_port', tx, dir, ends?.respP, at);
    if (ends) ruleWord(conn, 'ftp.mode', tx, dir, ends.passive ? 'passive' : 'active', at);
  }
}

/** A bounce: the client sends the server to a third host. */
export function tellBounce(conn: Conn, tx: number, host: string | undefined, at: Position): void {
  if (host !== undefined && host !== conn.facts.origH) ruleWord(conn, 'ftpbounce', tx, 0, 'yes', at);
}
