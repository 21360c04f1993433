/**
 * What changed at one level from one side to the other. diff(A, A) is empty; diff(B, A) is diff(A, B) seen from the other side.
 */

import type { Difference, DifferenceRow, LevelCounts, LevelName } from '../../model/api/compare.ts';
import { parseAddress } from '../../model/address.ts';
import { big, num, type Query, type QueryRow } from '../query.ts';
import {
  CODES,
  pageSql,
  rowsSql,
  type DiffOptions,
  type Page,
  type Pair,
  type SideRows,
} from './difference-sql.ts';
import { ignoredHosts, ignoredRecords, NOTHING_IGNORED } from './ignore.ts';
import type { Level } from './level.ts';
import { type Part, recordsOf, type Side } from './side.ts';
import type { SqlPiece } from './sql-piece.ts';

export type { DiffOptions, Page } from './difference-sql.ts';

export const DIFF_DEFAULTS: DiffOptions = {
  ephemeralFrom: 32_768,
  bytesFactor: 10,
  bytesLeast: 100_000,
  ignore: NOTHING_IGNORED,
};

/** Why a side cannot be compared at a level; null where it can. */
const unknownAt = (level: Level, side: Side): string | null =>
  side.kind === 'records' || level.ofSnapshot
    ? null
    : `A snapshot of sockets does not hold ${level.title.toLowerCase()}.`;

export const rowsOf = (level: Level, side: Side, part?: Part): SqlPiece => {
  if (side.kind === 'records') return level.ofRecords(part ? { ...side, part } : side);
  if (!level.ofSnapshot) throw new Error(`${level.name} is not read from snapshots.`);
  return level.ofSnapshot(side);
};

/** Both sides of a level as statements, without what is ignored. */
export function pairOf(level: Level, a: Side, b: Side, { ignore }: DiffOptions, part?: Part): Pair {
  const inputs = [a, b].flatMap((side) => (side.kind === 'records' ? side.inputs : []));
  const hosts = ignoredHosts(ignore, [...new Set(inputs)]);
  const leftOut = ignoredRecords(ignore, hosts);
  const of = (given: Side): SideRows => {
    const side = given.kind === 'records' && leftOut ? { ...given, leftOut } : given;
    return {
      rows: rowsOf(level, side, part),
      carried: side.kind === 'records' ? level.carriedBy?.(side) : undefined,
    };
  };
  return { a: of(a), b: of(b), ignoredHosts: hosts };
}

export const headOf = (level: Level): Omit<Difference, 'unknown' | 'counts' | 'rows'> => ({
  level: level.name as LevelName,
  title: level.title,
  doc: level.doc,
  counted: level.counted,
  keys: level.key.map(({ name, title, kind }) => ({ name, title, kind })),
  shown: level.shown.map(({ name, title }) => ({ name, title })),
  bytes: level.bytes || level.carriedBy !== undefined,
});

/** The counts of a level and one page of its rows: added first, then removed, then changed; each by its key. */
export async function differenceAt(
  query: Query,
  level: Level,
  a: Side,
  b: Side,
  given: Partial<DiffOptions>,
  page: Page,
  parts = 1,
): Promise<Difference> {
  const counts: LevelCounts = { added: 0, removed: 0, changed: 0, same: 0 };
  const unknown = unknownAt(level, a) ?? unknownAt(level, b);
  if (unknown !== null) return { ...headOf(level), unknown, counts, rows: [] };
  const options = { ...DIFF_DEFAULTS, ...given };
  // The page may lie in any part: each gives its first rows up to the page's end.
  const wanted = parts === 1 ? page : { ...page, offset: 0, limit: page.offset + page.limit };
  const rows: DifferenceRow[] = [];
  for (let number = 0; number < parts; number++) {
    const part = { number, of: parts };
    const pair = pairOf(level, a, b, options, part);
    const { sql, params } = pageSql(level, pair, options, wanted, part);
    const found = await query(sql, params);
    const tallies = new Map(found.map((row) => [kindOf(row['tallied']), num(row['of_change'])]));
    for (const [kind, n] of tallies) counts[kind] += n;
    const changed = found.filter((row) => row['change'] !== null && row['change'] !== undefined);
    rows.push(...changed.map((row) => rowOf(level, row, options)));
  }
  if (parts > 1) {
    rows.sort(byChangeAndKey(level));
    rows.splice(0, page.offset);
    rows.splice(page.limit);
  }
  return { ...headOf(level), unknown: null, counts, rows };
}

/** Lots of rows of a statement that may answer any number of them. */
export type QueryStream = (sql: string, params: SqlPiece['params']) => AsyncIterable<readonly QueryRow[]>;

/** Every changed row of a level, in the order of the pages in each part, some at a time: memory does not grow with their number. */
export async function* differencesAt(
  stream: QueryStream,
  level: Level,
  a: Side,
  b: Side,
  given: Partial<DiffOptions> = {},
  parts = 1,
): AsyncGenerator<DifferenceRow[]> {
  if (unknownAt(level, a) ?? unknownAt(level, b)) return;
  const options = { ...DIFF_DEFAULTS, ...given };
  for (let number = 0; number < parts; number++) {
    const part = { number, of: parts };
    const pair = pairOf(level, a, b, options, part);
    const { sql, params } = rowsSql(level, pair, options, part);
    for await (const rows of stream(sql, params)) yield rows.map((row) => rowOf(level, row, options));
  }
}

/** Rows of both sides that one part may have: with them, 512 MiB are enough for every level. */
const ROWS_OF_A_PART = 3_000_000;

/** In how many parts two sides are compared at a level. */
export async function partsOf(query: Query, { tables }: Level, ...sides: readonly Side[]): Promise<number> {
  let rows = 0;
  for (const side of sides) {
    if (side.kind === 'snapshot') continue;
    // Of a window, too, as many as the whole inputs have: `hosts` has no time, and an estimate is enough.
    const { sql: where, params } = recordsOf({ kind: 'records', inputs: side.inputs });
    for (const table of tables) {
      const [found] = await query(`SELECT count(*) AS n FROM r.${table} WHERE ${where}`, params);
      rows += num(found?.['n']);
    }
  }
  return Math.max(1, Math.ceil(rows / ROWS_OF_A_PART));
}

const addressNumber = (cell: DifferenceRow['key'][number] | undefined): bigint => {
  const halves = parseAddress(String(cell));
  return halves ? (halves.hi << 64n) | halves.lo : 0n;
};

/** The order of the statements. */
const byChangeAndKey =
  (level: Level) =>
  (x: DifferenceRow, y: DifferenceRow): number => {
    if (x.change !== y.change) return CODES[x.change] - CODES[y.change];
    for (const [at, { kind }] of level.key.entries()) {
      const of = (row: DifferenceRow): bigint | number | string =>
        kind === 'addr' ? addressNumber(row.key[at]) : (row.key[at] ?? '');
      const [p, q] = [of(x), of(y)];
      if (p !== q) return p < q ? -1 : 1;
    }
    return 0;
  };

type Kind = keyof LevelCounts;

const kindOf = (code: unknown): Kind => {
  const found = (Object.keys(CODES) as Kind[]).find((kind) => CODES[kind] === num(code));
  if (!found) throw new Error(`No kind of change has the code ${String(code)}.`);
  return found;
};

const textOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);
const secondsOrNull = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(big(value) / 1000n) / 1e6;

function factsOf(row: QueryRow, side: 'a' | 'b'): DifferenceRow['a'] {
  const n = row[`${side}_n`];
  if (n === null || n === undefined) return null;
  const bytes = row[`${side}_bytes`];
  return {
    n: num(n),
    bytes: bytes === null || bytes === undefined ? null : num(bytes),
    first: secondsOrNull(row[`${side}_first`]),
    last: secondsOrNull(row[`${side}_last`]),
  };
}

function rowOf(level: Level, row: QueryRow, options: DiffOptions): DifferenceRow {
  const kind = kindOf(row['change']);
  if (kind === 'same') throw new Error('What is the same is not listed.');
  const a = factsOf(row, 'a');
  const b = factsOf(row, 'b');
  return {
    change: kind,
    key: level.key.map(({ name, kind: of }) => (of === 'port' ? num(row[name]) : textOrNull(row[name]))),
    shown: level.shown.map(({ name }) => textOrNull(row[name])),
    changes: kind === 'changed' ? changesOf(level, row, options) : [],
    a,
    b,
  };
}

/** The same rules as the statement's, for the fields of one row. */
function changesOf(
  level: Level,
  row: QueryRow,
  { bytesFactor, bytesLeast }: DiffOptions,
): DifferenceRow['changes'] {
  const changes: DifferenceRow['changes'] = [];
  for (const { name, title, compared } of level.fields) {
    const [before, after] = [textOrNull(row[`a_${name}`]), textOrNull(row[`b_${name}`])];
    if (before === after) continue;
    if (compared !== 'exact' && (before === null || after === null)) continue;
    if (compared === 'subset' && before !== null && after !== null && oneHoldsOther(before, after)) continue;
    changes.push({ field: title, before, after });
  }
  const [before, after] = [row['a_bytes'], row['b_bytes']];
  if (level.bytes && before !== null && after !== null) {
    const [low, high] = [num(before), num(after)].sort((x, y) => x - y) as [number, number];
    if (high >= bytesFactor * low && high - low >= bytesLeast)
      changes.push({ field: 'bytes', before: num(before), after: num(after) });
  }
  return changes;
}

const oneHoldsOther = (before: string, after: string): boolean => {
  const [a, b] = [new Set(before.split(' ')), new Set(after.split(' '))];
  return [...a].every((word) => b.has(word)) || [...b].every((word) => a.has(word));
};
