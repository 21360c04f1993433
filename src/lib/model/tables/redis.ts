import { column, optional, recordTable } from './record-table.ts';

/** Zeek's redis.log. */
export const REDIS = recordTable(
  'redis',
  'One row a Redis command, with its reply. Passwords of AUTH are left out.',
  [
    column('cmd_name', 'text', 'the command, as sent'),
    column('cmd_key', 'text', 'the key that it works on', optional),
    column('cmd_value', 'text', 'the value, where it takes one', optional),
    column('success', 'bool', 'the reply is no error', optional),
    column('reply_value', 'text', 'the reply; lists as [a, b]', optional),
  ],
);
