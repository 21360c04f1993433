import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONNS, sealedInput, SMALL, T0 } from '../../../tests/fixtures/sealed-case.ts';
import type { SealedInput } from '../store/case-reader.ts';
import { CaseAccess } from './case-access.ts';
import { connOf } from './conns.ts';
import { hostOf } from './host.ts';
import { ledgerOf } from './ledger.ts';
import { packetAt, packetPage } from './packet-refs.ts';
import { runSql } from './sql.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-services-'));
let input: SealedInput;
let cases: CaseAccess;

beforeAll(async () => {
  input = await sealedInput(root, 'one', SMALL);
  cases = new CaseAccess(() => Promise.resolve([input]));
});
afterAll(() => {
  cases.close();
  rmSync(root, { recursive: true, force: true });
});

describe('the ledger', () => {
  it('adds up, names each class and knows what is missing', async () => {
    const ledger = await cases.read('x', (reader) => ledgerOf(reader));
    expect(ledger).toMatchObject({
      packets_read: 26,
      decoded: 24,
      faulty: 2,
      streams_with_gaps: 1,
      missing_bytes: 7,
      vlan_halves: 0,
      complete: false,
    });
    expect(ledger.entries).toEqual([
      {
        scope: 'packet',
        code: 'truncated_link',
        doc: 'fewer bytes than the link header needs',
        count: 2,
        skipped: 0,
        recovered: false,
        places: [{ input: 'one', file: 0, name: 'small.pcap', offset: 999, detail: null }],
      },
    ]);
  });
});

describe('a connection', () => {
  it('has its row, its ends, its packets and filters', async () => {
    const conn = await cases.read('x', (reader) => connOf(reader, 'Caaaaaaaaaaaaaaaaa1', undefined, []));
    expect(conn).toMatchObject({
      input: 'one',
      inputs: ['one'],
      orig: { address: '10.0.0.5', port: 50001, mac: '02:00:00:00:00:05', is_home: true },
      resp: { address: '198.18.0.9', port: 443, names: ['=cmd.example'], country: 'DE' },
      state_meaning: 'Normal establishment and termination',
      packets: 2,
      files: [{ file: 0, name: 'small.pcap', sha256: 'a'.repeat(64) }],
      tcpdump_filter: 'host 10.0.0.5 and host 198.18.0.9 and tcp port 50001 and tcp port 443',
    });
    expect(conn.row).toMatchObject({
      ts: T0,
      duration: 2,
      id_resp_h: '198.18.0.9',
      conn_state: 'SF',
      vlan: null,
    });
    expect(conn.row).not.toHaveProperty('conn_no');
  });

  it('that is not there is refused', async () => {
    await expect(
      cases.read('x', (reader) => connOf(reader, 'Cnowhere', undefined, [])),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      cases.read('x', (reader) => connOf(reader, 'Caaaaaaaaaaaaaaaaa1', 'two', [])),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a host', () => {
  it('is summed over its connections', async () => {
    const host = await cases.read('x', (reader) => hostOf(reader, '10.0.0.5', []));
    expect(host).toMatchObject({
      address: '10.0.0.5',
      is_home: true,
      conns_orig: 3,
      conns_resp: 0,
      scope: 'private',
      macs: [{ mac: '02:00:00:00:00:05' }],
    });
    expect(host.peers.of).toBe(2);
    expect(host.peers.rows[0]).toMatchObject({
      address: '198.18.0.9',
      conns: 2,
      sent_bytes: 484 + 306,
      received_bytes: 1370 + 756,
      services: ['ssl'],
      first: T0,
      last: T0 + 11,
    });
    expect(host.uses.map(({ name, conns }) => [name, conns])).toEqual([
      ['ssl', 2],
      ['dns', 1],
    ]);
  });

  it('shows what it serves and what answered', async () => {
    const host = await cases.read('x', (reader) => hostOf(reader, '2001:0db8:0:0::7', []));
    expect(host.serves).toEqual([
      { proto: 'tcp', port: 22, service: null, processes: [], conns: 1, clients: 1, answered: 0, bytes: 108 },
    ]);
    await expect(cases.read('x', (reader) => hostOf(reader, '203.0.113.1', []))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('packets', () => {
  it('come in time order with the ends of their connection as they saw them', async () => {
    const { refs, total } = await cases.read('x', (reader) =>
      packetPage(reader, { sql: 'TRUE', params: [] }, { limit: 2, offset: 1 }),
    );
    expect(total).toBe(5);
    expect(refs.map(({ n, fromOrig, ends }) => [n, fromOrig, ends?.src, ends?.sport])).toEqual([
      [2, false, '198.18.0.9', 443],
      [12, true, '10.0.0.5', 5353],
    ]);
    expect(refs[1]?.ns).toBe(BigInt(T0 + 5) * 1_000_000_000n);
  });

  it('know their neighbours in the file', async () => {
    const at = (n: number): ReturnType<typeof packetAt> =>
      cases.read('x', (reader) => packetAt(reader, { input: 'one', file: 0, n }));
    expect(await at(12)).toMatchObject({
      previous: null,
      next: 13,
      ref: { uid: 'Caaaaaaaaaaaaaaaaa3', offset: 1240 },
    });
    expect((await at(24))?.ref).toMatchObject({ uid: null, ends: undefined });
    expect(await at(3)).toBeUndefined();
  });
});

describe("a person's SQL", () => {
  const run = (sql: string, max_rows?: number): ReturnType<typeof runSql> =>
    cases.read('x', (reader) =>
      runSql(reader, { sql, ...(max_rows === undefined ? {} : { max_rows }) }, new AbortController().signal),
    );

  it('reads the views by their short names', async () => {
    expect(await run("SELECT id_resp_h, ts, vlan FROM conn WHERE service = 'dns'")).toMatchObject({
      columns: [{ name: 'id_resp_h', type: 'VARCHAR' }, { name: 'ts' }, { name: 'vlan' }],
      rows: [['10.0.0.1', '2024-05-01T10:00:05Z', null]],
      capped: false,
    });
  });

  it('is capped', async () => {
    expect(await run('SELECT uid FROM conn', 3)).toMatchObject({ capped: true, rows: { length: 3 } });
    expect(await run('SELECT uid FROM conn', CONNS.length)).toMatchObject({ capped: false });
  });

  it.each([
    ['SELECT nothing FROM conn', 'bad_sql'],
    ['DROP VIEW v.conn', 'bad_sql'],
    ['SELECT 1; SELECT 2', 'bad_sql'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'bad_sql'],
    ["COPY (SELECT 1) TO '/tmp/coldwire-out.csv'", 'bad_sql'],
    ["ATTACH '/tmp/other.duckdb'", 'bad_sql'],
    ['SET enable_external_access = true', 'bad_sql'],
  ])('cannot do %s', async (sql, code) => {
    const { refusalOf } = await import('./http.ts');
    const error: unknown = await run(sql).catch((reason: unknown) => reason);
    expect(refusalOf(error)?.code).toBe(code);
  });

  it('ends when nobody waits for it', async () => {
    const gone = new AbortController();
    const endless = cases.read('x', (reader) =>
      runSql(reader, { sql: 'SELECT count(*) FROM range(100000000000) a, range(1000) b' }, gone.signal),
    );
    setTimeout(() => gone.abort(), 50);
    await expect(endless).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('access to a case', () => {
  it('shows a new input to new readers and lets old ones finish', async () => {
    let sealed = [input];
    const access = new CaseAccess(() => Promise.resolve(sealed));
    const count = async (id: string): Promise<unknown> =>
      access.read(id, async (reader) => (await reader.query('SELECT count(*) FROM r.conn')).rows[0]?.[0]);
    const slow = access.read('y', async (reader) => {
      sealed = [input, await sealedInput(root, 'two', SMALL)];
      expect(await count('y')).toBe(8);
      return (await reader.query('SELECT count(*) FROM r.conn')).rows[0]?.[0];
    });
    expect(await slow).toBe(4);
    const lots: number[] = [];
    for await (const lot of access.stream('y', 'SELECT uid FROM r.conn', [])) lots.push(lot.length);
    expect(lots.reduce((a, b) => a + b, 0)).toBe(8);
    access.close();
  });

  it('opens a damaged case again at the next request', async () => {
    let sealed: SealedInput[] = [{ id: 'gone', path: join(root, 'gone.duckdb') }];
    const access = new CaseAccess(() => Promise.resolve(sealed));
    await expect(access.read('z', () => Promise.resolve(1))).rejects.toThrow('does not exist');
    sealed = [input];
    expect(await access.read('z', () => Promise.resolve(1))).toBe(1);
    access.close();
  });

  it('remembers small answers as long as the case is the same, and forgets nobody’s SQL', async () => {
    const access = new CaseAccess(() => Promise.resolve([input]));
    const first = await access.read('m', (reader) =>
      reader.query('SELECT count(*) AS n FROM r.conn WHERE ts >= ?', [0n]),
    );
    const again = await access.read('m', (reader) =>
      reader.query('SELECT count(*) AS n FROM r.conn WHERE ts >= ?', [0n]),
    );
    const other = await access.read('m', (reader) =>
      reader.query('SELECT count(*) AS n FROM r.conn WHERE ts >= ?', [10n ** 19n]),
    );
    expect(again).toBe(first);
    expect([first.rows, other.rows]).toEqual([[[4]], [[0]]]);
    expect(
      await access.read('m', (reader) => reader.rows('SELECT count(*) AS n FROM r.conn WHERE ts >= ?', [0n])),
    ).toEqual([{ n: 4 }]);
    const chance = (): Promise<unknown> =>
      access.read(
        'm',
        async (reader) => (await reader.query('SELECT random()', [], { untrusted: true })).rows[0]?.[0],
      );
    expect(await chance()).not.toBe(await chance());
    access.close();
  });
});
