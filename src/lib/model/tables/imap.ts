import { column, optional, recordTable } from './record-table.ts';

/** IMAP (RFC 9051), in the manner of `pop3`: Zeek has no log of it. */
export const IMAP = recordTable('imap', 'One row an IMAP command with its answer.', [
  column('tag', 'text', "the client's name of the command, which the answer repeats"),
  column('command', 'text', 'the command; UID before those that take unique ids'),
  column('arg', 'text', 'its arguments; passwords and what proves them are hidden', optional),
  column('user', 'text', 'the account that is logged in, or tries to be', { ...optional, ecs: 'user.name' }),
  column('mailbox', 'text', 'the mailbox that is open when the command comes', optional),
  column('success', 'bool', 'the answer is OK; absent where there is none', optional),
  column('status', 'text', 'OK, NO or BAD', optional),
  column('msg', 'text', 'text of the answer', optional),
  column('fuids', 'text[]', 'files of mails that were fetched or stored', optional),
]);
