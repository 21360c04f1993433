import { column, optional, recordTable } from './record-table.ts';

/** Zeek's postgresql.log. */
export const POSTGRESQL = recordTable(
  'postgresql',
  'One row a step of a PostgreSQL session: login, statement, end.',
  [
    column('user', 'text', 'the account of the start-up message', { ...optional, ecs: 'user.name' }),
    column('database', 'text', 'the database of the start-up message', optional),
    column('application_name', 'text', 'what the client calls itself', optional),
    column(
      'frontend',
      'text',
      'what the client sent: ssl_request, startup, simple_query, terminate',
      optional,
    ),
    column('frontend_arg', 'text', 'the statement', optional),
    column('success', 'bool', 'it was carried out', optional),
    column('rows', 'u64', 'rows returned', optional),
    column('backend', 'text', 'what the server answered: ssl_reply, auth_request, auth_ok, error', optional),
    column('backend_arg', 'text', 'ways of authentication asked for; fields of errors and notices', optional),
  ],
);
