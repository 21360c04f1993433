import { column, optional, recordTable } from './record-table.ts';

/** OPC UA's binary transport. */
export const OPCUA = recordTable(
  'opcua',
  'One row an OPC UA connection: the endpoint and how it is protected.',
  [
    column('endpoint_url', 'text', 'the endpoint that the client asked for', optional),
    column('version', 'u32', 'version of the protocol that the client speaks', optional),
    column('security_policy', 'text', 'URI of the security policy of the channel', optional),
    column('channel_id', 'u32', 'secure channel', optional),
    column('requests', 'u32', 'messages of the client over the channel'),
    column('responses', 'u32', 'messages of the server over the channel'),
    column('error', 'text', 'status code of an error that ended it, hex', optional),
    column('reason', 'text', 'what the error says', optional),
  ],
);
