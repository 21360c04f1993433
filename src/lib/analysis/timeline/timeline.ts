/** Traffic over time, in equal bins. */

import type { Timeline } from '../../model/api/timeline.ts';
import { dialect } from '../../store/dialect.ts';
import { big, num, text, type Condition, type Query } from '../query.ts';

export interface TimelineOptions {
  /** Over the raw columns of r.conn; absent for all connections. */
  readonly where?: Condition;
  /** Over r.packets: only these packets; bins are then always of packets. */
  readonly packets?: Condition | undefined;
  readonly by: Timeline['by'];
  readonly stack: 'proto' | 'service' | 'conn_state' | 'none';
  /** How many bins at most. */
  readonly bins: number;
  /** Nanoseconds; absent for the range of the data. The last bin may reach beyond `to`. */
  readonly from?: bigint | undefined;
  readonly to?: bigint | undefined;
  /** Only this input's own range. */
  readonly input?: string | undefined;
}

/** Series shown by name; the rest is `other`. */
const MOST_SERIES = 12;

/** Above this many packets, connections are counted at their start instead: one row each in place of one a packet. */
const MOST_PACKETS = 4_000_000;

const EVERYTHING: Condition = { sql: 'TRUE', params: [] };

export const timelineOf = async (query: Query, options: TimelineOptions): Promise<Timeline> => {
  const { by, where = EVERYTHING } = options;
  const range = await rangeOf(query, options);
  const basis =
    by !== 'conns' && (options.packets !== undefined || (await hasPackets(query)))
      ? 'packets'
      : 'connections';
  if (!range) return { start: 0, bin_s: 1, bins: 0, by, basis, series: [] };
  const width = binWidth(range.to - range.from, options.bins);
  const bins = Number((range.to - range.from) / width) + 1;
  const parts = basis === 'packets' ? packetBins(where, options) : connectionBins(where, options);
  const rows = await query(
    `SELECT ${dialect.intDiv(`(ts - ?::BIGINT)`, '?::BIGINT')} AS bin, name, ${parts.value} AS value FROM (${parts.sql}) WHERE ts BETWEEN ?::BIGINT AND ?::BIGINT GROUP BY 1, 2`,
    [range.from, width, ...parts.params, range.from, range.from + width * BigInt(bins) - 1n],
  );
  const series = new Map<string, number[]>();
  for (const row of rows) {
    const name = text(row['name']);
    const values = series.get(name) ?? new Array<number>(bins).fill(0);
    values[num(row['bin'])] += num(row['value']);
    series.set(name, values);
  }
  return {
    start: Number(range.from) / 1e9,
    bin_s: Number(width) / 1e9,
    bins,
    by,
    basis,
    series: heaviest(series),
  };
};

interface Part extends Condition {
  readonly value: string;
}

const nameOf = (stack: TimelineOptions['stack']): string =>
  stack === 'none' ? `'all'` : stack === 'service' ? `coalesce(service, 'unknown')` : `${stack}::VARCHAR`;

const connectionBins = (where: Condition, { by, stack }: TimelineOptions): Part => ({
  sql: `SELECT ts, ${nameOf(stack)} AS name, orig_pkts + resp_pkts AS packets, orig_frame_bytes + resp_frame_bytes AS bytes FROM r.conn WHERE ${where.sql}`,
  params: where.params,
  value: by === 'conns' ? 'count(*)' : `sum(${by})`,
});

/** A packet is its innermost connection's: none is counted twice. Packets of no connection (ARP) are shown where all are. */
const packetBins = (where: Condition, { by, stack, input, packets }: TimelineOptions): Part => {
  const all = where.sql === 'TRUE';
  const from = packets ? `(SELECT * FROM r.packets WHERE ${packets.sql})` : 'r.packets';
  const own = input === undefined ? '' : 'WHERE p.input = ?';
  return {
    sql: `SELECT p.ts, ${all ? `coalesce(c.name, 'other')` : 'c.name'} AS name, p.len FROM ${from} p
      ${all ? 'LEFT JOIN' : 'JOIN'} (SELECT input, conn_no, ${nameOf(stack)} AS name FROM r.conn WHERE ${where.sql}) c ON c.input = p.input AND c.conn_no = p.conn_no ${own}`,
    params: [...(packets?.params ?? []), ...where.params, ...(input === undefined ? [] : [input])],
    value: by === 'packets' ? 'count(*)' : 'sum(len)',
  };
};

const hasPackets = async (query: Query): Promise<boolean> => {
  const [row = {}] = await query('SELECT count(*) AS packets FROM r.packets', []);
  return num(row['packets']) > 0 && num(row['packets']) <= MOST_PACKETS;
};

/** The range asked for, and where it is open that of the captures: it does not move when a filter does. */
const rangeOf = async (
  query: Query,
  { from, to, input }: TimelineOptions,
): Promise<{ from: bigint; to: bigint } | undefined> => {
  const own = input === undefined ? EVERYTHING : { sql: 'input = ?', params: [input] };
  const [row = {}] = await query(
    `SELECT min(first_ts) AS first, max(last_ts) AS last FROM r.captures WHERE ${own.sql}`,
    own.params,
  );
  const known = row['first'] !== null && row['first'] !== undefined;
  if (!known && (from === undefined || to === undefined)) return undefined;
  const first = from ?? big(row['first']);
  const last = to ?? big(row['last']);
  return last < first ? undefined : { from: first, to: last };
};

const STEPS = [1n, 2n, 5n] as const;

/** A round width (1, 2 or 5 times a power of ten, in ns; above a second in units of time) that needs no more bins than asked for. */
export const binWidth = (span: bigint, bins: number): bigint => {
  const least = span / BigInt(bins) + 1n;
  const second = 1_000_000_000n;
  for (let unit = 1_000n; unit < second; unit *= 10n) {
    for (const step of STEPS) if (unit * step >= least) return unit * step;
  }
  for (const s of [
    1n,
    2n,
    5n,
    10n,
    15n,
    30n,
    60n,
    120n,
    300n,
    600n,
    900n,
    1_800n,
    3_600n,
    7_200n,
    14_400n,
    21_600n,
    43_200n,
    86_400n,
  ]) {
    if (s * second >= least) return s * second;
  }
  const day = 86_400n * second;
  return ((least + day - 1n) / day) * day;
};

const heaviest = (series: ReadonlyMap<string, number[]>): { name: string; values: number[] }[] => {
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const all = [...series]
    .map(([name, values]) => ({ name, values }))
    .sort((a, b) => total(b.values) - total(a.values) || a.name.localeCompare(b.name));
  const [shown, rest] = [all.slice(0, MOST_SERIES), all.slice(MOST_SERIES)];
  if (rest.length === 0) return shown;
  const values = rest[0].values.map((_, bin) => rest.reduce((sum, one) => sum + one.values[bin], 0));
  const other = shown.find(({ name }) => name === 'other');
  if (!other) return [...shown, { name: 'other', values }];
  return shown.map((one) =>
    one === other ? { name: 'other', values: values.map((value, bin) => value + other.values[bin]) } : one,
  );
};
