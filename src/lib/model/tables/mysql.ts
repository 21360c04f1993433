import { column, optional, recordTable } from './record-table.ts';

/** Zeek's mysql.log. */
export const MYSQL = recordTable(
  'mysql',
  'One row a command of a MySQL or MariaDB client, with what became of it.',
  [
    column('cmd', 'text', 'the command: login, query, init_db, quit …'),
    column('arg', 'text', 'its argument: the statement, the account of a login'),
    column('success', 'bool', 'the server carried it out', optional),
    column('rows', 'u64', 'rows affected; 0 for result sets', optional),
    column('response', 'text', "the server's error message", optional),
  ],
);
