import { column, json, optional, recordTable } from './record-table.ts';

/** Zeek's dhcp.log. The connection is that of the first message; `uids` has all of them. */
export const DHCP = recordTable('dhcp', 'One row a DHCP transaction: the messages of one identifier.', [
  column('uids', 'text[]', 'the connections that carried it'),
  column('client_addr', 'addr', 'address of the client', { ...optional, ecs: 'client.ip' }),
  column('server_addr', 'addr', 'address of the server that handed out the lease', {
    ...optional,
    ecs: 'server.ip',
  }),
  column('mac', 'text', "the client's hardware address", {
    ...optional,
    ecs: 'client.mac',
    eve: 'dhcp.client_mac',
  }),
  column('host_name', 'text', 'name that the client gives itself (option 12)', {
    ...optional,
    eve: 'dhcp.hostname',
  }),
  column('client_fqdn', 'text', "the client's full name (option 81)", optional),
  column('domain', 'text', 'domain that the server gives (option 15)', optional),
  column('requested_addr', 'addr', 'address that the client asks for', {
    ...optional,
    eve: 'dhcp.requested_ip',
  }),
  column('assigned_addr', 'addr', 'address that the server assigns', {
    ...optional,
    eve: 'dhcp.assigned_ip',
  }),
  column('lease_time', 'span', 'how long the lease lasts', {
    ...optional,
    unit: 'ns',
    eve: 'dhcp.lease_time',
  }),
  column('client_message', 'text', "the client's reason, as when it declines an address", optional),
  column('server_message', 'text', "the server's reason, as when it refuses", optional),
  column('msg_types', 'text[]', 'types of the messages, in order', { eve: 'dhcp.dhcp_type' }),
  column('duration', 'span', 'from the first message to the last', { unit: 'ns' }),
  column('circuit_id', 'text', 'relay agent: circuit', optional),
  column('agent_remote_id', 'text', 'relay agent: remote identifier', optional),
  column('subscriber_id', 'text', 'relay agent: subscriber', optional),
  column('vendor_class', 'text', "the client's vendor class (option 60)", optional),
  column('client_id', 'text', "the client's identifier (option 61), in hex", optional),
  column('param_list', 'text', 'options that the client asks for: list of numbers, a fingerprint', json),
  column('server_id', 'addr', 'the server, as it names itself (option 54)', optional),
  column('subnet_mask', 'text', 'subnet mask', optional),
  column('routers', 'text[]', 'default gateways', optional),
  column('name_servers', 'text[]', 'DNS servers', optional),
  column('ntp_servers', 'text[]', 'NTP servers', optional),
  column('boot_file', 'text', 'file to boot from', optional),
]);
