import { column, optional, recordTable } from './record-table.ts';

/** Zeek's irc.log. */
export const IRC = recordTable(
  'irc',
  'One row a command of IRC that names somebody, joins a channel or offers a file.',
  [
    column('nick', 'text', 'nick before the command', optional),
    column('user', 'text', 'the user', { ...optional, ecs: 'user.name' }),
    column('command', 'text', 'NICK, USER, JOIN or DCC', optional),
    column('value', 'text', 'what the command is about', optional),
    column('addl', 'text', 'the rest of it', optional),
    column('dcc_file_name', 'text', 'file that is offered', optional),
    column('dcc_file_size', 'u64', 'its size', { ...optional, unit: 'bytes' }),
    column('dcc_mime_type', 'text', 'its type by content', optional),
  ],
);
