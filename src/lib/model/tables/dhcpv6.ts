import { column, optional, recordTable } from './record-table.ts';

export const DHCPV6 = recordTable('dhcpv6', 'One row a DHCPv6 transaction: the messages of one identifier.', [
  column('trans_id', 'u32', 'identifier of the transaction'),
  column('msg_types', 'text[]', 'types of the messages, in order'),
  column('duration', 'span', 'from the first message to the last', { unit: 'ns' }),
  column('client_duid', 'text', "the client's identifier (DUID), in hex", optional),
  column('mac', 'text', 'hardware address in that identifier', { ...optional, ecs: 'client.mac' }),
  column('server_duid', 'text', "the server's identifier (DUID), in hex", optional),
  column('client_fqdn', 'text', "the client's full name (option 39)", optional),
  column('vendor_class', 'text', "the client's vendor class", optional),
  column('assigned_addrs', 'text[]', 'addresses that the server assigns', optional),
  column('assigned_prefixes', 'text[]', 'prefixes that the server delegates', optional),
  column('name_servers', 'text[]', 'DNS servers', optional),
  column('status', 'text', 'status code and message, where it is no success', optional),
  column('relay_link_addr', 'text', 'link address that the relay gives', optional),
]);
