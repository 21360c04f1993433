import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedTables, submitRows } from '../../../tests/store/sample-rows.ts';
import { CASE_CONN, CONN, TABLES } from '../model/tables.ts';
import { openCaseReader } from './case-reader.ts';
import type { CaseReader } from './case-reader.ts';
import { LocalBatchSink } from './local-batch-sink.ts';

let dir: string;
let one: string;
let two: string;
let reader: CaseReader;

async function seal(name: string, rows: number, seed: number): Promise<string> {
  const path = join(dir, name);
  const sink = await LocalBatchSink.create(path, { meta: { engine: 'coldwire test' } });
  await submitRows(sink, loadedTables, rows, seed);
  await sink.finish();
  await sink.seal({ meta: { note: "it's" } });
  return path;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-reader-'));
  [one, two] = [await seal('one.duckdb', 100, 1), await seal('two.duckdb', 50, 2)];
  reader = await openCaseReader([
    { id: 'one', path: one },
    { id: 'two', path: two },
  ]);
});
afterAll(() => {
  reader.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('reading a case', () => {
  it('shows the rows of every input, and which it was', async () => {
    expect(
      (await reader.query('SELECT input, count(*) FROM r.conn GROUP BY input ORDER BY input')).rows,
    ).toEqual([
      ['one', 100],
      ['two', 50],
    ]);
    expect(reader.meta.get('one')).toMatchObject({
      engine: 'coldwire test',
      note: "it's",
      schema_version: '1',
    });
  });

  it('has raw columns in r and readable ones in v, ENUMs kept', async () => {
    const types = async (view: string): Promise<Record<string, string>> => {
      const { columns } = await reader.query(`SELECT * FROM ${view} LIMIT 0`);
      return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
    };
    expect(await types('r.conn')).toMatchObject({
      input: 'VARCHAR',
      conn_no: 'UINTEGER',
      ts: 'BIGINT',
      id_orig_h_hi: 'UBIGINT',
      duration: 'BIGINT',
      vlan: 'USMALLINT[]',
    });
    const readable = await types('v.conn');
    expect(readable).toMatchObject({
      input: 'VARCHAR',
      ts: 'TIMESTAMP_NS',
      id_orig_h: 'VARCHAR',
      duration: 'DOUBLE',
      orig_l2_addr: 'VARCHAR',
    });
    expect(readable['proto']).toMatch(/^ENUM/);
    expect(Object.keys(readable)).toEqual([
      'input',
      ...CASE_CONN.columns.filter((c) => !c.internal).map((c) => c.name),
    ]);
  });

  it('agrees between r and v', async () => {
    const { rows } = await reader.query(`
      SELECT count(*) FROM r.conn a JOIN v.conn b USING (input, uid)
      WHERE b.id_orig_h = main.addr_text(a.id_orig_h_hi, a.id_orig_h_lo) AND epoch_ns(b.ts) = a.ts AND b.duration IS NOT DISTINCT FROM a.duration / 1e9`);
    expect(rows).toEqual([[150]]);
  });

  it('says of which connection a packet is', async () => {
    const [of, all] = await Promise.all([
      reader.query(
        `SELECT count(*) FROM v.packets p JOIN r.packets q USING (input, file, n) LEFT JOIN r.conn c USING (input, conn_no)
         WHERE p.uid IS NOT DISTINCT FROM c.uid`,
      ),
      reader.query('SELECT count(*), count(uid) > 0 FROM v.packets'),
    ]);
    const [[total, some] = []] = all.rows;
    expect([of.rows, some]).toEqual([[[total]], true]);
    const { rows } = await reader.query(
      'SELECT DISTINCT uid FROM v.packets WHERE uid = (SELECT max(uid) FROM v.packets)',
    );
    expect(rows).toHaveLength(1);
  });

  it('gives values that survive JSON', async () => {
    const { rows } = await reader.query(
      `SELECT 1::UTINYINT, 9007199254740993, sum(1), 1.5::DECIMAL(10,2), 'NaN'::DOUBLE, make_timestamp_ns(1700000000123456789),
         TIMESTAMP '2024-05-01 10:00:00', [1, NULL], {'a': 1::BIGINT}, MAP {'k': 2}, 'ab'::BLOB, DATE '2024-05-01', NULL, true, 170141183460469231731687303715884105727`,
    );
    const expected = [
      1,
      '9007199254740993',
      1,
      '1.50',
      'NaN',
      '2023-11-14T22:13:20.123456789Z',
      '2024-05-01T10:00:00Z',
      [1, null],
      { a: 1 },
      [['k', 2]],
      '6162',
      '2024-05-01',
      null,
      true,
      '170141183460469231731687303715884105727',
    ];
    expect(JSON.parse(JSON.stringify(rows[0]))).toEqual(expected);
  });

  it('takes parameters, bigints included', async () => {
    const { rows } = await reader.query('SELECT ?::UBIGINT, ?, ?, ?', [
      18_446_744_073_709_551_615n,
      "x'; DROP TABLE conn",
      null,
      5,
    ]);
    expect(rows).toEqual([['18446744073709551615', "x'; DROP TABLE conn", null, 5]]);
  });

  it('caps rows and says so', async () => {
    expect(await reader.query('SELECT uid FROM conn', [], { maxRows: 10 })).toMatchObject({
      truncated: true,
      rows: { length: 10 },
    });
    expect(await reader.query('SELECT uid FROM conn', [], { maxRows: 150 })).toMatchObject({
      truncated: false,
      rows: { length: 150 },
    });
  });

  it('streams any number of rows', async () => {
    let seen = 0;
    const { chunks, columns } = await reader.stream('SELECT range AS n FROM range(100000)');
    for await (const chunk of chunks) seen += chunk.length;
    expect(columns).toEqual([{ name: 'n', type: 'BIGINT' }]);
    expect(seen).toBe(100_000);
  });

  const endless = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b';

  it('ends a query on time-out and on abort, and goes on with the next one', async () => {
    await expect(reader.query(endless, [], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    const abort = new AbortController();
    const running = reader.query(endless, [], { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    await expect(reader.query('SELECT 1', [], { signal: abort.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect((await reader.query('SELECT 1')).rows).toEqual([[1]]);
  });

  it('lets more queries than connections wait their turn, and a waiting one leave', async () => {
    const abort = new AbortController();
    const busy = Array.from({ length: 4 }, () =>
      reader.query(endless, [], { timeoutMs: 300 }).catch((error: unknown) => error),
    );
    const waiting = reader.query('SELECT 1', [], { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await Promise.all(busy);
    expect(
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => (await reader.query('SELECT ?', [i])).rows[0]?.[0]),
      ),
    ).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('reads an empty case through the same views', async () => {
    const empty = await openCaseReader([]);
    for (const { name } of TABLES) {
      expect((await empty.query(`SELECT * FROM r.${name}`)).rows).toEqual([]);
      const [none, some] = [
        await empty.query(`SELECT * FROM v.${name} LIMIT 0`),
        await reader.query(`SELECT * FROM v.${name} LIMIT 0`),
      ];
      expect(none.columns).toEqual(some.columns);
    }
    empty.close();
  });

  it('reads a file of an earlier engine: missing tables, columns and words are absent or NULL', async () => {
    const path = join(dir, 'old.duckdb');
    const db = await DuckDBInstance.create(path);
    const connection = await db.connect();
    for (const sql of [
      "CREATE TABLE meta AS SELECT 'schema_version' AS key, '1' AS value",
      "CREATE TABLE conn AS SELECT 'C1' AS uid, 5::BIGINT AS ts, 'carrier-pigeon' AS proto, 'SF' AS conn_state, 7::INTEGER AS orig_pkts",
    ])
      await connection.run(sql);
    connection.closeSync();
    db.closeSync();
    const both = await openCaseReader([
      { id: 'old', path },
      { id: 'one', path: one },
    ]);
    expect(
      (
        await both.query(
          "SELECT uid, ts, proto, conn_state, orig_pkts, resp_pkts, id_orig_h_hi FROM r.conn WHERE input = 'old'",
        )
      ).rows,
    ).toEqual([['C1', 5, null, 'SF', 7, null, null]]);
    expect((await both.query('SELECT count(*) FROM v.arp')).rows).toEqual([[100]]);
    both.close();
  });

  it('says what is wrong with a file', async () => {
    await expect(openCaseReader([{ id: 'x', path: join(dir, 'none.duckdb') }])).rejects.toThrow(
      /does not exist/,
    );
    const path = join(dir, 'text.duckdb');
    writeFileSync(path, 'this is not a database '.repeat(1000));
    await expect(openCaseReader([{ id: 'x', path }])).rejects.toThrow(/damaged/);
  });
});

describe("a person's SQL", () => {
  const ask = (sql: string): Promise<unknown> => reader.query(sql, [], { untrusted: true, timeoutMs: 5000 });

  it.each([
    'SELECT count(*) FROM conn',
    'WITH a AS (SELECT 1) SELECT * FROM a;',
    'FROM hosts LIMIT 1',
    'DESCRIBE conn',
    'SHOW TABLES',
    'SUMMARIZE conn',
    'EXPLAIN SELECT 1',
    'VALUES (1)',
    "SELECT ';' -- ; DROP",
  ])('may be: %s', async (sql) => {
    await expect(ask(sql)).resolves.toMatchObject({ truncated: false });
  });

  it.each([
    ['', /this is none/],
    ['SELECT 1; SELECT 2', /this is 2/],
    ['DROP VIEW v.conn', /not DROP/],
    ['CREATE TABLE x (a INT)', /not CREATE/],
    ['INSERT INTO input_0.main.conn DEFAULT VALUES', /^Only reading .* not INSERT: .* never changed\.$/],
    ['/* all */ DELETE FROM conn', /^Only reading .* not DELETE: .* never changed\.$/],
    [
      'WITH a AS (SELECT 1) DELETE FROM input_0.main.conn',
      /^Only reading .* not (DELETE|what changes a table): /,
    ],
    ["ATTACH '/tmp/x.duckdb'", /not ATTACH/],
    ["COPY (SELECT 1) TO '/tmp/coldwire-escape.csv'", /not COPY: to write rows to a file, export them\.$/],
    ["SET memory_limit = '100GB'", /not SET/],
    ['-- nothing', /this is none/],
    ['PRAGMA enable_profiling', /./],
    ["SELECT * FROM read_text('/etc/hostname')", /^Files and addresses are out of reach here: .*\.$/],
    ["SELECT * FROM '/etc/passwd'", /./],
    ["SELECT * FROM read_csv('/etc/passwd')", /out of reach/],
    ["SELECT getenv('HOME')", /./],
    ["SELECT * FROM glob('/*')", /out of reach/],
    ['LOAD httpfs', /not LOAD/],
    ["INSTALL 'httpfs'", /not INSTALL/],
    ['EXPLAIN ANALYZE DELETE FROM input_0.main.conn', /not what changes a table/],
    ['SELECT nothing FROM conn', /nothing/],
    ['SELEC 1', /SELEC/],
  ])('is refused: %s', async (sql, why) => {
    await expect(ask(sql)).rejects.toMatchObject({
      name: 'QueryError',
      message: expect.stringMatching(why) as string,
    });
  });

  it('is refused where it is very long', async () => {
    await expect(ask(`SELECT '${'x'.repeat(200_000)}'`)).rejects.toMatchObject({ code: 'too_long' });
  });

  it('reads none of what it may not: the views are still there afterwards', async () => {
    expect((await reader.query('SELECT count(*) FROM conn')).rows).toEqual([[150]]);
  });
});

describe('hosts', () => {
  it('are aggregated from both sides of each connection, from ARP and from names', async () => {
    const { rows } = await reader.query(`
      SELECT h.text, h.conns_orig, h.sent_bytes, h.first_seen = c.first, h.scope IN ('private', 'documentation'), h.is_home = (h.text LIKE '10.%')
      FROM r.hosts h JOIN (
        SELECT id_orig_h_hi AS hi, id_orig_h_lo AS lo, count(*) AS n FROM r.conn WHERE input = 'one' GROUP BY ALL ORDER BY n DESC, lo LIMIT 1
      ) top ON h.address_hi = top.hi AND h.address_lo = top.lo
      JOIN (SELECT hi, lo, min(ts) AS first FROM (
        SELECT id_orig_h_hi AS hi, id_orig_h_lo AS lo, ts FROM r.conn WHERE input = 'one' UNION ALL
        SELECT id_resp_h_hi, id_resp_h_lo, ts FROM r.conn WHERE input = 'one' UNION ALL
        -- ARP tells of IPv4 alone, whatever the made-up rows say.
        SELECT sender_ip_hi, sender_ip_lo, ts FROM r.arp WHERE input = 'one' AND sender_ip_hi = 0) GROUP BY ALL) c ON c.hi = top.hi AND c.lo = top.lo
      WHERE h.input = 'one'`);
    const [top] = rows;
    const expected = await reader.query(
      `SELECT count(*), sum(orig_ip_bytes)::UBIGINT + (SELECT coalesce(sum(resp_ip_bytes), 0)::UBIGINT FROM v.conn WHERE input = 'one' AND id_resp_h = ?)
       FROM v.conn WHERE input = 'one' AND id_orig_h = ?`,
      [String(top?.[0]), String(top?.[0])],
    );
    expect(top?.slice(1)).toEqual([expected.rows[0]?.[0], expected.rows[0]?.[1], true, true, true]);
  });

  it('carry what the enrichers say, and only for whom they say it', async () => {
    const path = join(dir, 'enriched.duckdb');
    const asked: string[] = [];
    const sink = await LocalBatchSink.create(path, {
      enrichHosts: (hosts) =>
        hosts.map(({ address, macs }) => {
          asked.push(address);
          return address.startsWith('10.')
            ? undefined
            : {
                country: 'DE',
                asn: 64_496,
                as_name: 'A holder with a long name',
                lat: 1.5,
                vendors: macs.slice(0, 1),
              };
        }),
    });
    await submitRows(sink, [CONN], 300, 3);
    await sink.finish();
    const sealed = await sink.seal({ homeNetworks: ['2001:db8::/32'] });
    expect(sealed.homeNetworks).toEqual(['2001:db8::/32']);
    const enriched = await openCaseReader([{ id: 'e', path }]);
    const { rows } = await enriched.query(
      "SELECT text LIKE '10.%', country, asn, as_name, lat, is_home, count(*) > 0 FROM r.hosts GROUP BY ALL ORDER BY ALL",
    );
    expect(rows).toEqual([
      [false, 'DE', 64_496, 'A holder with a long name', 1.5, true, true],
      [true, null, null, null, null, false, true],
    ]);
    const { rows: all } = await enriched.query('SELECT text FROM r.hosts');
    expect(all.map(([text]) => text).sort()).toEqual(asked.sort());
    expect(sealed.rows['hosts']).toBe(all.length);
    enriched.close();
  });
});
