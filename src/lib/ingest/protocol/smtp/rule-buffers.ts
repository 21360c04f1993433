/** Commands and mail headers for rules: Suricata's sticky buffers of SMTP and of mail. */

import type { Conn, Position } from '../contract.ts';
import { fieldNamed, type HeaderField, parameterOf } from '../wire/header-fields.ts';
import { skipBlanks } from '../wire/lines.ts';
import { ruleEvent, ruleNumber } from '../wire/rule-number.ts';

/** Fields of a mail's header that rules ask for. */
const MAIL_BUFFERS: Readonly<Record<string, string>> = {
  from: 'email.from',
  to: 'email.to',
  cc: 'email.cc',
  subject: 'email.subject',
  date: 'email.date',
  'message-id': 'email.message_id',
  'x-mailer': 'email.x_mailer',
  received: 'email.received',
};

/** Characters of a MIME boundary past which Suricata has an event; RFC 2046 allows 70. */
const LONG_BOUNDARY = 254;

/** A command of the client's. */
export function tellCommand(
  conn: Conn,
  tx: number,
  command: string,
  line: Uint8Array,
  argument: Uint8Array,
  at: Position,
): void {
  conn.buffer('smtp.command_line', tx, 0, line, at);
  if (command === 'HELO' || command === 'EHLO') conn.buffer('smtp.helo', tx, 0, argument, at);
  else if (command === 'MAIL' || command === 'RCPT') {
    const from = argument.indexOf(0x3a) + 1;
    const name = command === 'MAIL' ? 'smtp.mail_from' : 'smtp.rcpt_to';
    conn.buffer(name, tx, 0, argument.subarray(skipBlanks(argument, from)), at);
  }
}

/** The header of a mail. */
export function tellMail(conn: Conn, tx: number, fields: readonly HeaderField[], at: Position): void {
  const boundary = parameterOf(fieldNamed(fields, 'content-type') ?? '', 'boundary');
  if (boundary !== undefined && boundary.length > LONG_BOUNDARY)
    ruleEvent(conn, 'smtp.mime_long_boundary', tx, 0, at);
  for (const { lower, value } of fields) {
    const name = MAIL_BUFFERS[lower];
    if (name !== undefined) conn.buffer(name, tx, 0, Buffer.from(value, 'utf8'), at);
  }
  const received = fields.filter(({ lower }) => lower === 'received').length;
  ruleNumber(conn, 'email.received.count', tx, 0, received, at);
}
