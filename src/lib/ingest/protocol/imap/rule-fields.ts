/** What rules may ask of a mail that IMAP carries, by Suricata's names. */

import type { Conn, Dir, Position } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import type { HeaderField } from '../wire/header-fields.ts';
import { ruleNumber, ruleWord } from '../wire/rule-number.ts';

const MAX_MAIL = 128 * 1024;

/** Names in lower case with underscores, values without blanks at their ends; both, and together. */
export function tellHeader(
  conn: Conn,
  tx: number,
  dir: Dir,
  fields: readonly HeaderField[],
  at: Position,
): void {
  for (const { lower, value } of fields) {
    const name = lower.replaceAll('-', '_');
    const text = value.trim();
    ruleWord(conn, 'imap.email.header', tx, dir, `${name}: ${text}`, at);
    ruleWord(conn, 'imap.email.header.name', tx, dir, name, at);
    ruleWord(conn, 'imap.email.header.value', tx, dir, text, at);
  }
}

/** A mail as it is sent, for its body. */
export class HeldMail {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  add(bytes: Uint8Array): void {
    if (this.#size >= MAX_MAIL) return;
    this.#parts.push(bytes.slice(0, MAX_MAIL - this.#size));
    this.#size += bytes.length;
  }

  tell(conn: Conn, tx: number, dir: Dir, at: Position): void {
    const whole = Buffer.concat(this.#parts);
    const end = /\r?\n\r?\n/.exec(latin1(whole));
    if (end) conn.buffer('imap.email.body', tx, dir, whole.subarray(end.index + end[0].length), at);
    ruleNumber(conn, 'imap.email.direction', tx, dir, dir, at);
  }
}
