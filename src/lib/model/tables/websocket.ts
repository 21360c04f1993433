import { column, optional, recordTable } from './record-table.ts';

/** Zeek's websocket.log. */
export const WEBSOCKET = recordTable('websocket', 'One row an HTTP connection that became a WebSocket.', [
  column('host', 'text', 'Host header of the upgrade', { ...optional, ecs: 'url.domain' }),
  column('uri', 'text', 'URI of the upgrade', { ...optional, ecs: 'url.original' }),
  column('user_agent', 'text', 'User-Agent header of the upgrade', {
    ...optional,
    ecs: 'user_agent.original',
  }),
  column('subprotocol', 'text', 'subprotocol that the server chose', optional),
  column('client_protocols', 'text[]', 'subprotocols that the client offered', optional),
  column('server_extensions', 'text[]', 'extensions that the server chose', optional),
  column('client_extensions', 'text[]', 'extensions that the client offered', optional),
]);
