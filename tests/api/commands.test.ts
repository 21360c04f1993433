import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { IngestResult } from '../../src/lib/model/api/jobs.ts';
import { coldwire, type Ran, ROOT, SAMPLES, startServer, temporaryData } from './server-process.ts';

const data = temporaryData();
const office = join(SAMPLES, 'office-hour.pcap');
const hasScript = spawnSync('script', ['--version']).status === 0;
const hasTshark = spawnSync('tshark', ['--version']).status === 0;
afterAll(() => data.remove());

const on = (command: string, ...args: string[]): Promise<Ran> =>
  coldwire(command, '--data', data.path, ...args);
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

describe('ingest', () => {
  it('returns when the case is sealed, with the figures on its last line', async () => {
    const { code, stdout } = await on('ingest', office, '--case', 'Office', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(lastLine(stdout)) as IngestResult;
    expect(Object.keys(result).sort()).toEqual([
      'bytes',
      'case',
      'connections',
      'decode_s',
      'import_s',
      'input',
      'load_s',
      'packets',
      'peak_bytes',
      'seal_s',
      'total_s',
    ]);
    expect(result.packets).toBeGreaterThan(1_000);
  });

  it.skipIf(!hasScript)('shows how far it is where somebody watches', () => {
    const command = [process.execPath, join(ROOT, 'bin/coldwire.js'), 'ingest', office];
    const { status, stdout } = spawnSync(
      'script',
      [
        '-qec',
        [...command, '--case', 'Watched', '--data', data.path].map((word) => JSON.stringify(word)).join(' '),
        '/dev/null',
      ],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /decode \[[#.]+\] [\d.]+ \wB of 2\.1 MB, [\d,]+ packets, [\d,]+ connections, [\d.]+ \wB\/s .* left/,
    );
    expect(stdout).toMatch(/office-hour\.pcap: 4,159 packets, 269 connections in /);
  });

  it('of several files makes one input, or one each', async () => {
    const files = ['before.pcap', 'after.pcap'].map((name) => join(SAMPLES, name));
    const one = await on('ingest', ...files, '--case', 'Together', '--json');
    expect(one.stdout.trim().split('\n')).toHaveLength(1);
    const each = await on('ingest', ...files, '--case', 'Apart', '--separate', '--json');
    expect(each.stdout.trim().split('\n')).toHaveLength(2);
  });

  it.each([
    ['an empty file', 'empty.pcap', '', 1, /empty\.pcap is empty/],
    ['a text file', 'notes.txt', 'hello, this is a letter', 1, /notes\.txt is a text file, not a capture/],
    ['a capture cut in its header', 'cut.pcap', '\u00d4\u00c3\u00b2', 1, /cut\.pcap/],
  ])('tells %s in one sentence and leaves no case behind', async (_what, name, content, status, sentence) => {
    const path = join(data.path, name);
    writeFileSync(path, content, 'latin1');
    const { code, stderr, stdout } = await on('ingest', path, '--case', 'Bad');
    expect(code).toBe(status);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect((await on('sql', '--case', 'Bad', 'SELECT 1')).stderr).toMatch(/There is no case Bad/);
  });

  it('tells a directory, a missing file and wrong options', async () => {
    mkdirSync(join(data.path, 'folder'), { recursive: true });
    expect(await on('ingest', join(data.path, 'folder'), '--case', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is a directory') as unknown,
    });
    expect(await on('ingest', join(data.path, 'nowhere.pcap'), '--case', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist') as unknown,
    });
    expect((await on('ingest', office)).code).toBe(2);
    expect((await on('ingest', office, '--case', 'x', '--checksums', 'perhaps')).code).toBe(2);
    expect((await on('ingest', office, '--case', 'x', '--shards', '0')).code).toBe(2);
    expect((await coldwire('ingest', '--help')).stdout).toContain('Examples:');
  });

  it('goes through a server that runs on the same data', async () => {
    const server = await startServer(data.path);
    try {
      const { code, stdout, stderr } = await on(
        'ingest',
        join(SAMPLES, 'scan-udp.pcap'),
        '--case',
        'Office',
        '--json',
      );
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const result = JSON.parse(lastLine(stdout)) as IngestResult;
      const listed = (await (await fetch(`${server.api}/cases/${result.case}/inputs`)).json()) as {
        inputs: { id: string }[];
      };
      expect(listed.inputs.map(({ id }) => id)).toContain(result.input);
      const bad = await on('ingest', join(data.path, 'notes.txt'), '--case', 'New');
      expect(bad).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^notes\.txt is a text file/) as unknown,
      });
      expect(await startServer(data.path).catch((error: Error) => error.message)).toMatch(
        /A server works on .* already/,
      );
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});

describe('sql', () => {
  it('prints csv where nobody watches, and what is asked for otherwise', async () => {
    const query =
      "SELECT proto::VARCHAR AS proto, count(*) AS n FROM conn WHERE proto IN ('tcp', 'udp') GROUP BY ALL ORDER BY proto";
    const csv = await on('sql', '--case', 'Office', query);
    expect(csv.stdout).toMatch(/^proto,n\r\ntcp,\d+\r\nudp,\d+\r\n$/);
    const ndjson = await on('sql', '--case', 'Office', '--format', 'ndjson', query);
    expect(JSON.parse(ndjson.stdout.split('\n')[0] ?? '')).toMatchObject({ proto: 'tcp' });
    expect((await on('sql', '--case', 'Office', '--format', 'table', query)).stdout).toMatch(
      /^proto +n\n─+ +─+\ntcp/,
    );
  });

  it('only reads', async () => {
    for (const query of [
      'DROP VIEW v.conn',
      "COPY conn TO '/tmp/coldwire-escape.csv'",
      'SELECT 1; SELECT 2',
      'SELEC 1',
    ]) {
      expect((await on('sql', '--case', 'Office', query)).code).toBe(1);
    }
  });
});

describe('export and slice', () => {
  it('write a table that can be read back', async () => {
    const csv = await on(
      'export',
      '--case',
      'Together',
      '--table',
      'conn',
      '--columns',
      'uid,proto',
      '--filter',
      'udp',
    );
    const lines = csv.stdout.trim().split('\r\n');
    expect(lines[0]).toBe('uid,proto');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.slice(1).every((line) => line.endsWith(',udp'))).toBe(true);
    const parquet = join(data.path, 'conn.parquet');
    expect(
      (await on('export', '--case', 'Together', '--format', 'parquet', '--filter', 'udp', '-o', parquet))
        .code,
    ).toBe(0);
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe('PAR1');
    expect(await on('export', '--case', 'Together', '--format', 'parquet', '-o', parquet)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists already') as unknown,
    });
    expect((await on('export', '--case', 'Together', '--format', 'duckdb')).code).toBe(2);
    expect(await on('export', '--case', 'Together', '--filter', 'ip.adr == 1.2.3.4')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ip.addr') as unknown,
    });
  });

  it('of NDJSON hold the rows that `read` prints', async () => {
    const out = join(data.path, 'records');
    expect((await coldwire('read', office, '--out', out, '--quiet', '--detectors', 'none')).code).toBe(0);
    const rows = (text: string): Map<string, Record<string, unknown>> =>
      new Map(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .map((row) => [String(row['uid']), row]),
      );
    const read = rows(readFileSync(join(out, 'conn.ndjson'), 'utf8'));
    const only = await on('ingest', office, '--case', 'Only', '--json');
    expect(only.code).toBe(0);
    const exported = rows(
      (await on('export', '--case', 'Only', '--table', 'conn', '--format', 'ndjson')).stdout,
    );
    expect(exported.size).toBe(read.size);
    for (const [uid, row] of read) {
      const { input: _input, file: _file, capture_file: _captureFile, ...theirs } = exported.get(uid) ?? {};
      expect(theirs).toEqual(row);
    }
  });

  it.skipIf(!hasTshark)('cut a connection out that tshark reads', async () => {
    const { stdout } = await on(
      'sql',
      '--case',
      'Office',
      'SELECT uid, orig_pkts + resp_pkts FROM conn WHERE orig_pkts > 5 ORDER BY ts LIMIT 1',
    );
    const [uid = '', packets] = (stdout.trim().split('\r\n')[1] ?? '').split(',');
    const file = join(data.path, 'cut.pcapng');
    expect((await on('slice', '--case', 'Office', '--uid', uid, '-o', file)).code).toBe(0);
    const frames = execFileSync('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.number'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(frames.trim().split('\n')).toHaveLength(Number(packets));
    expect(
      (await on('slice', '--case', 'Office', '--uid', 'Cnowhere', '-o', join(data.path, 'no.pcapng'))).code,
    ).toBe(1);
    expect(
      (await on('slice', '--case', 'Office', '--uid', '../x', '-o', join(data.path, 'no.pcapng'))).code,
    ).toBe(2);
  });
});

describe('serve', () => {
  let port: number;
  const holder = createServer();
  beforeAll(async () => {
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    ({ port } = holder.address() as AddressInfo);
  });
  afterAll(() => new Promise((resolve) => holder.close(resolve)));

  it('says in one sentence that a port is in use, or an address is not ours', async () => {
    expect(await on('serve', '--port', String(port))).toMatchObject({
      code: 1,
      stderr: `Port ${port} on 127.0.0.1 is in use by another program: stop it, or choose another with --port.\n`,
    });
    expect(await on('serve', '--port', '0', '--host', '192.0.2.1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not an address of this machine') as unknown,
    });
    expect((await on('serve', '--port', '70000')).code).toBe(2);
  });

  it('listens on this machine alone, whatever HOST says; a second one on its data says where it is', async () => {
    const own = temporaryData();
    vi.stubEnv('HOST', '0.0.0.0');
    const server = await startServer(own.path).finally(() => vi.unstubAllEnvs());
    try {
      const { hostname, port: at } = new URL(server.url);
      expect(hostname).toBe('127.0.0.1');
      const answer = (host: string): Promise<string> =>
        new Promise((resolve) => {
          const socket = connect(Number(at), host, () => resolve('connected'));
          socket.once('error', ({ message }) => resolve(message));
          socket.once('connect', () => socket.destroy());
        });
      expect(await answer('127.0.0.1')).toBe('connected');
      // An address of this machine, too, which is answered where a server listens everywhere.
      expect(await answer('127.0.0.2')).toContain('ECONNREFUSED');
      expect(await coldwire('serve', '--port', '0', '--data', own.path)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `A server works on ${own.path} already: ${server.url} (pid ${server.process.pid}).\n`,
      });
    } finally {
      await server.stop();
      own.remove();
    }
  });
});
