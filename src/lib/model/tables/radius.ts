import { column, optional, recordTable } from './record-table.ts';

/** Zeek's radius.log, and accounting. */
export const RADIUS = recordTable(
  'radius',
  'One row a RADIUS login, over its challenges; or an accounting message.',
  [
    column('username', 'text', 'the user', { ...optional, ecs: 'user.name' }),
    column('mac', 'text', "hardware address in the caller's identifier", { ...optional, ecs: 'client.mac' }),
    column('framed_addr', 'addr', 'address that the user gets', optional),
    column('tunnel_client', 'text', "address of the tunnel's client", optional),
    column('connect_info', 'text', 'what is said of the connection', optional),
    column('reply_msg', 'text', 'text for the user', optional),
    column('result', 'text', 'success, failed or unknown', { ...optional, ecs: 'event.outcome' }),
    column('ttl', 'span', 'from the first request to the result', { ...optional, unit: 'ns' }),
    column('called_station', 'text', 'called station', optional),
    column('nas_address', 'text', 'address of the access server', optional),
    column('nas_identifier', 'text', 'name of the access server', optional),
    column('acct_status', 'text', 'accounting: Start, Stop, Interim-Update …', optional),
    column('acct_session', 'text', 'accounting: identifier of the session', optional),
    column('auth_method', 'text', 'pap, chap, mschap, mschapv2 or eap', optional),
  ],
);
