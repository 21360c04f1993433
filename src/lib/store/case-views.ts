/**
 * The views through which a case is read, over the sealed files of its inputs:
 * - schema r: every table as it is stored (halves of addresses, nanoseconds, numbers of MACs) with `input` in front
 * - schema v: the same with Zeek's names and types for people: text addresses and MACs, TIMESTAMP_NS, seconds; packets have the uid of
 *   their connection
 *
 * A file of an earlier engine may lack tables, columns or words: they are NULL or absent in the view, and nothing is rewritten.
 */

import type { Column, Table } from '../model/tables.ts';
import {
  CASE_CONN,
  CASE_HOSTS,
  CASE_PACKETS,
  CASE_TABLES,
  PACKET_UID,
  PACKETS,
  PROCESS_COLUMNS,
  SEEN_IN,
  SEVERITY,
} from '../model/tables.ts';
import { dialect } from './dialect.ts';
import type { PhysicalColumn } from './schema.ts';
import { physicalColumns, quoteName, quoteText, standaloneType } from './schema.ts';
import { inBlocksSql, PRIVATE_BLOCKS, scopeSql } from './scope.ts';

/** Types of the columns of one attached file: table → column → SQL type as DuckDB writes it. */
export type StoredColumns = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A file: of one input, or a copy of several. */
export interface AttachedInput {
  /** Id of the input, the value of the column `input`; of a copy, those of the inputs that are read from it. */
  readonly id: string | readonly string[];
  /** Name under which the file is attached. */
  readonly catalog: string;
  readonly columns: StoredColumns;
}

const squeezed = (type: string): string => type.replaceAll(' ', '').toUpperCase();

/** One column of one file, in the type that the view promises. */
function stored(column: PhysicalColumn, has: string | undefined): string {
  const name = quoteName(column.name);
  const type = standaloneType(column);
  if (has === undefined) return `NULL::${type} AS ${name}`;
  if (squeezed(has) === squeezed(type)) return name;
  // A word that this engine does not know any more becomes NULL rather than an error of the whole view.
  return `TRY_CAST(${column.of.kind === 'enum' ? `${name}::VARCHAR` : name} AS ${type}) AS ${name}`;
}

/** A relation joined to every row of an input: the columns that it adds, and what stands behind FROM. */
interface Joined {
  readonly adds: ReadonlySet<string>;
  from(input: AttachedInput): string;
}

/** Rows of a table in all inputs, as r.<table> has them. */
function rawRows(table: Table, inputs: readonly AttachedInput[], joined?: Joined): string {
  const columns = physicalColumns(table);
  const parts = inputs.flatMap((input) => {
    const { id, catalog, columns: of } = input;
    const has = of.get(table.name);
    if (!has) return [];
    const list = columns.map((column) =>
      joined?.adds.has(column.name) ? quoteName(column.name) : stored(column, has.get(column.name)),
    );
    const from = `FROM ${quoteName(catalog)}.main.${quoteName(table.name)} ${joined?.from(input) ?? ''}`;
    if (typeof id === 'string') return [`SELECT ${quoteText(id)} AS input, ${list.join(', ')} ${from}`];
    return [`SELECT input, ${list.join(', ')} ${from} WHERE input IN (${id.map(quoteText).join(', ')})`];
  });
  const empty = `SELECT NULL::VARCHAR AS input, ${columns.map((column) => stored(column, undefined)).join(', ')} WHERE false`;
  return parts.length > 0 ? parts.join(' UNION ALL BY NAME ') : empty;
}

/** Definition of r.<table>. */
const rawView = (table: Table, inputs: readonly AttachedInput[], joined?: Joined): string =>
  `CREATE OR REPLACE VIEW r.${quoteName(table.name)} AS ${rawRows(table, inputs, joined)}`;

/** One column as people see it. */
function readable({ name, kind }: Column): string {
  const quoted = quoteName(name);
  switch (kind) {
    case 'addr':
      return `${dialect.addrText(name)} AS ${quoted}`;
    case 'mac':
      return `${dialect.macText(quoted)} AS ${quoted}`;
    case 'time':
      return `${dialect.timestamp(quoted)} AS ${quoted}`;
    case 'span':
      return `${dialect.seconds(quoted)} AS ${quoted}`;
    default:
      return quoted;
  }
}

/** Definition of v.<table>: internal keys are left out. */
export function readableView(table: Table, schema = 'v', rows = `r.${quoteName(table.name)}`): string {
  const columns = table.columns.filter((column) => !column.internal).map(readable);
  return `CREATE VIEW ${schema}.${quoteName(table.name)} AS SELECT input, ${columns.join(', ')} FROM ${rows}`;
}

/** Every host of a capture was seen in one. */
const CAPTURED: Joined = {
  adds: new Set([SEEN_IN.name]),
  from: () => `CROSS JOIN (SELECT 'capture' AS ${SEEN_IN.name})`,
};

/**
 * Packets with the uid of their connection, for v.packets alone: who reads r.packets pays for no join. Joined file by file, so that one
 * connection's packets are asked for by its number: milliseconds among millions, where a join of all files' rows takes a tenth of a second.
 */
const CONN_UID: Joined = {
  adds: new Set([PACKET_UID.name]),
  from: ({ id, catalog, columns }) => {
    const conn = columns.get('conn');
    if (!conn?.has('conn_no') || !conn.has('uid')) return `CROSS JOIN (SELECT NULL::VARCHAR AS uid)`;
    const key = typeof id === 'string' ? 'conn_no' : 'input, conn_no';
    return `LEFT JOIN (SELECT ${key}, uid FROM ${quoteName(catalog)}.main.conn) USING (${key})`;
  },
};

/** Both schemas, and every view of r. */
export const rawViews = (inputs: readonly AttachedInput[]): string[] => [
  'CREATE SCHEMA r',
  'CREATE SCHEMA v',
  ...CASE_TABLES.map((table) => rawView(table, inputs, table === CASE_HOSTS ? CAPTURED : undefined)),
];

/** Every view of v. Half a second of processor time: only who is asked for one makes them. */
export const readableViews = (inputs: readonly AttachedInput[]): string[] =>
  CASE_TABLES.map((table) =>
    table === PACKETS
      ? readableView(CASE_PACKETS, 'v', `(${rawRows(CASE_PACKETS, inputs, CONN_UID)})`)
      : readableView(table),
  );

/** Where hosts are kept, while a case is open, that no capture of it has. */
export const KEPT_HOST = 'main.kept_host';

/** Its rows: those of a query for address_hi, address_lo, input, first_seen, last_seen, mac, vendor, names (by spaces), seen_in. */
export const keptHosts = (query: string): string =>
  `CREATE TABLE ${KEPT_HOST} AS SELECT * FROM (${query}) ANTI JOIN (SELECT address_hi, address_lo FROM r.hosts) USING (address_hi, address_lo)`;

const ZERO = ['conns_orig', 'conns_resp', 'sent_bytes', 'received_bytes', 'sent_pkts', 'received_pkts'];

/** r.hosts with the rows of KEPT_HOST. */
const hostsWithKept = (inputs: readonly AttachedInput[], severities: boolean): string =>
  `${hostsWithSeverity(inputs, severities)} UNION ALL BY NAME
    SELECT k.input, k.address_hi, k.address_lo, ${dialect.addrText('k.address')} AS text, k.first_seen, k.last_seen,
      CASE WHEN k.mac IS NOT NULL THEN [k.mac] END AS macs, CASE WHEN k.mac IS NOT NULL THEN [coalesce(k.vendor, '')] END AS vendors,
      nullif(string_split(k.names, ' '), ['']) AS names, ${ZERO.map((name) => `0::UBIGINT AS ${name}`).join(', ')},
      ${scopeSql('k.address')} AS scope, ${inBlocksSql('k.address', PRIVATE_BLOCKS)} AS is_home, k.seen_in${severities ? ', f.severity' : ''}
      FROM ${KEPT_HOST} k${severities ? ` LEFT JOIN ${HOST_SEVERITY} f USING (address_hi, address_lo)` : ''}`;

/** Where the severities of what was found are kept while a case is open: input, conn_no, severity, one row a connection. */
export const CONN_SEVERITY = 'main.conn_severity';
/** The same of hosts: address_hi, address_lo, severity, one row an address, whatever the input. */
export const HOST_SEVERITY = 'main.host_severity';

/** A relation kept with the case: its columns, by which of them it is joined, and which of its rows. */
interface KeptRelation {
  readonly name: string;
  readonly key: string;
  readonly where?: string;
  readonly adds: readonly string[];
}

/**
 * A view of r with relations joined to the rows of all its inputs at once: a join for each input would ask for its memory that many
 * times, and a query over twenty inputs would not have it.
 */
function viewJoined(
  table: Table,
  inputs: readonly AttachedInput[],
  kept: readonly KeptRelation[],
  joined?: Joined,
): string {
  const added = new Set(kept.flatMap(({ adds }) => adds));
  const own: Table = { ...table, columns: table.columns.filter(({ name }) => !added.has(name)) };
  const names = physicalColumns(table).map(({ name }) => quoteName(name));
  const joins = kept.map(
    ({ name, key, adds, where = 'true' }) =>
      `LEFT JOIN (SELECT ${key}, ${adds.join(', ')} FROM ${name} WHERE ${where}) USING (${key})`,
  );
  return `CREATE OR REPLACE VIEW r.${quoteName(table.name)} AS SELECT input, ${names.join(', ')} FROM (${rawRows(own, inputs, joined)}) ${joins.join(' ')}`;
}

const FOUND_HOSTS: KeptRelation = {
  name: HOST_SEVERITY,
  key: 'address_hi, address_lo',
  adds: [SEVERITY.name],
};

const hostsWithSeverity = (inputs: readonly AttachedInput[], severities: boolean): string =>
  viewJoined(CASE_HOSTS, inputs, severities ? [FOUND_HOSTS] : [], CAPTURED);

/** Which relations beside the records stand in their places. */
export interface Kept {
  readonly processes: boolean;
  readonly hosts: boolean;
  readonly severities: boolean;
}

/** The views again, with what is kept with the case: the tables named above must be there. Hosts come last: what is kept may lean on them. */
export function viewsWithKept(
  inputs: readonly AttachedInput[],
  { processes, hosts, severities }: Kept,
): string[] {
  const [only, ...others] = inputs;
  const by =
    only !== undefined && others.length === 0 && typeof only.id === 'string'
      ? { key: 'conn_no', where: `input = ${quoteText(only.id)}` }
      : { key: 'input, conn_no' };
  const ofConn: KeptRelation[] = [
    ...(processes ? [{ name: CONN_PROCESS, ...by, adds: PROCESS_COLUMNS.map(({ name }) => name) }] : []),
    ...(severities ? [{ name: CONN_SEVERITY, ...by, adds: [SEVERITY.name] }] : []),
  ];
  return [
    ...(ofConn.length > 0 ? [viewJoined(CASE_CONN, inputs, ofConn)] : []),
    ...(hosts ? [hostsWithKept(inputs, severities)] : severities ? [hostsWithSeverity(inputs, true)] : []),
  ];
}

/** Where the processes of connections are kept while a case is open: input, conn_no and PROCESS_COLUMNS, one row a connection. */
export const CONN_PROCESS = 'main.conn_process';
