import { column, optional, recordTable } from './record-table.ts';

/** What Suricata's pop3 events have; Zeek has no log of it. */
export const POP3 = recordTable('pop3', 'One row a POP3 command with its answer.', [
  column('command', 'text', 'the command', { eve: 'pop3.request.command' }),
  column('arg', 'text', 'its arguments; passwords and what proves them are hidden', {
    ...optional,
    eve: 'pop3.request.args',
  }),
  column('user', 'text', 'the account that is logged in, or tries to be', { ...optional, ecs: 'user.name' }),
  column('success', 'bool', 'the answer is +OK; absent where there is none', {
    ...optional,
    eve: 'pop3.response.success',
  }),
  column('msg', 'text', 'text of the answer', { ...optional, eve: 'pop3.response.header' }),
  column('fuids', 'text[]', 'files of a mail that was fetched', optional),
]);
