import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealedInput, SMALL, T0 } from '../../../tests/fixtures/sealed-case.ts';
import { tableQuery } from '../model/api/tables.ts';
import { CaseAccess } from './case-access.ts';
import { download } from './download.ts';
import { overviewOf } from './overview.ts';
import { exportRows, type TextFormat } from './table-export.ts';
import { TableRows } from './table-rows.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-tables-'));
let cases: CaseAccess;
let tables: TableRows;

beforeAll(async () => {
  const input = await sealedInput(root, 'one', SMALL);
  cases = new CaseAccess(() => Promise.resolve([input]));
  tables = new TableRows(cases);
});
afterAll(() => {
  cases.close();
  rmSync(root, { recursive: true, force: true });
});

const query = (given: Record<string, string> = {}): ReturnType<typeof tableQuery.parse> =>
  tableQuery.parse(given);
const textOf = async (
  table: string,
  format: TextFormat,
  given: Record<string, string> = {},
): Promise<string> => {
  const { limit: _limit, offset: _offset, ...all } = query(given);
  return (await download(exportRows(cases, 'x', table, all, format), 'x', 'text/plain')).text();
};

describe('a page of a table', () => {
  it('has rows in time order, the total and the sums of all that match', async () => {
    const page = await tables.page(
      'x',
      'conn',
      query({ columns: 'ts,id_orig_h,id_resp_h,proto,duration,uid', limit: '2' }),
    );
    expect(page.rows).toEqual([
      [T0, '10.0.0.5', '198.18.0.9', 'tcp', 2, 'Caaaaaaaaaaaaaaaaa1'],
      [T0 + 5, '10.0.0.5', '10.0.0.1', 'udp', 0.02, 'Caaaaaaaaaaaaaaaaa3'],
    ]);
    expect(page.total).toBe(4);
    expect(page.sums).toMatchObject({ orig_bytes: 180, resp_bytes: 1580, orig_pkts: 12, missed_bytes: 7 });
  });

  it('is narrowed by filter, range and input', async () => {
    const uids = async (given: Record<string, string>): Promise<unknown[]> =>
      (await tables.page('x', 'conn', query({ columns: 'uid', ...given }))).rows.map(([uid]) =>
        String(uid).at(-1),
      );
    expect(await uids({ filter: 'tcp.port == 443' })).toEqual(['1', '2']);
    expect(await uids({ filter: 'ip.addr == 10.0.0.1' })).toEqual(['3']);
    expect(await uids({ from: String(T0 + 5), to: String(T0 + 20) })).toEqual(['3', '2']);
    expect(await uids({ from: `${T0 + 4}.999999999`, to: `${T0 + 5}.000000001` })).toEqual(['3']);
    expect(await uids({ input: 'another' })).toEqual([]);
  });

  it('sorts by any column, addresses by number, unknown values last', async () => {
    const uids = async (sort: string, desc: string): Promise<unknown[]> =>
      (await tables.page('x', 'conn', query({ columns: 'uid', sort, desc }))).rows.map(([uid]) =>
        String(uid).at(-1),
      );
    expect(await uids('id_resp_h', 'false')).toEqual(['3', '1', '2', '4']);
    expect(await uids('duration', 'true')).toEqual(['1', '2', '3', '4']);
  });

  it('says where a filter is wrong', async () => {
    await expect(
      Promise.resolve().then(() => tables.page('x', 'conn', query({ filter: 'ip.adr == 1.2.3.4' }))),
    ).rejects.toMatchObject({
      code: 'bad_filter',
      more: { at: 0, suggestion: expect.stringContaining('ip.addr') as unknown },
    });
    await expect(
      Promise.resolve().then(() => tables.page('x', 'conn', query({ columns: 'nothing' }))),
    ).rejects.toMatchObject({ code: 'bad_request' });
    await expect(
      Promise.resolve().then(() => tables.page('x', 'sqlite_master', query())),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('shows SQL that gives the same rows', async () => {
    const page = await tables.page(
      'x',
      'conn',
      query({ filter: 'tcp.port == 443 && ip.addr == 198.18.0.9', columns: 'uid', sort: 'ts' }),
    );
    const again = await cases.read('x', (reader) => reader.query(page.sql, [], { untrusted: true }));
    expect(again.rows).toEqual(page.rows);
  });

  it('lists tables with what their columns mean', async () => {
    const { tables: list } = await tables.list('x');
    expect(list.find(({ name }) => name === 'conn')).toMatchObject({ rows: 4, key: ['uid'] });
    const columns = list.find(({ name }) => name === 'conn')?.columns ?? [];
    expect(columns.find(({ name }) => name === 'orig_bytes')).toMatchObject({
      kind: 'u64',
      summed: true,
      shown: true,
      unit: 'bytes',
    });
    expect(columns.some(({ name }) => name === 'conn_no')).toBe(false);
  });
});

describe('an export', () => {
  it('is CSV of exactly the chosen columns, made safe for spreadsheets', async () => {
    expect(await textOf('names', 'csv', { columns: 'address,name,first_seen' })).toBe(
      `address,name,first_seen\r\n198.18.0.9,'=cmd.example,${T0}\r\n`,
    );
    expect(await textOf('conn', 'csv', { columns: 'uid', filter: 'udp' })).toBe(
      'uid\r\nCaaaaaaaaaaaaaaaaa3\r\n',
    );
  });

  it('is NDJSON without unknown values', async () => {
    const lines = (
      await textOf('conn', 'ndjson', { columns: 'uid,duration,service', sort: 'ts', desc: 'true' })
    )
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)[0]).toEqual({ uid: 'Caaaaaaaaaaaaaaaaa4' });
    expect(lines).toHaveLength(4);
  });

  it('refuses before it sends', () => {
    expect(() => exportRows(cases, 'x', 'conn', { desc: false, filter: '((' }, 'csv')).toThrow();
  });
});

describe('the overview', () => {
  const extras = {
    findings: [{ word: 'high' }] as const,
    homeNetworks: {
      networks: ['10.0.0.0/8'],
      source: 'inferred',
      inferred: ['10.0.0.0/8'],
      why: '.',
    } as const,
  };

  it('counts everything once', async () => {
    const overview = await cases.read('x', (reader) =>
      overviewOf(
        reader,
        {},
        {
          ...extras,
          homeNetworks: { ...extras.homeNetworks, networks: [...extras.homeNetworks.networks], inferred: [] },
        },
      ),
    );
    expect(overview.totals).toEqual({
      inputs: 1,
      packets: 26,
      connections: 4,
      hosts: 5,
      bytes: 484 + 1370 + 306 + 756 + 72 + 122 + 108,
      payload_bytes: 1760,
      duration_s: 30,
    });
    expect(overview.range).toEqual({ from: T0, to: T0 + 30 });
    expect(overview.protocols.transport.map(({ name, conns }) => [name, conns])).toEqual([
      ['tcp', 3],
      ['udp', 1],
    ]);
    expect(overview.protocols.port.map(({ name }) => name)).toEqual(['443/tcp', '53/udp', '22/tcp']);
    expect(overview.top_hosts.of).toBe(5);
    expect(overview.top_hosts.rows[0]).toMatchObject({ address: '10.0.0.5', is_home: true, conns: 3 });
    expect(overview.top_conversations.rows[0]).toMatchObject({
      a: '10.0.0.5',
      b: '198.18.0.9',
      conns: 2,
      a_bytes: 790,
      b_bytes: 2126,
      services: ['ssl'],
    });
    expect(overview.findings).toEqual({ critical: 0, high: 1, medium: 0, low: 0, info: 0 });
    expect(overview.captures).toMatchObject([
      { name: 'small.pcap', faults: [{ code: 'truncated_link', count: 2, offset: 999 }] },
    ]);
  });

  it('of a filter is about what matches', async () => {
    const overview = await cases.read('x', (reader) =>
      overviewOf(
        reader,
        { filter: 'udp' },
        { ...extras, homeNetworks: { networks: [], source: 'inferred', inferred: [], why: '' } },
      ),
    );
    expect(overview).toMatchObject({
      filtered: true,
      shown: { from: T0 + 5 },
      totals: { packets: 2, connections: 1, hosts: 2, bytes: 194 },
      ledger: { packets_read: 26 },
    });
  });
});
