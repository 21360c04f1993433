/** Columns of model/tables.ts as a query selects them, as JSON carries them and as a chooser lists them. */

import type { Cell } from '../model/api/common.ts';
import type { ColumnFacts } from '../model/api/tables.ts';
import type { Column, Table } from '../model/tables.ts';
import { addressText, macText } from '../model/address.ts';
import { big, cellOf, listOf, numbersOf, seconds, type Value } from './reading.ts';
import { Refusal } from './refusal.ts';

/** The input that a row belongs to: first in every table of a case. */
export const INPUT_COLUMN: Column = {
  name: 'input',
  kind: 'text',
  doc: 'the input that the row belongs to',
  nullable: false,
};

/** Shown at first; of other tables the leading columns are. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  conn: [
    'ts',
    'id_orig_h',
    'id_orig_p',
    'id_resp_h',
    'id_resp_p',
    'proto',
    'service',
    'severity',
    'duration',
    'orig_bytes',
    'resp_bytes',
    'conn_state',
    'history',
    'orig_pkts',
    'resp_pkts',
  ],
  hosts: [
    'address',
    'severity',
    'names',
    'macs',
    'vendors',
    'country',
    'as_name',
    'is_home',
    'first_seen',
    'last_seen',
    'conns_orig',
    'conns_resp',
    'sent_bytes',
    'received_bytes',
  ],
};
const FRAME_COLUMNS = new Set(['input', 'uid', 'file', 'first_frame', 'capture_file', 'capture_frame']);
const SHOWN_AT_MOST = 12;

/** What people see of a table: `input`, then every column that is not internal. `text` of hosts is its address again. */
export const visibleColumns = (table: Table): Column[] => [
  INPUT_COLUMN,
  ...table.columns.filter(
    (column) => column.internal !== true && !(table.name === 'hosts' && column.name === 'text'),
  ),
];

export const isSummed = (column: Column): boolean =>
  (column.unit === 'bytes' || column.unit === 'packets') &&
  ['u32', 'u64'].includes(column.kind) &&
  column.name !== 'snaplen' &&
  column.name !== 'offset';

export function columnFacts(table: Table): ColumnFacts[] {
  const columns = visibleColumns(table);
  const shown = new Set(
    SHOWN[table.name] ??
      columns
        .filter(({ name }) => !FRAME_COLUMNS.has(name))
        .slice(0, SHOWN_AT_MOST)
        .map(({ name }) => name),
  );
  return columns.map((column) => ({
    name: column.name,
    kind: column.kind,
    doc: column.doc,
    unit: column.unit === 'ns' ? 's' : (column.unit ?? null),
    values: column.values ? [...column.values] : null,
    ecs: column.ecs ?? null,
    eve: column.eve ?? null,
    summed: isSummed(column),
    shown: shown.has(column.name),
  }));
}

/** The columns that a query names, in its order; all of them where it names none. */
export function chosenColumns(table: Table, names: string | undefined): Column[] {
  const columns = visibleColumns(table);
  if (names === undefined) return columns;
  return [...new Set(names.split(',').filter((name) => name !== ''))].map((name) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) throw new Refusal('bad_request', `Table ${table.name} has no column ${name}.`);
    return column;
  });
}

const quoted = (name: string): string => `"${name}"`;

/** What stands in the SELECT list: an address takes two places. */
export const selected = ({ name, kind }: Column): string[] =>
  kind === 'addr' ? [quoted(`${name}_hi`), quoted(`${name}_lo`)] : [quoted(name)];

/** ORDER BY terms: addresses in the order of their numbers. */
export const ordered = (column: Column, desc: boolean): string =>
  selected(column)
    .map((term) => `${term} ${desc ? 'DESC' : 'ASC'} NULLS LAST`)
    .join(', ');

function cellFrom({ kind }: Column, row: readonly Value[], at: number): Cell {
  const value = row[at];
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'addr':
      return addressText({ hi: big(value), lo: big(row[at + 1]) });
    case 'mac':
      return macText(big(value));
    case 'time':
      return seconds(value);
    case 'span':
      return Number(value) / 1e9;
    case 'u16[]':
      return numbersOf(value);
    case 'text[]':
      return listOf(value);
    case 'bool':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
    case 'f64':
    case 'enum':
    case 'text':
      return cellOf(value);
  }
}

/** Turns rows of the SELECT list of these columns into cells. */
export function rowMaker(columns: readonly Column[]): (row: readonly Value[]) => Cell[] {
  const places: number[] = [];
  let at = 0;
  for (const column of columns) {
    places.push(at);
    at += column.kind === 'addr' ? 2 : 1;
  }
  return (row) => columns.map((column, index) => cellFrom(column, row, places[index] ?? 0));
}
