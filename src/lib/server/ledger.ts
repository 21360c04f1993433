/** The completeness ledger: what was read, what was not, and where. It is about the whole case, whatever a page filters. */

import type { Ledger, LedgerEntry } from '../model/api/overview.ts';
import { FAULTS } from '../model/faults.ts';
import {
  type CaseReader,
  num,
  numOrNull,
  type QueryOptions,
  text,
  textOrNull,
  type Value,
} from './reading.ts';

const PLACES = 5;
const MEANINGS = new Map(FAULTS.map(({ name, doc }) => [name, doc]));

type Row = Readonly<Record<string, Value>>;

function entryOf(rows: readonly Row[]): LedgerEntry {
  const first = rows[0] ?? {};
  const code = text(first['code']);
  return {
    scope: text(first['scope']),
    code,
    doc: MEANINGS.get(code) ?? textOrNull(first['detail']) ?? code,
    count: rows.reduce((sum, row) => sum + num(row['count']), 0),
    skipped: rows.reduce((sum, row) => sum + num(row['skipped']), 0),
    recovered: first['recovered'] === true,
    places: rows
      .filter((row) => row['offset'] !== null)
      .slice(0, PLACES)
      .map((row) => ({
        input: text(row['input']),
        file: num(row['file']),
        name: text(row['name']),
        offset: numOrNull(row['offset']) ?? 0,
        detail: textOrNull(row['detail']),
      })),
  };
}

function grouped(rows: readonly Row[]): LedgerEntry[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row['scope'], row['code'], row['recovered']]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map(entryOf);
}

/** One-sided connections whose other half is another one-sided connection under another VLAN stack, at the same time. */
const VLAN_HALVES = `WITH one AS (SELECT * FROM r.conn WHERE resp_pkts = 0 OR orig_pkts = 0)
  SELECT count(*) FROM one a JOIN one b
    ON a.input = b.input AND a.proto = b.proto AND a.id_orig_p = b.id_resp_p AND a.id_resp_p = b.id_orig_p
   AND a.id_orig_h_hi = b.id_resp_h_hi AND a.id_orig_h_lo = b.id_resp_h_lo AND a.id_resp_h_hi = b.id_orig_h_hi AND a.id_resp_h_lo = b.id_orig_h_lo
  WHERE a.vlan IS DISTINCT FROM b.vlan AND a.ts <= b.ts + coalesce(b.duration, 0) AND b.ts <= a.ts + coalesce(a.duration, 0)`;

async function vlanHalves(reader: CaseReader, options: QueryOptions): Promise<number> {
  const tagged = await reader.query('SELECT 1 FROM r.conn WHERE vlan IS NOT NULL LIMIT 1', [], options);
  if (tagged.rows.length === 0) return 0;
  return num((await reader.query(VLAN_HALVES, [], options)).rows[0]?.[0]);
}

export async function ledgerOf(reader: CaseReader, options: QueryOptions = {}): Promise<Ledger> {
  const [files = {}] = await reader.rows(
    `SELECT sum(packets) AS packets, sum(decoded) AS decoded, sum(recovered_packets) AS recovered, sum(recovered_decoded) AS recovered_decoded, count(*) FILTER (cut_short) AS cut_short FROM r.captures`,
    [],
    options,
  );
  const [conns = {}] = await reader.rows(
    `SELECT count(*) FILTER (missed_bytes > 0) AS gaps, sum(missed_bytes) AS missing, count(*) FILTER (ended_by = 'cap') AS capped FROM r.conn`,
    [],
    options,
  );
  const rows = await reader.rows(
    `SELECT l.*, c.name FROM r.ledger l LEFT JOIN r.captures c USING (input, file) ORDER BY l.scope, l.code, l.input, l.file, l."offset"`,
    [],
    options,
  );
  const halves = await vlanHalves(reader, options);
  const entries = grouped(rows);
  const packetsRead = num(files['packets']);
  const decoded = num(files['decoded']);
  const cut = num(conns['capped']);
  const gaps = num(conns['gaps']);
  const cutShort = num(files['cut_short']);
  return {
    packets_read: packetsRead,
    decoded,
    faulty: packetsRead - decoded,
    recovered: { total: num(files['recovered']), decoded: num(files['recovered_decoded']) },
    cut_by_caps: cut,
    streams_with_gaps: gaps,
    missing_bytes: num(conns['missing']),
    vlan_halves: halves,
    files_cut_short: cutShort,
    complete: packetsRead === decoded && entries.length === 0 && cut + gaps + halves + cutShort === 0,
    entries,
  };
}
