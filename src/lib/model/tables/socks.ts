import { column, optional, recordTable } from './record-table.ts';

/** Zeek's socks.log. Passwords are left out. */
export const SOCKS = recordTable('socks', 'One row a request to a SOCKS proxy.', [
  column('version', 'u8', 'version of the protocol: 4 or 5'),
  column('user', 'text', 'the account', { ...optional, ecs: 'user.name' }),
  column('status', 'text', "the proxy's answer", optional),
  column('request_host', 'addr', 'address that the client asked for', optional),
  column('request_name', 'text', 'name that the client asked for', optional),
  column('request_p', 'u16', 'port that the client asked for', optional),
  column('bound_host', 'addr', 'address at the proxy', optional),
  column('bound_name', 'text', 'name at the proxy', optional),
  column('bound_p', 'u16', 'port at the proxy', optional),
]);
