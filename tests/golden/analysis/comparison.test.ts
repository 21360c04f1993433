/** before.pcap against after.pcap: at every level, the difference is what the label file says and nothing else. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differenceAt, differencesAt, rowsOf } from '../../../src/lib/analysis/compare/difference.ts';
import { LEVELS, levelNamed } from '../../../src/lib/analysis/compare/levels/registry.ts';
import type { RecordsSide } from '../../../src/lib/analysis/compare/side.ts';
import { parseIgnore } from '../../../src/lib/analysis/compare/ignore.ts';
import type { Query } from '../../../src/lib/analysis/query.ts';
import type { Difference, LevelName } from '../../../src/lib/model/api/compare.ts';
import { sealedSamples, type Sealed } from './sealed-sample.ts';

let sealed: Sealed;
let query: Query;

beforeAll(async () => {
  sealed = await sealedSamples(['before', 'after']);
  query = (sql, params) => sealed.reader.rows(sql, params);
});
afterAll(() => sealed.close());

const side = (input: string): RecordsSide => ({ kind: 'records', inputs: [input] });
const at = (
  name: LevelName,
  a: RecordsSide = side('before'),
  b: RecordsSide = side('after'),
  ignore = '',
): Promise<Difference> => {
  const level = levelNamed(name);
  if (!level) throw new Error(name);
  return differenceAt(query, level, a, b, { ignore: parseIgnore(ignore) }, { offset: 0, limit: 1_000 });
};
/** Each change in a line: `added 10.0.0.1 tcp 80`, with `field: before → after` where it changed. */
const lines = ({ rows }: Difference): string[] =>
  rows
    .map(({ change, key, changes }) =>
      [change, ...key, ...changes.map(({ field, before, after }) => `${field}: ${before} → ${after}`)].join(
        ' ',
      ),
    )
    .sort();

interface Host {
  readonly name: string;
  readonly addresses: readonly string[];
}
interface Service {
  readonly proto: string;
  readonly port: number;
  readonly app: string;
}
interface Change {
  readonly kind: string;
  readonly host: Host;
  readonly service: Service;
  readonly services: readonly Service[];
  readonly field: string;
  readonly query: string;
  readonly qtype: string;
  readonly before: string | readonly string[];
  readonly after: string | readonly string[];
}
interface Flow {
  readonly proto: string;
  readonly src: string;
  readonly dst: string;
  readonly dst_port?: number;
}

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../sample-pcaps/${name}`, import.meta.url), 'utf8'));
const { changes } = sample('changes.labels.json') as { changes: readonly Change[] };
const of = (kind: string): Change[] => changes.filter((change) => change.kind === kind);
const v4 = ({ addresses }: Host): string => addresses[0] ?? '';
const VERB: Readonly<Record<string, string>> = {
  host_added: 'added',
  host_removed: 'removed',
  service_added: 'added',
  service_removed: 'removed',
};

describe('before and after', () => {
  it('hosts', async () => {
    const expected = [...of('host_added'), ...of('host_removed')].map(
      ({ kind, host }) => `${VERB[kind]} ${v4(host)}`,
    );
    expect(expected.length).toBe(2);
    expect(lines(await at('hosts'))).toEqual(expected.sort());
  });

  it('services, with banners and certificates', async () => {
    const expected = [
      ...[...of('service_added'), ...of('service_removed')].map(
        ({ kind, host, service }) => `${VERB[kind]} ${v4(host)} ${service.proto} ${service.port}`,
      ),
      ...[...of('host_added'), ...of('host_removed')].flatMap(({ kind, host, services }) =>
        services.map(({ proto, port }) => `${VERB[kind]} ${v4(host)} ${proto} ${port}`),
      ),
    ];
    const { rows } = await at('services');
    const seen = rows
      .filter(({ change }) => change !== 'changed')
      .map(({ change, key }) => [change, ...key].join(' '));
    expect(seen.sort()).toEqual(expected.sort());
    const altered = [...of('service_changed'), ...of('certificate_changed')];
    const differing = rows.filter(({ change }) => change === 'changed');
    expect(differing.length).toBe(altered.length);
    for (const { host, service, field, before, after } of altered) {
      const row = differing.find(
        ({ key }) => key.join(' ') === `${v4(host)} ${service.proto} ${service.port}`,
      );
      expect(row?.changes.map((one) => one.field)).toEqual([
        field === 'cert_sha256' ? 'certificate' : 'banner',
      ]);
      // The labels have what the script set; Debian puts its own version between the parts of OpenSSH's.
      for (const [value, label] of [
        [row?.changes[0]?.before, before],
        [row?.changes[0]?.after, after],
      ]) {
        for (const word of String(label).split(' ')) expect(value).toContain(word);
      }
    }
  });

  it('connections', async () => {
    const flows = (name: string): Set<string> =>
      new Set(
        (sample(`${name}.labels.json`) as { activities: { flows: Flow[] }[] }).activities.flatMap(
          ({ flows: of }) =>
            of
              .filter(({ dst }) => !dst.includes(':'))
              .map(({ proto, src, dst, dst_port }) => `${src} ${dst} ${proto} ${dst_port ?? 8}`),
        ),
      );
    const [before, after] = [flows('before'), flows('after')];
    const expected = [
      ...[...after].filter((flow) => !before.has(flow)).map((flow) => `added ${flow}`),
      ...[...before].filter((flow) => !after.has(flow)).map((flow) => `removed ${flow}`),
    ];
    expect(expected.length).toBeGreaterThan(6);
    expect(lines(await at('connections'))).toEqual(expected.sort());
  });

  it('DNS', async () => {
    const expected = [
      ...of('dns_changed').map(
        ({ query: name, qtype, before, after }) =>
          `changed ${name} ${qtype} dns answers: ${[before].flat().join(' ')} → ${[after].flat().join(' ')}`,
      ),
      ...of('host_added').map(({ host }) => `added ${host.name} A dns`),
      ...of('host_removed').map(({ host }) => `removed ${host.name} A dns`),
    ];
    expect(lines(await at('dns'))).toEqual(expected.sort());
  });

  it('certificates', async () => {
    const [changed] = of('certificate_changed');
    expect(lines(await at('certificates'))).toEqual([
      `added ${String(changed?.after)}`,
      `removed ${String(changed?.before)}`,
    ]);
  });

  it('programs and files stayed as they were', async () => {
    for (const name of ['fingerprints', 'files'] as const) {
      const { counts, rows } = await at(name);
      expect(rows).toEqual([]);
      expect(counts.same).toBeGreaterThan(1);
    }
  });
});

describe('any two sides', () => {
  it('nothing changes from a side to itself', async () => {
    for (const level of LEVELS) {
      const name = level.name as LevelName;
      const { counts, rows } = await at(name, side('after'), side('after'));
      expect(rows).toEqual([]);
      expect(counts).toMatchObject({ added: 0, removed: 0, changed: 0 });
      expect(counts.same).toBeGreaterThan(0);
    }
  });

  it('looking back mirrors looking forward', async () => {
    const turned: Readonly<Record<string, string>> = {
      added: 'removed',
      removed: 'added',
      changed: 'changed',
    };
    for (const level of LEVELS) {
      const name = level.name as LevelName;
      const [there, back] = [await at(name), await at(name, side('after'), side('before'))];
      expect(back.counts).toEqual({
        added: there.counts.removed,
        removed: there.counts.added,
        changed: there.counts.changed,
        same: there.counts.same,
      });
      const mirrored = there.rows.map((row) => ({
        ...row,
        change: turned[row.change],
        changes: row.changes.map(({ field, before, after }) => ({ field, before: after, after: before })),
        a: row.b,
        b: row.a,
      }));
      const byKey = (x: { key: unknown }, y: { key: unknown }): number =>
        JSON.stringify(x.key) < JSON.stringify(y.key) ? -1 : 1;
      // What is shown beside a changed row is of the later side.
      const bare = (rows: readonly object[]): unknown[] =>
        rows.map((row) => ({ ...row, shown: [] })).sort(byKey as never);
      expect(bare(back.rows)).toEqual(bare(mirrored));
    }
  });

  it('a window of all of it is the whole of it, at every level', async () => {
    for (const level of LEVELS) {
      const name = level.name as LevelName;
      const window = { ...side('after'), from: 0n, to: 1n << 62n };
      expect(lines(await at(name, side('before'), window))).toEqual(lines(await at(name)));
      const { counts } = await at(name, side('after'), window);
      expect(counts).toMatchObject({ added: 0, removed: 0, changed: 0 });
    }
  });

  it('two windows of one input: the hosts of either half', async () => {
    const [middle] = await query(
      "SELECT ((min(ts) + max(ts)) // 2)::VARCHAR AS at FROM r.packets WHERE input = 'before'",
      [],
    );
    const cut = BigInt(String(middle?.['at']));
    const { counts, rows } = await at(
      'services',
      { ...side('before'), to: cut },
      { ...side('before'), from: cut },
    );
    expect(counts.same + counts.changed + counts.added + counts.removed).toBeGreaterThan(4);
    for (const { a, b } of rows) {
      expect(a?.first ?? 0).toBeLessThan(Number(cut) / 1e9);
      expect(b?.last ?? Infinity).toBeGreaterThanOrEqual(Number(cut) / 1e9 - 1e-6);
    }
  });

  it('the ignore list takes ports, networks and names', async () => {
    const all = lines(await at('services'));
    const without = lines(await at('services', side('before'), side('after'), '8443, 10.192.15.52/32'));
    expect(all.filter((line) => !without.includes(line))).toEqual(
      all.filter((line) => / 8443$|10\.192\.15\.52 /.test(line)),
    );
    expect(without.length).toBe(all.length - 2);
    expect(lines(await at('dns', side('before'), side('after'), '*.workshop.example'))).toEqual([]);
  });

  it('what is ignored is left out at every level: records of networks and ports, hosts of names', async () => {
    const KEYS: Readonly<Partial<Record<LevelName, readonly [table: string, key: string, only: string]>>> = {
      dns: ['dns', 'query, qtype_name, transport', 'TRUE'],
      certificates: ['x509', 'sha256', 'sha256 IS NOT NULL'],
      files: ['files', 'sha256', "sha256 IS NOT NULL AND source NOT IN ('SSL', 'DTLS')"],
    };
    const total = ({ counts }: Difference): number =>
      counts.added + counts.removed + counts.changed + counts.same;
    const lower = '10.192.15.0/25';
    const first = 281470681743360n + 0x0a_c0_0f_00n;
    for (const [name, [table, key, only]] of Object.entries(KEYS)) {
      for (const [ignore, rest] of [
        [lower, 'id_orig_h_lo NOT BETWEEN $1 AND $2 AND id_resp_h_lo NOT BETWEEN $1 AND $2'],
        ['443, 53, 80', 'id_resp_p NOT IN (443, 53, 80)'],
      ] as const) {
        const [row] = await query(
          `SELECT count(*) AS n FROM (SELECT DISTINCT ${key} FROM r.${table} WHERE ${only} AND ${rest})`,
          ignore === lower ? [first, first + 127n] : [],
        );
        const found = await at(name as LevelName, side('before'), side('after'), ignore);
        expect([name, ignore, total(found)]).toEqual([name, ignore, Number(row?.['n'])]);
        expect(total(found)).toBeLessThan(total(await at(name as LevelName)));
      }
    }
    const hosts = ({ rows }: Difference): unknown[] => rows.map(({ key }) => key[0]);
    const added = '10.192.15.52';
    // By the name that packets gave it, wherever it is a host of a row; the name it is asked for by is a name, too.
    for (const name of ['hosts', 'services', 'dns'] as const) {
      const told = JSON.stringify((await at(name, side('before'), side('after'), 'CAMERA.*')).rows);
      expect(told, name).not.toContain(name === 'dns' ? 'camera.workshop.example' : added);
    }
    expect(hosts(await at('hosts'))).toContain(added);
    const spoken = await at('connections', side('before'), side('after'), 'camera.*');
    expect(spoken.rows.filter(({ key }) => key.includes(added))).toEqual([]);
    expect((await at('connections')).rows.filter(({ key }) => key.includes(added)).length).toBeGreaterThan(0);
    // Whoever showed them is ignored: nothing of it is left.
    const clients = await at('fingerprints', side('before'), side('after'), '10.192.15.0/24, fdfc::/16');
    expect(total(clients)).toBe(0);
    // One word of a distinguished name is enough.
    const [changed] = of('certificate_changed');
    expect(changed?.host.name).toBe('web.workshop.example');
    expect((await at('certificates', side('before'), side('after'), 'web.workshop.example')).rows).toEqual(
      [],
    );
    expect((await at('certificates', side('before'), side('after'), 'we.workshop.example')).rows.length).toBe(
      2,
    );
  });

  it('mirrors with an ignore list, too, at every level', async () => {
    const ignore = 'camera.*, *lathe*, 8443, door-camera*, 10.192.15.241';
    for (const level of LEVELS) {
      const name = level.name as LevelName;
      const there = await at(name, side('before'), side('after'), ignore);
      const back = await at(name, side('after'), side('before'), ignore);
      expect([name, back.counts]).toEqual([
        name,
        { ...there.counts, added: there.counts.removed, removed: there.counts.added },
      ]);
    }
  });

  it('shows bytes, first and last seen of every row, at every level', async () => {
    const empty = { ...side('before'), to: 0n };
    for (const level of LEVELS) {
      const name = level.name as LevelName;
      const { rows, bytes } = await at(name, empty, side('after'));
      expect([name, bytes, rows.length > 1]).toEqual([name, true, true]);
      for (const { b } of rows) {
        expect(b?.n).toBeGreaterThan(0);
        expect(b?.bytes).toBeGreaterThanOrEqual(0);
        expect(b?.first).toBeGreaterThan(1.7e9);
        expect(b?.last).toBeGreaterThanOrEqual(b?.first ?? Infinity);
      }
      // Of several records of one connection its bytes count once.
      if (name === 'dns')
        for (const { key, b } of rows) {
          const [row] = await query(
            "SELECT sum(orig_ip_bytes + resp_ip_bytes) AS n FROM r.conn WHERE input = 'after' AND uid IN (SELECT uid FROM r.dns WHERE input = 'after' AND query = ? AND qtype_name = ? AND transport::VARCHAR = ?)",
            key.map(String),
          );
          expect(b?.bytes).toBe(Number(row?.['n']));
        }
    }
  });

  it('part by part it is what it is as a whole, of inputs and of windows', async () => {
    const early: RecordsSide = { ...side('before'), to: 2_000_000_000_000_000_000n };
    for (const level of LEVELS) {
      for (const from of [side('before'), early]) {
        const ask = (parts: number): Promise<Difference> =>
          differenceAt(query, level, from, side('after'), {}, { offset: 1, limit: 20 }, parts);
        expect(await ask(5), level.name).toEqual(await ask(1));
      }
      const keys = async (of: number): Promise<number> => {
        let n = 0;
        for (let number = 0; number < of; number++) {
          const { sql, params } = rowsOf(level, side('before'), { number, of });
          n += Number((await query(`SELECT count(*) AS n FROM (${sql})`, params))[0]?.['n']);
        }
        return n;
      };
      // Each key lies in one part: the condition is inside, where the rows are.
      expect(await keys(5), level.name).toBe(await keys(1));
    }
  });

  it('streams the same rows that it pages', async () => {
    for (const level of LEVELS) {
      const rows: unknown[] = [];
      const stream = async function* (sql: string, params: Parameters<Query>[1]) {
        yield await query(sql, params);
      };
      for await (const lot of differencesAt(stream, level, side('before'), side('after'))) rows.push(...lot);
      expect(rows).toEqual((await at(level.name as LevelName)).rows);
    }
  });

  it('compared part by part, the answer and its pages are the same', async () => {
    for (const level of LEVELS) {
      const whole = await at(level.name as LevelName);
      const page = (offset: number, limit: number) =>
        differenceAt(query, level, side('before'), side('after'), {}, { offset, limit }, 3);
      const [all, second] = [await page(0, 1_000), await page(2, 3)];
      expect(all).toEqual(whole);
      expect(second.rows).toEqual(whole.rows.slice(2, 5));
    }
  });

  it('pages one kind of change', async () => {
    const level = levelNamed('connections');
    if (!level) throw new Error('no level');
    const ask = (offset: number) =>
      differenceAt(query, level, side('before'), side('after'), {}, { show: 'removed', offset, limit: 4 });
    const [first, second] = [await ask(0), await ask(4)];
    expect([first.rows.length, second.rows.length]).toEqual([4, 2]);
    expect(first.counts).toEqual(second.counts);
    expect([...first.rows, ...second.rows].every(({ change }) => change === 'removed')).toBe(true);
  });
});
