/** Two sides as one graph: hosts and pairs that speak, each with what it was before and is after. */

import type { GraphDifference } from '../../model/api/compare.ts';
import { dialect } from '../../store/dialect.ts';
import { num, text, texts, type Query, type QueryRow } from '../query.ts';
import { DIFF_DEFAULTS, type DiffOptions, pairOf } from './difference.ts';
import { CODES, differenceCte } from './difference-sql.ts';
import { CONNECTIONS_LEVEL } from './levels/connections.ts';
import { recordsOf, type Side } from './side.ts';
import { sql, some, whole, type SqlPiece } from './sql-piece.ts';

export interface GraphOptions extends Partial<DiffOptions> {
  /** Pairs at most: what changed first, the heaviest first. */
  readonly limit: number;
}

const FORWARD = '(orig_hi, orig_lo) <= (resp_hi, resp_lo)';
const end = (first: 'orig' | 'resp', half: 'hi' | 'lo'): string => {
  const other = first === 'orig' ? 'resp' : 'orig';
  return `CASE WHEN ${FORWARD} THEN ${first}_${half} ELSE ${other}_${half} END`;
};

const KIND = `CASE WHEN a_conns IS NULL THEN 'added' WHEN b_conns IS NULL THEN 'removed' WHEN changed THEN 'changed' ELSE 'same' END`;
const SUMS = `sum(a_conns)::BIGINT AS a_conns, sum(b_conns)::BIGINT AS b_conns, sum(a_bytes)::BIGINT AS a_bytes, sum(b_bytes)::BIGINT AS b_bytes`;

/** Names that were seen of a host on either side; a snapshot has none. */
const names = (sides: readonly Side[]): SqlPiece => {
  const records = sides.filter((side) => side.kind === 'records');
  return sql`SELECT address_hi AS hi, address_lo AS lo, any_value(names[1]) AS name FROM r.hosts
    WHERE len(names) > 0 AND ${some(records.map(({ inputs }) => recordsOf({ kind: 'records', inputs })))} GROUP BY 1, 2`;
};

const sideOf = (row: QueryRow, side: 'a' | 'b'): GraphDifference['edges'][number]['a'] => {
  const conns = row[`${side}_conns`];
  return conns === null || conns === undefined
    ? null
    : { conns: num(conns), bytes: num(row[`${side}_bytes`]) };
};
const kindOf = (row: QueryRow): GraphDifference['edges'][number]['change'] =>
  text(row['kind']) as GraphDifference['edges'][number]['change'];

/** The pairs of both sides, what changed first, and the hosts at their ends. */
export async function graphDifference(
  query: Query,
  a: Side,
  b: Side,
  { limit, ...given }: GraphOptions,
): Promise<GraphDifference> {
  const level = CONNECTIONS_LEVEL;
  const options = { ...DIFF_DEFAULTS, ...given };
  const ctes = sql`${differenceCte(level, pairOf(level, a, b, options), options, undefined, 'listed')},
    pair AS MATERIALIZED (SELECT *, ${KIND} AS kind FROM (
      SELECT ${end('orig', 'hi')} AS x_hi, ${end('orig', 'lo')} AS x_lo, ${end('resp', 'hi')} AS y_hi, ${end('resp', 'lo')} AS y_lo,
        sum(a_n)::BIGINT AS a_conns, sum(b_n)::BIGINT AS b_conns, sum(a_bytes)::BIGINT AS a_bytes, sum(b_bytes)::BIGINT AS b_bytes,
        bool_or(change < ${CODES.same}) AS changed,
        list_sort(list(DISTINCT concat(proto, '/', port)) FILTER (change = ${CODES.added}))[:8] AS added,
        list_sort(list(DISTINCT concat(proto, '/', port)) FILTER (change = ${CODES.removed}))[:8] AS removed
      FROM d GROUP BY 1, 2, 3, 4)),
    shown AS (SELECT * FROM pair ORDER BY kind = 'same', coalesce(a_bytes, 0) + coalesce(b_bytes, 0) DESC, x_hi, x_lo, y_hi, y_lo LIMIT ${whole(limit)}),
    host AS (SELECT *, ${KIND} AS kind, count(*) OVER () AS hosts FROM (
      SELECT hi, lo, ${SUMS}, FALSE AS changed FROM (
        SELECT x_hi AS hi, x_lo AS lo, * FROM pair UNION ALL SELECT y_hi, y_lo, * FROM pair WHERE (x_hi, x_lo) <> (y_hi, y_lo)) GROUP BY hi, lo))`;
  const ask = (select: SqlPiece): ReturnType<Query> => {
    const { sql: statement, params } = sql`WITH ${ctes} ${select}`;
    return query(statement, params);
  };
  const edges = await ask(
    sql`SELECT ${dialect.addrText('x')} AS x, ${dialect.addrText('y')} AS y, kind, a_conns, b_conns, a_bytes, b_bytes, added, removed, (SELECT count(*) FROM pair) AS pairs
      FROM shown ORDER BY kind = 'same', coalesce(a_bytes, 0) + coalesce(b_bytes, 0) DESC, x_hi, x_lo, y_hi, y_lo`,
  );
  const nodes = await ask(
    sql`SELECT ${dialect.addrText('h.address')} AS address, kind, a_conns, b_conns, a_bytes, b_bytes, name, hosts
      FROM (SELECT hi AS address_hi, lo AS address_lo, * FROM host SEMI JOIN (SELECT x_hi AS hi, x_lo AS lo FROM shown UNION SELECT y_hi, y_lo FROM shown) USING (hi, lo)) h
      LEFT JOIN (${names([a, b])}) USING (hi, lo) ORDER BY hi, lo`,
  );
  return {
    nodes: nodes.map((row) => ({
      id: text(row['address']),
      label: typeof row['name'] === 'string' ? row['name'] : text(row['address']),
      change: kindOf(row),
      a: sideOf(row, 'a'),
      b: sideOf(row, 'b'),
    })),
    edges: edges.map((row) => ({
      source: text(row['x']),
      target: text(row['y']),
      change: kindOf(row),
      a: sideOf(row, 'a'),
      b: sideOf(row, 'b'),
      added: texts(row['added']),
      removed: texts(row['removed']),
    })),
    of_nodes: num(nodes[0]?.['hosts']),
    of_edges: num(edges[0]?.['pairs']),
  };
}
