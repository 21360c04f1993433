import { column, optional, recordTable } from './record-table.ts';

/** Microsoft SQL Server's logins and statements. */
export const TDS = recordTable(
  'tds',
  'One row a request of a TDS client (SQL Server, Sybase): login, batch, remote call. Passwords are left out.',
  [
    column('command', 'text', 'prelogin, login, sql_batch, rpc, attention, bulk_load, transaction'),
    column('arg', 'text', 'the statement, or the procedure that is called', optional),
    column('user', 'text', 'the account of the login', { ...optional, ecs: 'user.name' }),
    column('hostname', 'text', 'what the client calls its machine', optional),
    column('application_name', 'text', 'what the client calls itself', optional),
    column('server', 'text', 'the server that the client asked for', optional),
    column('database', 'text', 'the database that the client asked for', optional),
    column('success', 'bool', 'the server answered without an error', optional),
    column('response', 'text', "the server's error message", optional),
  ],
);
