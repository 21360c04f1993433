/**
 * Inputs that look like parts of one capture that were read each by itself: one link type, one set of options, one begins where another
 * ends, and connections that were open there go on. Read together, each of those is one connection.
 */

import type { AdjoiningInputs } from '../model/api/inputs.ts';
import type { InputRow } from '../store/case-rows.ts';
import { big, type CaseReader, num, numbersOf, type QueryOptions, text } from './reading.ts';

/** A part may begin so long after the one before ended; what had no packet for longer would have timed out (UDP's time-out, Zeek). */
const LONGEST_GAP_NS = 60_000_000_000n;
/** Writers that rotate let neighbours overlap a little. */
const LONGEST_OVERLAP_NS = 1_000_000_000n;
/** Pairs that are looked at: more parts than that nobody joins by a click. */
const MOST_PAIRS = 500;

interface Span {
  readonly input: string;
  readonly linkType: number;
  readonly options: string;
  readonly first: bigint;
  readonly last: bigint;
}

interface Pair {
  readonly earlier: Span;
  readonly later: Span;
}

async function spansOf(
  reader: CaseReader,
  sealed: readonly InputRow[],
  options: QueryOptions,
): Promise<Span[]> {
  const rows = await reader.rows(
    `SELECT input, min(first_ts) AS first, max(last_ts) AS last, list_distinct(flatten(list(link_types))) AS link_types
     FROM r.captures WHERE first_ts IS NOT NULL GROUP BY input`,
    [],
    options,
  );
  const settings = new Map(sealed.map((row) => [row.id, JSON.stringify(row.settings)]));
  return rows.flatMap((row): Span[] => {
    const [linkType, another] = numbersOf(row['link_types']);
    const input = text(row['input']);
    const read = settings.get(input);
    return linkType === undefined || another !== undefined || read === undefined
      ? []
      : [{ input, linkType, options: read, first: big(row['first']), last: big(row['last']) }];
  });
}

/** Each input with the one that ended last before it began. */
function neighbours(spans: readonly Span[]): Pair[] {
  const pairs = spans.flatMap((later): Pair[] => {
    const [earlier] = spans
      .filter(
        (span) =>
          span !== later &&
          span.linkType === later.linkType &&
          span.options === later.options &&
          span.first < later.first &&
          span.last < later.last &&
          later.first - span.last <= LONGEST_GAP_NS &&
          span.last - later.first <= LONGEST_OVERLAP_NS,
      )
      .sort((a, b) => (a.last > b.last ? -1 : 1));
    return earlier ? [{ earlier, later }] : [];
  });
  return pairs.sort((a, b) => (a.later.first < b.later.first ? -1 : 1)).slice(0, MOST_PAIRS);
}

/** A conversation of two, whichever side began: what was open at the end of a capture is picked up in the next one by any packet. */
const ENDS = `proto, CASE WHEN turned THEN (id_resp_h_hi, id_resp_h_lo, id_resp_p, id_orig_h_hi, id_orig_h_lo, id_orig_p)
  ELSE (id_orig_h_hi, id_orig_h_lo, id_orig_p, id_resp_h_hi, id_resp_h_lo, id_resp_p) END`;
const TURNED = `(id_orig_h_hi, id_orig_h_lo, id_orig_p) > (id_resp_h_hi, id_resp_h_lo, id_resp_p) AS turned`;
/** Two well-known ports (mDNS, NTP, DHCP) are the same pair in every capture of a network: they say nothing. */
const TELLING = `proto IN ('tcp', 'udp') AND id_orig_p <> id_resp_p AND greatest(id_orig_p, id_resp_p) >= 1024`;

const CONTINUED = (pairs: number): string => `
  WITH pair(earlier, later, until, since) AS (VALUES ${Array.from({ length: pairs }, () => '(?, ?, ?::BIGINT, ?::BIGINT)').join(', ')}),
  tails AS (SELECT later, uid, ${ENDS} AS ends FROM (SELECT p.later, c.*, ${TURNED} FROM r.conn c JOIN pair p ON c.input = p.earlier
    WHERE c.ts + coalesce(c.duration, 0) >= p.until AND c.ended_by = 'end_of_capture' AND ${TELLING})),
  heads AS (SELECT input, ${ENDS} AS ends FROM (SELECT c.*, ${TURNED} FROM r.conn c JOIN pair p ON c.input = p.later WHERE c.ts <= p.since AND ${TELLING}))
  SELECT t.later AS later, count(DISTINCT t.uid) AS connections FROM tails t JOIN heads h ON h.input = t.later AND h.proto = t.proto AND h.ends = t.ends GROUP BY t.later`;

/** Groups of sealed inputs, each in the order of its times. */
export async function adjoiningInputs(
  reader: CaseReader,
  sealed: readonly InputRow[],
  options: QueryOptions = {},
): Promise<AdjoiningInputs> {
  if (sealed.length < 2) return { groups: [] };
  const pairs = neighbours(await spansOf(reader, sealed, options));
  if (pairs.length === 0) return { groups: [] };
  const rows = await reader.rows(
    CONTINUED(pairs.length),
    pairs.flatMap(({ earlier, later }) => [
      earlier.input,
      later.input,
      earlier.last - LONGEST_GAP_NS,
      later.first + LONGEST_GAP_NS,
    ]),
    options,
  );
  const continued = new Map(rows.map((row) => [text(row['later']), num(row['connections'])]));
  return { groups: chained(pairs, continued) };
}

/** Pairs that share an input are one group. */
function chained(pairs: readonly Pair[], continued: ReadonlyMap<string, number>): AdjoiningInputs['groups'] {
  const groups: { inputs: string[]; connections: number }[] = [];
  for (const { earlier, later } of pairs) {
    const connections = continued.get(later.input);
    if (connections === undefined) continue;
    const open = groups.find(({ inputs }) => inputs.includes(earlier.input));
    if (open) {
      open.inputs.push(later.input);
      open.connections += connections;
    } else groups.push({ inputs: [earlier.input, later.input], connections });
  }
  return groups;
}
