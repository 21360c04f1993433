import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/lib/analysis/filter/compile.ts';
import { graphOf } from '../../../src/lib/analysis/graph/graph.ts';
import type { Condition, Query } from '../../../src/lib/analysis/query.ts';
import { timelineOf } from '../../../src/lib/analysis/timeline/timeline.ts';
import { CONN } from '../../../src/lib/model/tables.ts';
import { sealedSamples, type Sealed } from './sealed-sample.ts';

let sealed: Sealed;
let query: Query;

beforeAll(async () => {
  sealed = await sealedSamples(['before', 'after']);
  query = (sql, params) => sealed.reader.rows(sql, params);
});
afterAll(() => sealed.close());

const where = (text: string): Condition => {
  const compiled = compileFilter(text, CONN);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled;
};

const one = async (sql: string): Promise<number> => Number((await sealed.reader.query(sql)).rows[0]?.[0]);
const sum = (series: readonly { values: readonly number[] }[]): number =>
  series.reduce((total, { values }) => total + values.reduce((a, b) => a + b, 0), 0);

describe('timeline', () => {
  it('counts every packet and byte once', async () => {
    for (const [by, sql] of [
      ['packets', 'SELECT count(*) FROM r.packets'],
      ['bytes', 'SELECT sum(len) FROM r.packets'],
      ['conns', 'SELECT count(*) FROM r.conn'],
    ] as const) {
      const line = await timelineOf(query, { by, stack: 'proto', bins: 100 });
      expect(line.bins).toBeLessThanOrEqual(100);
      expect(line.series.every(({ values }) => values.length === line.bins)).toBe(true);
      expect(sum(line.series)).toBe(await one(sql));
      expect(line.basis).toBe(by === 'conns' ? 'connections' : 'packets');
    }
  });

  it('keeps its range under a filter, and counts what passes it', async () => {
    const all = await timelineOf(query, { by: 'packets', stack: 'none', bins: 50 });
    const dns = await timelineOf(query, {
      by: 'packets',
      stack: 'none',
      bins: 50,
      where: where('udp.port == 53'),
    });
    expect([dns.start, dns.bin_s, dns.bins]).toEqual([all.start, all.bin_s, all.bins]);
    expect(sum(dns.series)).toBe(
      await one(
        "SELECT sum(orig_pkts + resp_pkts) FROM r.conn WHERE proto = 'udp' AND (id_resp_p = 53 OR id_orig_p = 53)",
      ),
    );
    expect(sum(dns.series)).toBeLessThan(sum(all.series));
  });

  it('takes a range, one input, and no connections at all', async () => {
    const first = BigInt(await one("SELECT min(ts) FROM r.packets WHERE input = 'after'"));
    const part = await timelineOf(query, {
      by: 'packets',
      stack: 'proto',
      bins: 10,
      input: 'after',
      from: first,
      to: first + 1_000_000n,
    });
    expect(part.start).toBeCloseTo(Number(first) / 1e9, 3);
    expect(sum(part.series)).toBeGreaterThan(0);
    expect(
      await timelineOf(query, { by: 'bytes', stack: 'proto', bins: 10, where: where('port == 1') }),
    ).toMatchObject({ series: [] });
    const own = await timelineOf(query, { by: 'packets', stack: 'none', bins: 10, input: 'after' });
    expect(sum(own.series)).toBe(await one("SELECT count(*) FROM r.packets WHERE input = 'after'"));
  });
});

describe('graph', () => {
  it('has every pair once, the heaviest first, and says how many there are', async () => {
    const whole = await graphOf(query, { limit: 5_000 });
    expect(whole.of_edges).toBe(whole.edges.length);
    expect(whole.of_nodes).toBe(whole.nodes.length);
    expect(whole.edges.reduce((total, { conns }) => total + conns, 0)).toBe(
      await one('SELECT count(*) FROM r.conn'),
    );
    expect(new Set(whole.edges.map(({ source, target }) => [source, target].sort().join())).size).toBe(
      whole.edges.length,
    );
    const ids = new Set(whole.nodes.map(({ id }) => id));
    expect(whole.edges.every(({ source, target }) => ids.has(source) && ids.has(target))).toBe(true);
    const first = await graphOf(query, {
      limit: 3,
      severityOf: (id) => (id === whole.edges[0]?.source ? 70 : null),
      isHome: () => true,
    });
    expect(first.edges).toEqual(whole.edges.slice(0, 3));
    expect(first).toMatchObject({ of_edges: whole.of_edges, of_nodes: whole.of_nodes });
    expect(new Set(first.nodes.map(({ id }) => id))).toEqual(
      new Set(first.edges.flatMap(({ source, target }) => [source, target])),
    );
    expect(first.nodes.find(({ severity }) => severity === 70)?.id).toBe(whole.edges[0]?.source);
    expect(first.nodes.every((node) => node.is_home)).toBe(true);
  });

  it('narrows by a filter', async () => {
    const { edges, of_edges } = await graphOf(query, { limit: 100, where: where('udp.dstport == 53') });
    expect(edges.length).toBe(of_edges);
    expect(edges.every(({ ports }) => ports.join() === '53')).toBe(true);
    expect(await graphOf(query, { limit: 100, where: where('port == 1') })).toEqual({
      nodes: [],
      edges: [],
      of_nodes: 0,
      of_edges: 0,
    });
  });
});
