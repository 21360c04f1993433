/** Hosts, and who speaks to whom: the heaviest pairs, and how many there are in all. */

import type { Graph } from '../../model/api/graph.ts';
import { dialect } from '../../store/dialect.ts';
import { list, num, text, texts, type Condition, type Query } from '../query.ts';

export interface GraphOptions {
  /** Over the raw columns of r.conn; absent for all connections. */
  readonly where?: Condition;
  /** Pairs at most, the heaviest first. */
  readonly limit: number;
  /** Of the gravest finding of an address. */
  readonly severityOf?: (address: string) => number | null;
  /** Where the analyst has said which networks are inside. */
  readonly isHome?: (address: string) => boolean;
}

/** Services, processes and ports named on one edge. */
const NAMED = 8;

const FORWARD = '(id_orig_h_hi, id_orig_h_lo) <= (id_resp_h_hi, id_resp_h_lo)';
const end = (one: 'orig' | 'resp', half: 'hi' | 'lo'): string => {
  const other = one === 'orig' ? 'resp' : 'orig';
  return `CASE WHEN ${FORWARD} THEN id_${one}_h_${half} ELSE id_${other}_h_${half} END`;
};

/** Each pair of addresses once, whoever began; the heaviest of them. */
const PAIR = `${end('orig', 'hi')} AS a_hi, ${end('orig', 'lo')} AS a_lo, ${end('resp', 'hi')} AS b_hi, ${end('resp', 'lo')} AS b_lo`;
const pairs = (where: string): string => `
  pair AS MATERIALIZED (
    SELECT ${PAIR}, count(*) AS conns, sum(orig_pkts + resp_pkts) AS packets, sum(orig_frame_bytes + resp_frame_bytes) AS bytes
    FROM r.conn WHERE ${where} GROUP BY 1, 2, 3, 4),
  shown AS MATERIALIZED (SELECT *, count(*) OVER () AS of_edges FROM pair ORDER BY bytes DESC, a_hi, a_lo, b_hi, b_lo LIMIT ?::BIGINT)`;
/** Ends of pairs, each once. */
const HOST = `
  host AS (
    SELECT hi, lo, sum(conns) AS conns, sum(bytes) AS bytes FROM (
      SELECT a_hi AS hi, a_lo AS lo, conns, bytes FROM pair UNION ALL SELECT b_hi, b_lo, conns, bytes FROM pair WHERE (a_hi, a_lo) <> (b_hi, b_lo))
    GROUP BY hi, lo)`;

export const graphOf = async (
  query: Query,
  { where = { sql: 'TRUE', params: [] }, limit, severityOf, isHome }: GraphOptions,
): Promise<Graph> => {
  // What was spoken is looked up for the pairs that are shown alone: lists of distinct values of every pair cost ten times the rest.
  const rows = await query(
    `WITH ${pairs(where.sql)},
     spoken AS (
       SELECT a_hi, a_lo, b_hi, b_lo,
         list_sort(list(DISTINCT service) FILTER (service IS NOT NULL))[:${NAMED}] AS services,
         list_sort(list(DISTINCT process) FILTER (process IS NOT NULL))[:${NAMED}] AS processes,
         list_sort(list(DISTINCT id_resp_p) FILTER (proto IN ('tcp', 'udp', 'sctp')))[:${NAMED}] AS ports
       FROM (SELECT ${PAIR}, service, process, id_resp_p, proto FROM r.conn WHERE ${where.sql}) c
         SEMI JOIN shown USING (a_hi, a_lo, b_hi, b_lo) GROUP BY 1, 2, 3, 4)
     SELECT ${dialect.addrText('a')} AS a, ${dialect.addrText('b')} AS b, conns, packets, bytes, services, processes, ports, of_edges
     FROM shown JOIN spoken USING (a_hi, a_lo, b_hi, b_lo) ORDER BY bytes DESC, a_hi, a_lo, b_hi, b_lo`,
    [...where.params, BigInt(limit), ...where.params],
  );
  const nodes = await query(
    `WITH ${pairs(where.sql)}, ${HOST},
     known AS (SELECT address_hi AS hi, address_lo AS lo, any_value(names) FILTER (len(names) > 0) AS names, bool_or(is_home) AS is_home, any_value(country) AS country FROM r.hosts GROUP BY 1, 2)
     SELECT ${dialect.addrText('h.address')} AS address, conns, bytes, names, is_home, country, of_nodes
     FROM (SELECT hi AS address_hi, lo AS address_lo, * FROM (SELECT *, count(*) OVER () AS of_nodes FROM host)
       SEMI JOIN (SELECT a_hi AS hi, a_lo AS lo FROM shown UNION SELECT b_hi, b_lo FROM shown) USING (hi, lo)) h
     LEFT JOIN known USING (hi, lo) ORDER BY bytes DESC, hi, lo`,
    [...where.params, BigInt(limit)],
  );
  return {
    nodes: nodes.map((row) => {
      const id = text(row['address']);
      return {
        id,
        label: texts(row['names'])[0] ?? id,
        is_home: isHome ? isHome(id) : row['is_home'] === true,
        country: typeof row['country'] === 'string' ? row['country'] : null,
        conns: num(row['conns']),
        bytes: num(row['bytes']),
        severity: severityOf?.(id) ?? null,
      };
    }),
    edges: rows.map((row) => ({
      source: text(row['a']),
      target: text(row['b']),
      conns: num(row['conns']),
      packets: num(row['packets']),
      bytes: num(row['bytes']),
      services: texts(row['services']),
      processes: texts(row['processes']),
      ports: list(row['ports']).map(num),
    })),
    of_nodes: num(nodes[0]?.['of_nodes']),
    of_edges: num(rows[0]?.['of_edges']),
  };
};
