/** The table `hosts`, made at sealing from conn, arp and names. */

import { DuckDBListValue } from '@duckdb/node-api';
import { ColumnBatch } from '../model/column-batch.ts';
import { BATCH_ROWS } from '../model/limits.ts';
import type { Table } from '../model/tables.ts';
import { HOSTS } from '../model/tables.ts';
import { dialect } from './dialect.ts';
import type { RecordsSession } from './records-session.ts';
import { createTable, quoteName } from './schema.ts';
import { PRIVATE_BLOCKS, inBlocksSql, scopeSql } from './scope.ts';

/** What an enricher is told of a host. */
export interface HostFacts {
  /** RFC 5952. */
  readonly address: string;
  /** aa:bb:…, the one with most packets first. */
  readonly macs: readonly string[];
  readonly scope: string;
}

/** What it knows more; absent is NULL. */
export interface HostExtra {
  readonly vendors?: readonly string[] | undefined;
  readonly country?: string | undefined;
  readonly asn?: number | undefined;
  readonly as_name?: string | undefined;
  readonly city?: string | undefined;
  readonly lat?: number | undefined;
  readonly lon?: number | undefined;
}

/** Answers one entry for each host, in order. Handed in by processes/: the store knows no enricher. */
export type EnrichHosts = (
  hosts: readonly HostFacts[],
) => readonly (HostExtra | undefined)[] | Promise<readonly (HostExtra | undefined)[]>;

/** Link-layer addresses and names kept of one host. */
const MAX_MACS = 16;
const MAX_NAMES = 32;

const EXTRA_COLUMNS = ['vendors', 'country', 'asn', 'as_name', 'city', 'lat', 'lon'] as const;

/** Passing table of what the enrichers said. */
const HOST_EXTRA: Table = {
  name: 'host_extra',
  doc: 'Answers of the enrichers; gone when the file is sealed.',
  key: ['address'],
  columns: HOSTS.columns.filter(
    ({ name }) => name === 'address' || EXTRA_COLUMNS.some((extra) => extra === name),
  ),
};

/** One row a (address, MAC) of either side of each connection, and of ARP senders. */
const SIDES = `
  SELECT id_orig_h_hi AS address_hi, id_orig_h_lo AS address_lo, orig_l2_addr AS mac, ts AS first_seen, ts + coalesce(duration, 0) AS last_seen,
    1 AS conns_orig, 0 AS conns_resp, orig_ip_bytes AS sent_bytes, resp_ip_bytes AS received_bytes, orig_pkts AS sent_pkts, resp_pkts AS received_pkts
  FROM conn
  UNION ALL
  SELECT id_resp_h_hi, id_resp_h_lo, resp_l2_addr, ts, ts + coalesce(duration, 0), 0, 1, resp_ip_bytes, orig_ip_bytes, resp_pkts, orig_pkts
  FROM conn
  UNION ALL
  SELECT sender_ip_hi, sender_ip_lo, sender_mac, ts, ts, 0, 0, 0, 0, 0, 0
  FROM arp WHERE sender_ip_hi = 0 AND sender_ip_lo <> 281470681743360`;

const sums = ['conns_orig', 'conns_resp', 'sent_bytes', 'received_bytes', 'sent_pkts', 'received_pkts'];
const summed = sums.map((name) => `sum(${name})::UBIGINT AS ${name}`).join(', ');

/**
 * Sums by address alone, in states of fixed size: a scan of millions of addresses must fit into the memory that sealing may have,
 * or spill. Most hosts have one MAC, which its smallest and its largest tell; lists are made for the few others.
 */
const HOST_FACTS = `
  CREATE TEMP TABLE host_facts AS
  SELECT *, row_number() OVER () AS no FROM (
    SELECT address_hi, address_lo, min(first_seen) AS first_seen, max(last_seen) AS last_seen, ${summed}, min(mac) AS low_mac, max(mac) AS high_mac
    FROM (${SIDES}) GROUP BY address_hi, address_lo
  )`;

/** MACs of the hosts that have several, the one with most packets first. */
const HOST_MACS = `
  CREATE TEMP TABLE host_macs AS
  WITH several AS (SELECT address_hi, address_lo FROM host_facts WHERE low_mac <> high_mac),
  by_mac AS (
    SELECT address_hi, address_lo, mac, sum(sent_pkts) AS pkts FROM (${SIDES}) SEMI JOIN several USING (address_hi, address_lo)
    WHERE mac IS NOT NULL GROUP BY address_hi, address_lo, mac
  )
  SELECT address_hi, address_lo, list_transform(list(mac ORDER BY pkts DESC, mac)[:${MAX_MACS}], lambda m: ${dialect.macText('m')}) AS macs
  FROM by_mac GROUP BY address_hi, address_lo`;

const HOST_NAMES = `
  CREATE TEMP TABLE host_names AS
  SELECT address_hi, address_lo, list(DISTINCT name ORDER BY name)[:${MAX_NAMES}] AS names FROM names GROUP BY address_hi, address_lo`;

const MACS = `coalesce(m.macs, CASE WHEN h.low_mac IS NOT NULL THEN [${dialect.macText('h.low_mac')}] END)`;

const insertHosts = (home: readonly string[]): string => `
  INSERT INTO hosts BY NAME
  SELECT h.* EXCLUDE (low_mac, high_mac, no), ${dialect.addrText('h.address')} AS text, ${MACS} AS macs, n.names,
    ${scopeSql('h.address')} AS scope, ${inBlocksSql('h.address', home)} AS is_home,
    ${EXTRA_COLUMNS.map((name) => `e.${quoteName(name)}`).join(', ')}
  FROM host_facts h LEFT JOIN host_extra e USING (address_hi, address_lo)
    LEFT JOIN host_macs m USING (address_hi, address_lo) LEFT JOIN host_names n USING (address_hi, address_lo)`;

/** Private blocks that occur, and the networks of ARP senders with global addresses (/24): who answers ARP is on this link. */
async function inferHome(session: RecordsSession): Promise<string[]> {
  const found: string[] = [];
  for (const block of PRIVATE_BLOCKS) {
    const reader = await session.connection.runAndReadAll(
      `SELECT 1 FROM host_facts h WHERE ${inBlocksSql('h.address', [block])} LIMIT 1`,
    );
    if (reader.currentRowCount > 0) found.push(block);
  }
  const neighbours = await session.connection.runAndReadAll(`
    SELECT DISTINCT ((sender_ip_lo >> 8) & 16777215)::UINTEGER AS net FROM arp a
    WHERE sender_ip_hi = 0 AND ${scopeSql('a.sender_ip')} = 'global' ORDER BY net LIMIT 64`);
  for (const [net] of neighbours.getRows()) {
    const number = Number(net);
    found.push(`${number >>> 16}.${(number >>> 8) & 255}.${number & 255}.0/24`);
  }
  return found;
}

/** Hosts asked about at a time. */
const ENRICH_ROWS = 10 * BATCH_ROWS;

/** Asks the enrichers about every host, some at a time. */
async function enrich(session: RecordsSession, enrichHosts: EnrichHosts): Promise<void> {
  const counted = await session.connection.runAndReadAll('SELECT count(*) FROM host_facts');
  const last = Number(counted.getRows()[0]?.[0] ?? 0);
  for (let first = 1; first <= last; first += ENRICH_ROWS) {
    const result = await session.connection.runAndReadAll(`
      SELECT h.address_hi, h.address_lo, ${dialect.addrText('h.address')}, ${MACS}, ${scopeSql('h.address')}
      FROM host_facts h LEFT JOIN host_macs m USING (address_hi, address_lo)
      WHERE h.no BETWEEN ${first} AND ${first + ENRICH_ROWS - 1}`);
    const rows = result.getRows();
    const facts = rows.map(([, , address, macs, scope]): HostFacts => ({
      address: String(address),
      macs: macs instanceof DuckDBListValue ? macs.items.map(String) : [],
      scope: String(scope),
    }));
    const extras = await enrichHosts(facts);
    const known = rows.flatMap(([hi, lo], i) => {
      const extra = extras[i];
      return extra ? [{ address: [hi as bigint, lo as bigint] as const, extra }] : [];
    });
    session.append(extraBatches(known));
  }
}

interface KnownHost {
  readonly address: readonly [bigint, bigint];
  readonly extra: HostExtra;
}

/** The answers as batches of HOST_EXTRA, one reused. */
function* extraBatches(known: readonly KnownHost[]): Generator<ColumnBatch> {
  const batch = new ColumnBatch(HOST_EXTRA);
  for (let first = 0; first < known.length; first += BATCH_ROWS) {
    batch.clear();
    for (const { address, extra } of known.slice(first, first + BATCH_ROWS)) {
      const row = batch.rows++;
      batch.set(0, row, address);
      for (const name of EXTRA_COLUMNS) batch.set(batch.index(name), row, extra[name]);
    }
    yield batch;
  }
}

/** Fills `hosts`; answers the home networks that `is_home` was decided by. */
export async function fillHosts(
  session: RecordsSession,
  options: { enrichHosts?: EnrichHosts; homeNetworks?: readonly string[] },
): Promise<string[]> {
  for (const sql of [HOST_FACTS, HOST_MACS, HOST_NAMES]) await session.run(sql);
  const home = options.homeNetworks ? [...options.homeNetworks] : await inferHome(session);
  for (const sql of createTable(HOST_EXTRA)) await session.run(sql);
  if (options.enrichHosts) await enrich(session, options.enrichHosts);
  await session.run(insertHosts(home));
  const counted = await session.connection.runAndReadAll('SELECT count(*) FROM hosts');
  session.countRows(HOSTS.name, Number(counted.getRows()[0]?.[0] ?? 0));
  for (const table of ['host_extra', 'host_facts', 'host_macs', 'host_names'])
    await session.run(`DROP TABLE ${table}`);
  return home;
}
