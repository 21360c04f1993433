import { column, optional, recordTable } from './record-table.ts';

/** Types of ICMPv6 133 to 137, in their order. */
export const ND_TYPES = [
  'router_solicitation',
  'router_advertisement',
  'neighbor_solicitation',
  'neighbor_advertisement',
  'redirect',
] as const;

/** Neighbor discovery (RFC 4861): what ARP is to IPv4, and what routers tell their link. */
export const ND = recordTable('nd', 'One row a message of neighbor discovery (IPv6).', [
  column('msg_type', 'enum', 'kind of message: ICMPv6 types 133 to 137', { values: ND_TYPES }),
  column(
    'hop_limit',
    'u8',
    'hop limit: a message of which it is not 255 came from another link, and is void',
  ),
  column('target', 'addr', 'the address that is asked for, told of, or the better first hop', optional),
  column('destination', 'addr', 'redirect: the address that is reached by it', optional),
  column('source_mac', 'mac', 'link-layer address of the sender, as it says itself', optional),
  column('target_mac', 'mac', 'link-layer address of the target', optional),
  column('router', 'bool', 'advertisement: the sender is a router', optional),
  column('solicited', 'bool', 'advertisement: it answers a solicitation', optional),
  column('override', 'bool', 'advertisement: it replaces what is known', optional),
  column('managed', 'bool', 'router: addresses come by DHCPv6', optional),
  column('other_config', 'bool', 'router: other settings come by DHCPv6', optional),
  column('router_lifetime', 'u16', 'router: for so long it is a default router; 0 for none', {
    ...optional,
    unit: 's',
  }),
  column('prefixes', 'text[]', 'router: prefixes of the link', optional),
  column('dns_servers', 'text[]', 'router: resolvers (RFC 8106)', optional),
  column('mtu', 'u32', 'router: MTU of the link', { ...optional, unit: 'bytes' }),
  column('eth_src', 'mac', 'source of the frame', optional),
  column('eth_dst', 'mac', 'destination of the frame', optional),
  column('vlan', 'u16[]', 'VLAN stack, outermost first', optional),
]);
