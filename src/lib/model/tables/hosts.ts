import { column, type Table } from './column.ts';
import { SEVERITY } from './found.ts';

const opt = { nullable: true } as const;

export const HOSTS: Table = {
  name: 'hosts',
  doc: 'One row an address.',
  key: ['address'],
  columns: [
    column('address', 'addr', 'the address', { ecs: 'host.ip' }),
    column('text', 'text', 'the address as text (RFC 5952)'),
    column('first_seen', 'time', 'first packet'),
    column('last_seen', 'time', 'last packet'),
    column('macs', 'text[]', 'link-layer addresses seen with it', { ...opt, ecs: 'host.mac' }),
    column('vendors', 'text[]', 'vendors of those', opt),
    column('names', 'text[]', 'names seen', { ...opt, ecs: 'host.name' }),
    column('conns_orig', 'u64', 'connections that it began'),
    column('conns_resp', 'u64', 'connections that it answered'),
    column('sent_bytes', 'u64', 'IP bytes sent', { unit: 'bytes' }),
    column('received_bytes', 'u64', 'IP bytes received', { unit: 'bytes' }),
    column('sent_pkts', 'u64', 'packets sent', { unit: 'packets' }),
    column('received_pkts', 'u64', 'packets received', { unit: 'packets' }),
    column('scope', 'text', 'private, loopback, link-local, multicast, broadcast, global …'),
    column('is_home', 'bool', 'inside the home networks as inferred at ingest'),
    column('country', 'text', 'ISO 3166-1 alpha-2', { ...opt, ecs: 'host.geo.country_iso_code' }),
    column('asn', 'u32', 'autonomous system', { ...opt, ecs: 'host.as.number' }),
    column('as_name', 'text', 'its holder', { ...opt, ecs: 'host.as.organization.name' }),
    column('city', 'text', "where the user's own database has it", opt),
    column('lat', 'f64', 'latitude, degrees', opt),
    column('lon', 'f64', 'longitude, degrees', opt),
  ],
};

/** Who saw a host: no part of records.duckdb, where every host is of the capture. */
export const SEEN_IN = column(
  'seen_in',
  'text',
  'capture; or, of a host without a packet, what is kept with the case and lists it: scan, snapshot, scan and snapshot',
);

/** `hosts` as a case has it: with those that only scans joined to it and snapshots kept with it know, whose `input` is that one's id. */
export const CASE_HOSTS: Table = {
  ...HOSTS,
  columns: HOSTS.columns.flatMap((one) => (one.name === 'macs' ? [SEEN_IN, SEVERITY, one] : [one])),
};
