import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ssh.log, with HASSH. */
export const SSH = recordTable('ssh', 'One row an SSH connection.', [
  column('version', 'u8', 'major version of the protocol', optional),
  column(
    'auth_success',
    'bool',
    'the login succeeded, guessed from the lengths of encrypted packets',
    optional,
  ),
  column('auth_attempts', 'u16', 'logins tried, guessed likewise'),
  column('direction', 'text', 'INBOUND or OUTBOUND, where one end has a private address', {
    ...optional,
    ecs: 'network.direction',
  }),
  column('client', 'text', "the client's identification", {
    ...optional,
    eve: 'ssh.client.software_version',
  }),
  column('server', 'text', "the server's identification", {
    ...optional,
    eve: 'ssh.server.software_version',
  }),
  column('cipher_alg', 'text', 'cipher agreed on', optional),
  column('mac_alg', 'text', 'message authentication code agreed on', optional),
  column('compression_alg', 'text', 'compression agreed on', optional),
  column('kex_alg', 'text', 'key exchange agreed on', optional),
  column('host_key_alg', 'text', "algorithm of the server's key", optional),
  column('host_key_fingerprint', 'text', "fingerprint of the server's key, as OpenSSH writes it", optional),
  column('hassh', 'text', "HASSH of the client's algorithms", { ...optional, eve: 'ssh.client.hassh.hash' }),
  column('hassh_server', 'text', "HASSH of the server's algorithms", {
    ...optional,
    eve: 'ssh.server.hassh.hash',
  }),
]);
