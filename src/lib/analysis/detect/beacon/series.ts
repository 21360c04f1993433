/** The SQL of the beacon detector: pairs of an inside and an outside host on a port, their intervals, sizes and bins. */

import type { Home } from '../contract.ts';
import { dialect } from '../../../store/dialect.ts';
import { CONN_ENDED, evidenceColumns } from '../contract/evidence.ts';
import { insideSql, outsideSql } from '../contract/home.ts';

export const BINS = 24;
const NS = 1_000_000_000;
const PAIR = 'input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, proto';

const bins = Array.from({ length: BINS }, (_, bin) => `count(*) FILTER (bin = ${bin})`).join(', ');

/**
 * Connections within one second are one beat, as in RITA. Pairs whose intervals and sizes alone cannot reach the least score are left
 * out by the caller. Parameters: least beats.
 */
export const pairs = (home: Home): string => `
  WITH span AS (SELECT input, min(ts) AS low, max(ts) AS high FROM r.conn GROUP BY input),
  outward AS (SELECT ${PAIR}, ts // ${NS} AS beat, orig_bytes FROM r.conn
    WHERE proto IN ('tcp', 'udp') AND ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}),
  busy AS (SELECT ${PAIR} FROM outward GROUP BY ALL HAVING count(*) >= ?::BIGINT),
  beats AS (SELECT ${PAIR}, beat, sum(coalesce(orig_bytes, 0))::DOUBLE AS bytes FROM outward SEMI JOIN busy USING (${PAIR}) GROUP BY ALL),
  spaced AS (
    SELECT ${PAIR}, beat, bytes, (beat - lag(beat) OVER (PARTITION BY ${PAIR} ORDER BY beat))::DOUBLE AS gap,
      least(${BINS - 1}, floor(${BINS} * (beat - low // ${NS}) / greatest(1, (high - low) // ${NS}))::INTEGER) AS bin
    FROM beats JOIN span USING (input)),
  judged AS (
    SELECT ${PAIR}, count(*) AS beats, min(beat) AS low_beat, max(beat) AS high_beat,
      ${dialect.quantile('gap', 0.25)} AS gap_q1, median(gap) AS gap_median, ${dialect.quantile('gap', 0.75)} AS gap_q3, mad(gap) AS gap_mad,
      ${dialect.quantile('bytes', 0.25)} AS bytes_q1, median(bytes) AS bytes_median, ${dialect.quantile('bytes', 0.75)} AS bytes_q3, mad(bytes) AS bytes_mad,
      [${bins}] AS bins
    FROM spaced GROUP BY ALL)
  SELECT j.* EXCLUDE (id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo),
    j.id_orig_h_hi AS src_hi, j.id_orig_h_lo AS src_lo, j.id_resp_h_hi AS dst_hi, j.id_resp_h_lo AS dst_lo,
    ${dialect.addrText('j.id_orig_h')} AS src, ${dialect.addrText('j.id_resp_h')} AS dst,
    (high - low) AS span_ns, (high_beat - low_beat) / greatest(1, (high - low) // ${NS}) AS covered
  FROM judged j JOIN span USING (input) WHERE beats >= 4 AND gap_mad IS NOT NULL`;

/** How many inside hosts there are that speak with the outside, and how many of them with each outside host. */
export const prevalence = (home: Home): string => `
  WITH outward AS (SELECT DISTINCT input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo FROM r.conn
    WHERE ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}),
  everybody AS (SELECT input, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS hosts FROM outward GROUP BY input)
  SELECT hosts, (SELECT count(*) FROM outward o WHERE o.input = e.input AND id_resp_h_hi = ?::UBIGINT AND id_resp_h_lo = ?::UBIGINT) AS speak
  FROM everybody e WHERE input = ?`;

/** The connections of a pair. Parameters: input, halves of both addresses, port, transport. */
export const OF_PAIR =
  'input = ? AND id_orig_h_hi = ?::UBIGINT AND id_orig_h_lo = ?::UBIGINT AND id_resp_h_hi = ?::UBIGINT AND id_resp_h_lo = ?::UBIGINT AND id_resp_p = ?::BIGINT';

export const EVIDENCE = `
  SELECT any_value(input) AS input, ${evidenceColumns(CONN_ENDED)}, any_value(service) AS service FROM r.conn WHERE ${OF_PAIR} AND proto::VARCHAR = ?`;

/** What else is odd about what the pair says. Parameters: `OF_PAIR`, three times. */
export const ODDITIES = `
  SELECT
    (SELECT list(DISTINCT host)[:5] FROM r.http WHERE ${OF_PAIR}) AS hosts,
    (SELECT count(*) FROM r.http WHERE ${OF_PAIR} AND host IS NULL AND version <> '1.0') AS without_host,
    (SELECT list(DISTINCT server_name)[:5] FROM r.ssl WHERE ${OF_PAIR}) AS names`;
