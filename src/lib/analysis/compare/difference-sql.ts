/** A comparison of two sides at one level as one statement. The database does the work: what is the same is counted and never leaves it. */

import type { ChangeKind } from '../../model/api/compare.ts';
import { dialect } from '../../store/dialect.ts';
import { ignoredRows, type Ignore } from './ignore.ts';
import type { Compared, Field, KeyColumn, Level, LevelOptions } from './level.ts';
import { hashedInto, type Part } from './side.ts';
import { every, some, sql, whole, type SqlPiece } from './sql-piece.ts';

export interface DiffOptions extends LevelOptions {
  /** Traffic never is the same twice: bytes have changed where they differ by at least this factor … */
  readonly bytesFactor: number;
  /** … and by at least this many bytes. */
  readonly bytesLeast: number;
  readonly ignore: Ignore;
}

export interface Page {
  readonly show?: Exclude<ChangeKind, 'same'> | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** Of one side: its rows, and which connections carried each key where their bytes are shown. */
export interface SideRows {
  readonly rows: SqlPiece;
  readonly carried: SqlPiece | undefined;
}

export interface Pair {
  readonly a: SideRows;
  readonly b: SideRows;
  /** Addresses that have an ignored name. */
  readonly ignoredHosts: SqlPiece | undefined;
}

/** `change` as the statement has it. */
export const CODES = { added: 1, removed: 2, changed: 3, same: 4 } as const;
export const FACTS = ['n', 'bytes', 'first', 'last'] as const;

const physical = ({ name, kind }: KeyColumn): string[] =>
  kind === 'addr' ? [`${name}_hi`, `${name}_lo`] : [name];
const keysOf = (level: Level): string[] => level.key.flatMap(physical);

/** Text columns of either side: what is compared and what is only shown. */
const textsOf = (level: Level): string[] => [
  ...new Set([...level.fields, ...level.shown].map(({ name }) => name)),
];

const words = (text: string): string => `string_split(${text}, ' ')`;

const DIFFERS: Readonly<Record<Compared, (a: string, b: string) => string>> = {
  exact: (a, b) => `${a} IS DISTINCT FROM ${b}`,
  known: (a, b) => `coalesce(${a} <> ${b}, FALSE)`,
  subset: (a, b) =>
    `coalesce(${a} <> ${b} AND NOT list_has_all(${words(a)}, ${words(b)}) AND NOT list_has_all(${words(b)}, ${words(a)}), FALSE)`,
};

const fieldDiffers = ({ name, compared }: Field): SqlPiece => ({
  sql: DIFFERS[compared](`a_${name}`, `b_${name}`),
  params: [],
});

const bytesDiffer = ({ bytesFactor, bytesLeast }: DiffOptions): SqlPiece => sql`
  coalesce(greatest(a_bytes, b_bytes) >= ${whole(bytesFactor)} * least(a_bytes, b_bytes) AND abs(a_bytes - b_bytes) >= ${whole(bytesLeast)}, FALSE)`;

/** Both sides by key: a_X and b_X for each column, and each shown column as the later side has it. */
const joined = (level: Level, a: SqlPiece, b: SqlPiece, part: Part): SqlPiece => {
  const keys = keysOf(level);
  // Rows of records are of the part already; those of a snapshot are not.
  const ofPart = hashedInto(part, level.parted.join(', '));
  const columns = [
    ...keys.map((key) => `coalesce(a.${key}, b.${key}) AS ${key}`),
    ...level.shown.map(({ name }) => `coalesce(b.${name}, a.${name}) AS ${name}`),
    ...textsOf(level).flatMap((name) => [`a.${name} AS a_${name}`, `b.${name} AS b_${name}`]),
    ...FACTS.flatMap((name) => [`a.${name}::BIGINT AS a_${name}`, `b.${name}::BIGINT AS b_${name}`]),
  ];
  return sql`SELECT ${columns.join(', ')} FROM (SELECT * FROM (${a}) WHERE ${ofPart}) a FULL JOIN (SELECT * FROM (${b}) WHERE ${ofPart}) b ON ${keys.map((key) => `a.${key} = b.${key}`).join(' AND ')}`;
};

/** Rows to be folded have no change yet, only a code of their own. */
const FOLDED = 0;

const changeOf = (level: Level, options: DiffOptions): SqlPiece => {
  const differs = some([...level.fields.map(fieldDiffers), ...(level.bytes ? [bytesDiffer(options)] : [])]);
  return sql`CASE WHEN a_n IS NULL THEN ${CODES.added} WHEN b_n IS NULL THEN ${CODES.removed} WHEN ${differs} THEN ${CODES.changed} ELSE ${CODES.same} END`;
};

/**
 * What is the same collapses into one row as it streams by, so that memory grows with what changed alone; rows that two ends agreed on
 * collapse into one a pair of ends, its column 0.
 */
const collapsed = (level: Level, coded: SqlPiece, same: 'collapsed' | 'listed'): SqlPiece => {
  const whenSame = same === 'listed' ? '' : `WHEN code = ${CODES.same} THEN NULL`;
  const keys = keysOf(level).map((key) => {
    const whenFolded = key === level.folded?.column ? `WHEN code = ${FOLDED} THEN 0` : '';
    const cases = `${whenSame} ${whenFolded}`.trim();
    return cases === '' ? key : `CASE ${cases} ELSE ${key} END AS ${key}`;
  });
  const one = level.folded ? 'max' : 'any_value';
  const columns = [
    'code',
    ...keys,
    'count(*) AS keys',
    ...[
      ...level.shown.map(({ name }) => name),
      ...textsOf(level).flatMap((name) => [`a_${name}`, `b_${name}`]),
    ].map((name) => `${one}(${name}) AS ${name}`),
    ...['a', 'b'].flatMap((side) => [
      `sum(${side}_n)::BIGINT AS ${side}_n`,
      `sum(${side}_bytes)::BIGINT AS ${side}_bytes`,
      `min(${side}_first) AS ${side}_first`,
      `max(${side}_last) AS ${side}_last`,
    ]),
  ];
  return sql`SELECT ${columns.join(', ')} FROM (${coded}) GROUP BY ${keys.map((_key, at) => at + 2).join(', ')}, code`;
};

const WHOLE: Part = { number: 0, of: 1 };

/**
 * CTE `d`: every changed key once, with `change` as a code, and all that is the same as one row; `keys` is how many it stands for.
 * Where `same` is listed, a row for each key that is the same too.
 */
export function differenceCte(
  level: Level,
  { a, b, ignoredHosts }: Pair,
  options: DiffOptions,
  part: Part = WHOLE,
  same: 'collapsed' | 'listed' = 'collapsed',
): SqlPiece {
  const change = changeOf(level, options);
  const code = level.folded
    ? sql`CASE WHEN ${level.folded.when(options)} THEN ${FOLDED} ELSE ${change} END`
    : change;
  const kept = every(level.kept ? [level.kept(options)] : []);
  const coded = sql`
    SELECT *, ${code} AS code FROM (${joined(level, a.rows, b.rows, part)}) WHERE ${kept} AND NOT ${ignoredRows(options.ignore, level, ignoredHosts)}`;
  return sql`
    d AS MATERIALIZED (SELECT * EXCLUDE (code, keys), CASE WHEN code = ${FOLDED} THEN ${change} ELSE code END AS change,
      CASE WHEN code = ${FOLDED} THEN 1 ELSE keys END AS keys FROM (${collapsed(level, coded, same)}))`;
}

/** CTEs `a_carriers` and `b_carriers`: the bytes of the connections that carried each key of `from`. */
const carriersCte = (level: Level, { a, b }: Pair, from: string): SqlPiece[] => {
  const keys = keysOf(level).join(', ');
  return (
    [
      ['a', a.carried],
      ['b', b.carried],
    ] as const
  ).flatMap(([side, carried]) =>
    carried
      ? [
          sql`${side}_carriers AS (SELECT ${keys}, sum(bytes)::BIGINT AS bytes FROM (SELECT DISTINCT ${keys}, input, uid FROM (${carried}) SEMI JOIN ${from} USING (${keys}))
            JOIN (SELECT input, uid, orig_ip_bytes + resp_ip_bytes AS bytes FROM r.conn) USING (input, uid) GROUP BY ALL)`,
        ]
      : [],
  );
};

const isCarried = ({ a, b }: Pair): boolean => a.carried !== undefined && b.carried !== undefined;

/** Joins what `carriersCte` made to `from`. */
const withCarriers = (level: Level, pair: Pair, from: string): string =>
  isCarried(pair)
    ? ['a', 'b']
        .map(
          (side) =>
            ` LEFT JOIN ${side}_carriers ON ${keysOf(level)
              .map((key) => `${side}_carriers.${key} = ${from}.${key}`)
              .join(' AND ')}`,
        )
        .join('')
    : '';

const selected = (level: Level, pair: Pair, from: string): string => {
  const fact = (side: string, name: string): string =>
    name === 'bytes' && isCarried(pair)
      ? `CASE WHEN ${from}.${side}_n IS NOT NULL THEN coalesce(${side}_carriers.bytes, 0) END AS ${side}_bytes`
      : `${from}.${side}_${name}`;
  const rendered = (name: string): ((column: string) => string) =>
    level.fields.find((field) => field.name === name)?.text ?? ((column) => column);
  return [
    ...level.key.map(({ name, kind }) =>
      kind === 'addr' ? `${dialect.addrText(`${from}.${name}`)} AS ${name}` : `${from}.${name}`,
    ),
    ...level.shown.map(({ name }) => `${rendered(name)(`${from}.${name}`)} AS ${name}`),
    ...['a', 'b'].flatMap((side) => [
      ...textsOf(level).map((name) => `${rendered(name)(`${from}.${side}_${name}`)} AS ${side}_${name}`),
      ...FACTS.map((name) => fact(side, name)),
    ]),
  ].join(', ');
};

/** More CTEs behind others. */
const listed = (ctes: readonly SqlPiece[]): SqlPiece => ({
  sql: ctes.map((cte) => `, ${cte.sql}`).join(''),
  params: ctes.flatMap(({ params }) => params),
});

const wanted = (show: Page['show']): string =>
  show === undefined ? `change < ${CODES.same}` : `change = ${CODES[show]}`;

/**
 * One row a changed key of the page (`change`, key columns as text, shown columns, a_X, b_X), beside the tally of its kind (`tallied`,
 * `of_change`); a kind without rows on the page has its tally alone.
 */
export function pageSql(
  level: Level,
  pair: Pair,
  options: DiffOptions,
  { show, offset, limit }: Page,
  part: Part,
): SqlPiece {
  const keys = keysOf(level);
  // Where counts alone are asked for, nobody is shown the bytes of a row.
  const shown = limit === 0 ? { ...pair, a: { ...pair.a, carried: undefined } } : pair;
  return sql`
    WITH ${differenceCte(level, pair, options, part)},
    tally AS (SELECT change AS tallied, sum(keys)::BIGINT AS of_change FROM d GROUP BY change),
    page AS (SELECT * FROM d WHERE ${wanted(show)} ORDER BY change, ${keys.join(', ')} LIMIT ${whole(limit)} OFFSET ${whole(offset)})${listed(carriersCte(level, shown, 'page'))}
    SELECT tallied, of_change, page.change, ${selected(level, shown, 'page')}
    FROM tally LEFT JOIN page ON tallied = page.change${withCarriers(level, shown, 'page')} ORDER BY tallied, ${keys.map((key) => `page.${key}`).join(', ')}`;
}

/** Every row that changed, in the same order inside its part. */
export const rowsSql = (
  level: Level,
  pair: Pair,
  options: DiffOptions,
  part: Part,
  show?: Page['show'],
): SqlPiece => sql`
  WITH ${differenceCte(level, pair, options, part)},
  listed AS (SELECT * FROM d WHERE ${wanted(show)})${listed(carriersCte(level, pair, 'listed'))}
  SELECT d.change, ${selected(level, pair, 'd')} FROM listed d${withCarriers(level, pair, 'd')} ORDER BY d.change, ${keysOf(
    level,
  )
    .map((key) => `d.${key}`)
    .join(', ')}`;
