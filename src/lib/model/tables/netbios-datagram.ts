import { column, optional, recordTable } from './record-table.ts';

/** What NetBIOS hosts tell a segment about themselves: names, and announcements of the browser service. */
export const NETBIOS_DATAGRAM = recordTable('netbios_datagram', 'One row a NetBIOS datagram (port 138).', [
  column(
    'msg_type',
    'text',
    'direct_unique, direct_group, broadcast, error, query_request, positive_query_response, negative_query_response',
  ),
  column('dgm_id', 'u16', 'identifier that the sender gave it'),
  column('source_ip', 'addr', 'the address that the sender says is its own'),
  column('source_port', 'u16', 'the port that the sender says is its own'),
  column('source_name', 'text', "the sender's name", { ...optional, ecs: 'source.domain' }),
  column('source_suffix', 'u8', 'type of that name (its sixteenth byte)', optional),
  column('destination_name', 'text', 'the name that it is sent to', {
    ...optional,
    ecs: 'destination.domain',
  }),
  column('destination_suffix', 'u8', 'type of that name', optional),
  column('error_code', 'u8', 'why a datagram could not be delivered', optional),
  column('mailslot', 'text', 'the mailslot that it is written to', optional),
  column('browser_command', 'text', 'what the browser service says: host_announcement, election …', optional),
  column('server_name', 'text', 'the host, or the domain, that is announced', optional),
  column('os_version', 'text', 'version of the operating system that is announced', {
    ...optional,
    ecs: 'host.os.version',
  }),
  column('server_type', 'text', 'services that are announced: 32 bits in hex', optional),
  column('comment', 'text', 'comment of an announcement; of a domain its master browser', optional),
]);
