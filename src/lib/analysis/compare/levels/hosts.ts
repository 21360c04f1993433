/** Hosts: whoever sent a packet. Addresses that were only spoken to may not exist; group addresses are no hosts. */

import { dialect } from '../../../store/dialect.ts';
import type { Level } from '../level.ts';
import { connsOf, inPart, isWholeInput, recordsOf, type RecordsSide } from '../side.ts';
import { hostsOfSnapshot } from '../sockets.ts';
import { sql, type SqlPiece } from '../sql-piece.ts';

const IS_HOST = `scope NOT IN ('multicast', 'broadcast', 'unspecified') AND (sent_pkts > 0 OR conns_orig + conns_resp = 0)`;
const words = (list: string): string => `nullif(array_to_string(list_sort(${list}), ' '), '')`;

const wholeInput = (side: RecordsSide): SqlPiece => sql`
  SELECT address_hi, address_lo, ${words('macs')} AS macs, ${words('names')} AS names, array_to_string(vendors, ', ') AS vendor,
    conns_orig + conns_resp AS n, sent_bytes + received_bytes AS bytes, first_seen AS first, last_seen AS last
  FROM r.hosts WHERE ${recordsOf(side)} AND ${IS_HOST} AND ${inPart(side, 'address_hi, address_lo')}`;

/** Of a window, or of several inputs, from their connections and ARP. */
const summedUp = (side: RecordsSide): SqlPiece => sql`
  SELECT s.address_hi, s.address_lo, nullif(string_agg(DISTINCT ${dialect.macText('mac')}, ' ' ORDER BY ${dialect.macText('mac')}), '') AS macs,
    any_value(h.names) AS names, any_value(h.vendor) AS vendor, sum(s.conns) AS n, sum(s.bytes) AS bytes, min(s.first) AS first, max(s.last) AS last
  FROM (
    SELECT id_orig_h_hi AS address_hi, id_orig_h_lo AS address_lo, orig_l2_addr AS mac, 1 AS conns, orig_ip_bytes + resp_ip_bytes AS bytes, ts AS first, ts + coalesce(duration, 0) AS last
    FROM r.conn WHERE ${connsOf(side)} AND orig_pkts > 0 AND ${inPart(side, 'id_orig_h_hi, id_orig_h_lo')}
    UNION ALL
    SELECT id_resp_h_hi, id_resp_h_lo, resp_l2_addr, 1, orig_ip_bytes + resp_ip_bytes, ts, ts + coalesce(duration, 0)
    FROM r.conn WHERE ${connsOf(side)} AND resp_pkts > 0 AND ${inPart(side, 'id_resp_h_hi, id_resp_h_lo')}
    UNION ALL
    SELECT sender_ip_hi, sender_ip_lo, sender_mac, 0, 0, ts, ts FROM r.arp WHERE ${recordsOf(side)} AND sender_ip_hi = 0 AND sender_ip_lo <> 281470681743360 AND ${inPart(side, 'sender_ip_hi, sender_ip_lo')}
  ) s JOIN (
    SELECT address_hi, address_lo, ${words('list_distinct(flatten(list(names)))')} AS names, any_value(array_to_string(vendors, ', ')) AS vendor
    FROM r.hosts WHERE ${recordsOf({ kind: 'records', inputs: side.inputs })} AND scope NOT IN ('multicast', 'broadcast', 'unspecified')
    GROUP BY address_hi, address_lo
  ) h USING (address_hi, address_lo)
  GROUP BY s.address_hi, s.address_lo`;

export const HOSTS_LEVEL: Level = {
  name: 'hosts',
  title: 'Hosts',
  doc: 'Addresses that sent a packet.',
  counted: 'connections',
  key: [{ name: 'address', title: 'Host', kind: 'addr' }],
  parted: ['address_hi', 'address_lo'],
  tables: ['hosts'],
  fields: [
    { name: 'macs', title: 'link-layer addresses', compared: 'exact' },
    { name: 'names', title: 'names', compared: 'subset' },
  ],
  shown: [
    { name: 'names', title: 'Names' },
    { name: 'macs', title: 'Link-layer addresses' },
    { name: 'vendor', title: 'Vendor' },
  ],
  bytes: true,
  ofRecords: (side) => (isWholeInput(side) ? wholeInput(side) : summedUp(side)),
  ofSnapshot: hostsOfSnapshot,
  ignored: { addresses: ['address'], ports: [], names: [], words: ['names'] },
};
