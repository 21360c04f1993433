/** The SQL of the DNS tunnel detector. Names are counted by their last labels, so that the public suffix list is asked for few of them. */

import { dialect } from '../../../store/dialect.ts';
import { LISTED } from '../contract.ts';
import { evidenceColumns, firstOf } from '../contract/evidence.ts';

const ASKED = `transport = 'dns' AND query IS NOT NULL AND contains(query, '.') AND NOT ends_with(query, '.arpa')`;
const lastLabels = (n: string): string =>
  `array_to_string(list_slice(string_split(query, '.'), -(${n}), -1), '.')`;

/** Last two labels with many different names before them. Parameters: least names. */
export const HEAVY_ENDINGS = `
  SELECT ${lastLabels('2')} AS ending FROM (SELECT DISTINCT query FROM r.dns WHERE ${ASKED}) GROUP BY ending HAVING count(*) >= ?::BIGINT ORDER BY ending`;

/** What a tunnel answers with, addresses apart: TXT 16, NULL 10, CNAME 5, MX 15, SRV 33, KEY 25, PRIVATE 65399. */
const ODD_TYPES = '(5, 10, 15, 16, 25, 33, 65399)';
const SAMPLE = 200;

/** Parameters: labels of a registered domain, characters of a long name, the endings (by spaces), least names. */
export const DOMAINS = `
  WITH asked AS (
    SELECT *, ${lastLabels('?::BIGINT')} AS domain, length(query) > ?::BIGINT AS is_long FROM r.dns
    WHERE ${ASKED} AND list_contains(string_split(?, ' '), ${lastLabels('2')}))
  SELECT input, domain, ${evidenceColumns()}, count(DISTINCT query) AS names, count(*) FILTER (is_long) AS long, count(*) FILTER (qtype IN ${ODD_TYPES}) AS odd_types,
    sum(length(query)) AS characters, arg_min(query, (ts, first_frame)) AS example,
    arg_min(split_part(query, '.', 1), (ts, first_frame), ${SAMPLE}) AS labels,
    coalesce(arg_min(answers[1], (ts, first_frame), ${SAMPLE}) FILTER (qtype = 16 AND len(answers) > 0), []) AS texts,
    count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list, ${firstOf(dialect.addrText('id_resp_h'))}[:${LISTED}] AS servers
  FROM asked WHERE domain <> query GROUP BY input, domain HAVING count(DISTINCT query) >= ?::BIGINT ORDER BY input, first`;

/** Addresses that were answered for names of a domain, and how many of them anybody spoke with. Parameters: input, the domain with a dot before it. */
export const CONTACTED = `
  WITH answered AS (SELECT DISTINCT input, unnest(answers) AS address FROM r.dns WHERE input = ? AND ends_with(query, ?) AND qtype IN (1, 28))
  SELECT count(*) AS addresses, count(h.text) AS spoken
  FROM answered a LEFT JOIN (SELECT input, text FROM r.hosts WHERE conns_resp > 0) h ON h.input = a.input AND h.text = a.address`;
