import type { Cell } from '../../model/api/common.ts';
import type { TableFacts } from '../../model/api/tables.ts';
import { count } from '../format/numbers.ts';
import { duration, timestamp, type Zone } from '../format/time.ts';

export type ColumnFacts = TableFacts['columns'][number];

const NUMBERS = new Set(['u8', 'u16', 'u32', 'u64', 'f64', 'span']);

/** Numbers stand to the right; ports, codes and the like are names and stay left. */
export const isNumeric = (column: ColumnFacts): boolean =>
  NUMBERS.has(column.kind) &&
  !/(_p|_frame|flags|^n|^file|ip_proto|^asn|port|^op|^severity)$/.test(column.name);

const MONO = new Set(['addr', 'mac']);
export const isMono = (column: ColumnFacts): boolean =>
  MONO.has(column.kind) || /^(uid|history|community_id|sha256|continued_from)$/.test(column.name);

/** A cell as the table shows it. Absent values are '' and drawn as a dash. */
export function cellText(column: ColumnFacts, value: Cell | undefined, zone: Zone): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (column.kind === 'time') return timestamp(value, zone);
  if (column.kind === 'span') return duration(Number(value));
  if (typeof value === 'number' && isNumeric(column))
    return column.kind === 'f64' ? String(value) : count(value);
  return String(value);
}

const WIDTHS: Readonly<Record<string, number>> = {
  bool: 64,
  u8: 72,
  u16: 76,
  u32: 96,
  u64: 132,
  f64: 96,
  time: 208,
  span: 96,
  addr: 168,
  mac: 148,
  enum: 84,
  text: 150,
  'u16[]': 90,
  'text[]': 180,
};

const NAMED: Readonly<Record<string, number>> = {
  info: 320,
  severity: 134,
  payload: 420,
  tcp_flags: 84,
  uid: 178,
  community_id: 260,
  conn_state: 88,
  proto: 70,
  sha256: 240,
  msg: 300,
  history: 120,
  service: 100,
};

/** Width of a column, pixels. The head must fit too. */
export const columnWidth = (column: ColumnFacts): number =>
  Math.max(NAMED[column.name] ?? WIDTHS[column.kind] ?? 120, 34 + 7.2 * column.name.length);

/** The columns to show: those asked for that exist, else the table's own. */
export function shownColumns(facts: TableFacts, wanted: readonly string[] | null): ColumnFacts[] {
  const byName = new Map(facts.columns.map((column) => [column.name, column]));
  const found = (wanted ?? []).map((name) => byName.get(name)).filter((column) => column !== undefined);
  if (found.length > 0) return found;
  const own = facts.columns.filter((column) => column.shown);
  return own.length > 0 ? own : [...facts.columns];
}
