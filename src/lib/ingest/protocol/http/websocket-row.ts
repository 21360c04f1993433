/** The handshake of a WebSocket as HTTP/1 carries it (RFC 6455 4): its row, and whether the server's key is the one for the client's. */

import { createHash } from 'node:crypto';
import { WEBSOCKET } from '../../../model/tables/websocket.ts';
import type { Conn } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { withoutSecrets } from './secret-fields.ts';
import type { Transaction } from './transaction.ts';

/** RFC 6455 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function writeWebSocket(
  conn: Conn,
  { requestFields, responseFields, request, first, last }: Transaction,
): void {
  const list = (fields: readonly HeaderField[], name: string): readonly string[] | undefined => {
    const found = fields
      .filter(({ lower }) => lower === name)
      .flatMap(({ value }) => value.split(',').map((part) => part.trim()))
      .filter((part) => part !== '');
    return found.length > 0 ? found : undefined;
  };
  conn.row(
    WEBSOCKET,
    {
      host: fieldNamed(requestFields, 'host'),
      uri: request && withoutSecrets(request.uri),
      user_agent: fieldNamed(requestFields, 'user-agent'),
      subprotocol: fieldNamed(responseFields, 'sec-websocket-protocol'),
      client_protocols: list(requestFields, 'sec-websocket-protocol'),
      server_extensions: list(responseFields, 'sec-websocket-extensions'),
      client_extensions: list(requestFields, 'sec-websocket-extensions'),
    },
    first,
    last,
  );
  const key = fieldNamed(requestFields, 'sec-websocket-key');
  const accept = fieldNamed(responseFields, 'sec-websocket-accept');
  if (key === undefined || accept === undefined) return;
  const right = createHash('sha1').update(`${key}${GUID}`, 'latin1').digest('base64');
  if (accept !== right)
    conn.weird('websocket_wrong_accept_header', last, `expected=${right}, found=${accept.slice(0, 64)}`);
}
