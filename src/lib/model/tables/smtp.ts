import { column, optional, recordTable } from './record-table.ts';

/** Zeek's smtp.log. */
export const SMTP = recordTable('smtp', 'One row a mail transaction.', [
  column('trans_depth', 'u32', 'number of the transaction in the connection, from 1'),
  column('helo', 'text', 'name that the client gave itself', { ...optional, eve: 'smtp.helo' }),
  column('mailfrom', 'text', 'sender of the envelope', { ...optional, eve: 'smtp.mail_from' }),
  column('rcptto', 'text[]', 'recipients of the envelope', { ...optional, eve: 'smtp.rcpt_to' }),
  column('date', 'text', 'Date', { ...optional, eve: 'email.date' }),
  column('from', 'text', 'From', { ...optional, ecs: 'email.from.address', eve: 'email.from' }),
  column('to', 'text[]', 'To', { ...optional, ecs: 'email.to.address', eve: 'email.to' }),
  column('cc', 'text[]', 'Cc', { ...optional, ecs: 'email.cc.address', eve: 'email.cc' }),
  column('reply_to', 'text', 'Reply-To', optional),
  column('msg_id', 'text', 'Message-ID', {
    ...optional,
    ecs: 'email.message_id',
    eve: 'email.message_id',
  }),
  column('in_reply_to', 'text', 'In-Reply-To', optional),
  column('subject', 'text', 'Subject, as it was sent', {
    ...optional,
    ecs: 'email.subject',
    eve: 'email.subject',
  }),
  column('x_originating_ip', 'text', 'X-Originating-IP', optional),
  column('first_received', 'text', 'the last Received line', optional),
  column('second_received', 'text', 'the Received line before it', optional),
  column('last_reply', 'text', 'the last reply of the server', optional),
  column('path', 'text[]', 'hosts that the message passed, the receiver first', optional),
  column('user_agent', 'text', 'User-Agent or X-Mailer', { ...optional, ecs: 'email.x_mailer' }),
  column('tls', 'bool', 'the connection went on in TLS'),
  column('fuids', 'text[]', 'files of the message', optional),
]);
