/**
 * What changed at one level from one side to the other. diff(A, A) is empty; diff(B, A) is diff(A, B) seen from the other side.
 */

import type { Difference, DifferenceRow, LevelCounts, LevelName } from '../../model/api/compare.ts';
import { big, num, type Query, type QueryRow } from '../query.ts';
import { CODES, pageSql, rowsSql, type DiffOptions, type Page } from './difference-sql.ts';
import { NOTHING_IGNORED } from './ignore.ts';
import type { Level } from './level.ts';
import type { Side } from './side.ts';
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

const rowsOf = (level: Level, side: Side): SqlPiece => {
  if (side.kind === 'records') return level.ofRecords(side);
  if (!level.ofSnapshot) throw new Error(`${level.name} is not read from snapshots.`);
  return level.ofSnapshot(side);
};

export const headOf = (level: Level): Omit<Difference, 'unknown' | 'counts' | 'rows'> => ({
  level: level.name as LevelName,
  title: level.title,
  doc: level.doc,
  counted: level.counted,
  keys: level.key.map(({ name, title, kind }) => ({ name, title, kind })),
  shown: level.shown.map(({ name, title }) => ({ name, title })),
  bytes: level.bytes,
});

/** The counts of a level and one page of its rows: added first, then removed, then changed; each by its key. */
export async function differenceAt(
  query: Query,
  level: Level,
  a: Side,
  b: Side,
  given: Partial<DiffOptions>,
  page: Page,
): Promise<Difference> {
  const counts: LevelCounts = { added: 0, removed: 0, changed: 0, same: 0 };
  const unknown = unknownAt(level, a) ?? unknownAt(level, b);
  if (unknown !== null) return { ...headOf(level), unknown, counts, rows: [] };
  const options = { ...DIFF_DEFAULTS, ...given };
  const { sql, params } = pageSql(level, rowsOf(level, a), rowsOf(level, b), options, page);
  const found = await query(sql, params);
  for (const row of found) counts[kindOf(row['tallied'])] = num(row['of_change']);
  const changed = found.filter((row) => row['change'] !== null && row['change'] !== undefined);
  return { ...headOf(level), unknown: null, counts, rows: changed.map((row) => rowOf(level, row, options)) };
}

/** Lots of rows of a statement that may answer any number of them. */
export type QueryStream = (sql: string, params: SqlPiece['params']) => AsyncIterable<readonly QueryRow[]>;

/** Every changed row of a level, in the order of the pages, some at a time: memory does not grow with their number. */
export async function* differencesAt(
  stream: QueryStream,
  level: Level,
  a: Side,
  b: Side,
  given: Partial<DiffOptions> = {},
  show?: Page['show'],
): AsyncGenerator<DifferenceRow[]> {
  if (unknownAt(level, a) ?? unknownAt(level, b)) return;
  const options = { ...DIFF_DEFAULTS, ...given };
  const { sql, params } = rowsSql(level, rowsOf(level, a), rowsOf(level, b), options, show);
  for await (const rows of stream(sql, params)) yield rows.map((row) => rowOf(level, row, options));
}

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
