import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot, snapshotFile } from '../../src/lib/analysis/compare/formats/registry.ts';
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
    // The changes between the two brought nothing that a rule or a detector would tell: their labels say so, too.
    const quiet = await on('diff', 'Both/before.pcap', 'Both/after.pcap', '--level', 'findings');
    expect([quiet.code, quiet.stdout]).toEqual([
      0,
      expect.stringContaining('Findings: 0 added, 0 removed, 0 changed'),
    ]);
    const scan = await on('ingest', join(SAMPLES, 'scan-tcp-syn.pcap'), '--case', 'Scan', '--quiet');
    expect(scan.code).toBe(0);
    const { code, stdout } = await on('diff', 'Both/before.pcap', 'Scan', '--level', 'findings');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Findings: [1-9]\d* added, 0 removed/);
    // The marks of the demonstration lie in one connection each: what it carried is the finding's bytes.
    const demo = await on('ingest', join(SAMPLES, 'signature-demo.pcap'), '--case', 'Demo', '--quiet');
    expect(demo.code).toBe(0);
    const found = await on('diff', 'Both/before.pcap', 'Demo', '--level', 'findings', '--format', 'csv');
    const cells =
      found.stdout
        .split('\n')
        .find((line) => line.includes(',CW-1900,'))
        ?.split(',') ?? [];
    const carried = await on(
      'sql',
      '--case',
      'Demo',
      "SELECT c.orig_ip_bytes + c.resp_ip_bytes FROM v.conn c JOIN v.alert a USING (uid) WHERE a.rule_id = 'CW-1900'",
    );
    expect(cells.at(-3)).toMatch(/^[1-9]\d+$/);
    expect(cells.at(-3)).toBe(carried.stdout.trim().split('\n').at(-1));
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
      [['Both/none', before], /no input or snapshot none: its inputs are before\.pcap, after\.pcap/],
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

describe('snapshots', () => {
  const two = (): string => {
    const path = join(data.path, 'series.ndjson');
    const lines = ['ss.txt', 'netstat-linux.txt'].map((name) =>
      readSnapshot(snapshotFile(name, readFileSync(list(name)), '2026-11-21T10:00:00.000Z')),
    );
    writeFileSync(path, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return path;
  };

  it('of a capture that is in no case are those of the case', async () => {
    const ofFile = JSON.parse((await on('snapshot', before)).stdout) as Snapshot;
    const ofCase = JSON.parse(
      (await on('snapshot', '--case', 'Both', '--input', 'before.pcap')).stdout,
    ) as Snapshot;
    expect(ofFile.sockets).toEqual(ofCase.sockets);
    expect(ofFile.origin).toEqual(ofCase.origin);
    const at = String((ofFile.window?.from ?? 0) + 2);
    const then = JSON.parse((await on('snapshot', before, '--at', at)).stdout) as Snapshot;
    expect(then.sockets.length).toBeLessThan(ofFile.sockets.length);
    const wrong = await on('snapshot', list('ss.txt'), '--at', at);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('are of captures')]);
  });

  it('that were repeated into one file are taken by their line', async () => {
    const path = two();
    const [first, second] = [`${path}#1`, `${path}#2`];
    expect((await on('diff', first, list('ss.txt'), '--quiet')).code).toBe(0);
    expect((await on('diff', first, second, '--quiet')).code).toBe(1);
    expect(JSON.parse((await on('snapshot', second)).stdout)).toMatchObject({
      origin: { format: 'netstat' },
    });
    const whole = await on('snapshot', path);
    expect([whole.code, whole.stderr]).toEqual([
      1,
      expect.stringContaining('These are 2 snapshots, one a line'),
    ]);
    const beyond = await on('diff', first, `${path}#3`);
    expect([beyond.code, beyond.stderr]).toEqual([2, expect.stringContaining('it has 2 lines')]);
  });

  it('are kept with a case, read from it, and compared as CASE/SNAPSHOT', async () => {
    expect((await on('ingest', before, '--case', 'Kept', '--quiet')).code).toBe(0);
    for (const name of ['ss.txt', 'netstat-linux.txt']) {
      const { code, stdout } = await on('snapshot', list(name), '--keep', 'Kept');
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^snap-\S+\t\S+ at \S+\t\d+ sockets\n$/u)]);
    }
    const { stdout } = await on('snapshot', list('ss.txt'), '--keep', 'Kept');
    const [id = '', name = ''] = stdout.split('\t');
    expect((await on('diff', `Kept/${id}`, list('ss.txt'), '--quiet')).code).toBe(0);
    expect((await on('diff', `Kept/${name}`, list('netstat-linux.txt'), '--quiet')).code).toBe(1);
    const read = JSON.parse((await on('snapshot', '--case', 'Kept', '--input', id)).stdout) as Snapshot;
    expect(read.hash).toBe((JSON.parse((await on('snapshot', list('ss.txt'))).stdout) as Snapshot).hash);
    const window = await on('diff', `Kept/${id}@1..2`, list('ss.txt'));
    expect([window.code, window.stderr]).toEqual([2, expect.stringContaining('has no window')]);
    const none = await on('diff', 'Kept/nothing', list('ss.txt'));
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no input or snapshot nothing')]);
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
