import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/lib/analysis/compare/formats/registry.ts';
import type { Snapshot } from '../../src/lib/model/snapshot.ts';
import { CaseRegistry } from '../../src/lib/server/case-registry.ts';
import { findCase } from '../../src/lib/server/cases.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { coldwire, type Ran, SAMPLES, temporaryData } from './server-process.ts';

const data = temporaryData();
afterAll(() => data.remove());
const on = (command: string, ...args: string[]): Promise<Ran> =>
  coldwire(command, '--data', data.path, ...args);
const [before, after] = ['before.pcap', 'after.pcap'].map((name) => join(SAMPLES, name)) as [string, string];
const list = (name: string): string =>
  join(import.meta.dirname, '../../src/lib/analysis/compare/formats/fixtures', name);

beforeAll(async () => {
  expect((await on('ingest', before, after, '--separate', '--case', 'Both', '--quiet')).code).toBe(0);
});

describe('diff', () => {
  it('of inputs, captures and lists exits with 0 or 1 as they are alike or not', async () => {
    const same = await on('diff', 'Both/before.pcap', 'Both/before.pcap');
    expect([same.code, same.stdout]).toEqual([
      0,
      expect.stringContaining('Hosts: 0 added, 0 removed, 0 changed'),
    ]);
    const other = await on('diff', 'Both/before.pcap', after, '--level', 'hosts,services');
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('Services: 2 added, 2 removed, 3 changed, 3 the same');
    // Counts, bytes, first and last seen stand beside every row.
    expect(other.stdout).toMatch(/^ +address .*changes +connections +bytes +first seen +last seen$/m);
    expect(other.stdout).toMatch(/^\+ .*- → \d+ +- → \d+ +20\d\d-\S+Z +20\d\d-\S+Z$/m);
    const lists = await on(
      'diff',
      list('ss.txt'),
      list('netstat-linux.txt'),
      '--level',
      'connections',
      '--format',
      'csv',
    );
    expect(lists.code).toBe(1);
    expect(lists.stdout).toContain('connections,removed,192.0.2.10,203.0.113.10,tcp,4444');
  });

  it('compares what was found, too', async () => {
    const scan = await on('ingest', join(SAMPLES, 'scan-tcp-syn.pcap'), '--case', 'Scan', '--quiet');
    expect(scan.code).toBe(0);
    const { code, stdout } = await on('diff', 'Both/before.pcap', 'Scan', '--level', 'findings');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Findings: [1-9]\d* added, 0 removed/);
    const lists = await on('diff', list('ss.txt'), list('ss.txt'), '--level', 'findings');
    expect([lists.code, lists.stdout]).toEqual([0, expect.stringContaining('does not hold findings')]);
  }, 180_000);

  it('prints JSON with every row, and leaves out what is ignored', async () => {
    const { stdout } = await on(
      'diff',
      'Both/before.pcap',
      'Both/after.pcap',
      '--format',
      'json',
      '--ignore',
      '8080, 8443',
    );
    const { levels } = JSON.parse(stdout) as { levels: { level: string; rows: { change: string }[] }[] };
    expect(levels.find(({ level }) => level === 'services')?.rows.map(({ change }) => change)).toEqual([
      'removed',
      'removed',
      'changed',
      'changed',
      'changed',
    ]);
  });

  it('tells trouble in one sentence, with status 2', async () => {
    for (const [args, sentence] of [
      [['Nowhere', before], /neither a file nor a case/],
      [['Both/none', before], /no input none: it has before\.pcap, after\.pcap/],
    ] as const) {
      const { code, stderr } = await on('diff', ...args);
      expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
    }
    expect((await on('diff', before, after, '--level', 'weather')).code).toBe(2);
  });
});

describe('snapshot', () => {
  it('reads a list, and what it prints is read again as the same', async () => {
    const { stdout } = await on('snapshot', list('ss.txt'));
    const made = JSON.parse(stdout) as Snapshot;
    expect(made.sockets).toHaveLength(8);
    const path = join(data.path, 'own.json');
    writeFileSync(path, stdout);
    expect((await on('diff', path, list('ss.txt'))).code).toBe(0);
    expect(JSON.parse((await on('snapshot', path)).stdout)).toEqual(made);
    expect(readFileSync(path, 'utf8')).toContain(made.hash);
  });

  it('of a case is of an instant, a window or all of it', async () => {
    const whole = JSON.parse(
      (await on('snapshot', '--case', 'Both', '--input', 'before.pcap')).stdout,
    ) as Snapshot;
    expect(whole.origin).toMatchObject({ kind: 'capture', detail: 'before.pcap' });
    const at = String(Math.floor(whole.window?.from ?? 0) + 2);
    const then = JSON.parse((await on('snapshot', '--case', 'Both', '--at', at)).stdout) as Snapshot;
    expect(then.sockets.length).toBeLessThan(whole.sockets.length);
    expect(then.window).toBeNull();
    const csv = await on('snapshot', '--case', 'Both', '--format', 'csv');
    expect(csv.stdout.trim().split('\r\n')).toHaveLength(whole.sockets.length + 1);
    expect((await on('snapshot', '--case', 'Both', '--at', 'noon')).code).toBe(2);
  });
});

describe('what is kept with a case', () => {
  it('names connections and adds hosts in sql and export, too', async () => {
    const dir = DataDir.open(data.path);
    const registry = new CaseRegistry(dir);
    const id = findCase(dir, 'Both')?.case.id ?? '';
    const snapshot = readSnapshot({
      name: 'ss.txt',
      text: `Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
tcp ESTAB 0 0 10.192.15.67:33414 10.192.15.158:22 users:(("ssh",pid=4711,fd=3))
tcp ESTAB 0 0 10.192.15.67:33244 192.0.2.66:443 users:(("firefox",pid=90,fd=3))`,
      sha256: '0'.repeat(64),
      time: '2026-11-21T10:47:58Z',
    });
    const sql = (query: string): Promise<Ran> => on('sql', '--case', 'Both', '--format', 'csv', query);
    const HOSTS = "SELECT address, seen_in, input FROM hosts WHERE seen_in <> 'capture'";
    expect((await sql(HOSTS)).stdout).toBe('address,seen_in,input\r\n');
    const state = await registry.state(id);
    await state.transaction((tx) =>
      tx.insert('snapshots', { id: 'snap-1', name: 'ss', doc: snapshot, owner_id: 'x', created: '' }),
    );
    await registry.close();
    expect(
      (await sql('SELECT process, process_pid, id_resp_p FROM conn WHERE process IS NOT NULL')).stdout,
    ).toBe('process,process_pid,id_resp_p\r\nssh,4711,22\r\n');
    expect((await sql(HOSTS)).stdout).toBe('address,seen_in,input\r\n192.0.2.66,snapshot,snap-1\r\n');
    const rows = await on(
      ...(['export', '--case', 'Both', '--format', 'ndjson', '--columns', 'process,process_end'] as const),
      ...(['--filter', 'process == "ssh"'] as const),
    );
    expect(rows.stdout).toBe('{"process":"ssh","process_end":"orig"}\n');
    const path = join(data.path, 'both.duckdb');
    expect((await on('export', '--case', 'Both', '--format', 'duckdb', '-o', path)).code).toBe(0);
    const plain = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const found = await (
      await plain.connect()
    ).runAndReadAll(
      "SELECT (SELECT string_agg(process) FROM conn), (SELECT string_agg(address) FROM hosts WHERE seen_in = 'snapshot')",
    );
    expect(found.getRows()).toEqual([['ssh', '192.0.2.66']]);
    plain.closeSync();
  }, 60_000);
});
