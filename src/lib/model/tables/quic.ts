import { column, optional, recordTable } from './record-table.ts';

/** Zeek's quic.log. */
export const QUIC = recordTable('quic', 'One row a QUIC connection.', [
  column('version', 'text', 'version of the first Initial: 1, quicv2, draft-29, unknown-N …', {
    ...optional,
    eve: 'quic.version',
  }),
  column('client_initial_dcid', 'text', 'first destination connection id of the client, hex', optional),
  column('client_scid', 'text', "the client's own connection id, hex", optional),
  column('server_scid', 'text', "the server's own connection id, hex", optional),
  column('server_name', 'text', 'name that the client asked for (SNI)', {
    ...optional,
    ecs: 'tls.client.server_name',
    eve: 'quic.sni',
  }),
  column('client_protocol', 'text', 'first protocol that the client offers (ALPN)', optional),
  column('history', 'text', "packets and hellos in order, the client's in capitals", optional),
]);
