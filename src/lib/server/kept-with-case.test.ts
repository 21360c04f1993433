import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sealedInput, SMALL, T0 } from '../../../tests/fixtures/sealed-case.ts';
import type { ScannedHost, ScanResult } from '../model/api/scans.ts';
import { graphQuery } from '../model/api/graph.ts';
import { tableQuery } from '../model/api/tables.ts';
import { type Snapshot, type Socket, UNKNOWN_SOCKET } from '../model/snapshot.ts';
import { sealSnapshot } from '../model/snapshot-seal.ts';
import { CaseAccess } from './case-access.ts';
import { connOf } from './conns.ts';
import { hostOf } from './host.ts';
import { keptRelations } from './kept-with-case.ts';
import { overviewOf } from './overview.ts';
import { graphIn } from './pictures.ts';
import { TableRows } from './table-rows.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-processes-'));
let kept: Snapshot[] = [];
let scans: ScanResult[] = [];
let cases: CaseAccess;
beforeAll(async () => {
  const input = await sealedInput(root, 'one', SMALL);
  cases = new CaseAccess(() => Promise.resolve([input]), {
    kept: () =>
      Promise.resolve(
        keptRelations({ snapshots: kept.map((snapshot) => ({ id: 'snap-1', snapshot })), scans }),
      ),
  });
});
beforeEach(() => {
  kept = [];
  scans = [];
  cases.forget('x');
});
afterAll(() => {
  cases.close();
  rmSync(root, { recursive: true, force: true });
});

const socket = (more: Partial<Socket>): Socket => ({
  ...UNKNOWN_SOCKET,
  proto: 'tcp',
  family: 4,
  state: 'ESTAB',
  ...more,
});
/** The client's end of the first connection. */
const WEB = socket({
  local_address: '10.0.0.5',
  local_port: 50_001,
  peer_address: '198.18.0.9',
  peer_port: 443,
  process: 'curl',
  pid: 77,
  user: 'ada',
});
const snapshotAt = (seconds: number, sockets: readonly Socket[], addresses = ['10.0.0.5']): Snapshot =>
  sealSnapshot({
    time: new Date(seconds * 1000).toISOString(),
    window: null,
    origin: { kind: 'file', format: 'ss', host: null, detail: null, sha256: null },
    addresses,
    sockets: [...sockets],
    skipped: 0,
  });

/** Last digit of the uid → process, of those that have one. */
const named = async (...snapshots: Snapshot[]): Promise<Record<string, unknown>> => {
  kept = snapshots;
  cases.forget('x');
  const query = tableQuery.parse({ columns: 'uid,process', filter: 'process' });
  const { rows } = await new TableRows(cases).page('x', 'conn', query);
  return Object.fromEntries(rows.map(([uid, process]) => [String(uid).at(-1), process]));
};

describe('connections are named by the sockets of kept snapshots', () => {
  it('has no process where nothing is kept, and does not show the column', async () => {
    expect(await named()).toEqual({});
    const { tables } = await new TableRows(cases).list('x');
    expect(tables[0]?.columns.find(({ name }) => name === 'process')?.shown).toBe(false);
  });

  it('names a connection by its own socket, listed from either end', async () => {
    expect(await named(snapshotAt(T0, [WEB]))).toEqual({ 1: 'curl' });
    const served = socket({
      local_address: '198.18.0.9',
      local_port: 443,
      peer_address: '10.0.0.5',
      peer_port: 50_002,
      process: 'nginx',
    });
    expect(await named(snapshotAt(T0, [served], []))).toEqual({ 2: 'nginx' });
  });

  it('names connections to a port by who waits there, and only on that address', async () => {
    const listening = { state: 'LISTEN', local_port: 443, process: 'nginx' } as const;
    const everywhere = snapshotAt(T0, [socket(listening)], ['198.18.0.9']);
    expect(await named(everywhere)).toEqual({ 1: 'nginx', 2: 'nginx' });
    const elsewhere = snapshotAt(T0, [socket({ ...listening, local_address: '127.0.0.1' })], ['198.18.0.9']);
    expect(await named(elsewhere)).toEqual({});
  });

  it('names what an unconnected UDP socket sends, but no TCP connection by the port it left from', async () => {
    const waits = { state: 'UNCONN', process: 'resolver' } as const;
    const udp = socket({ ...waits, proto: 'udp', local_port: 5353 });
    expect(await named(snapshotAt(T0, [udp]))).toEqual({ 3: 'resolver' });
    expect(await named(snapshotAt(T0, [socket({ ...waits, local_port: 50_001 })]))).toEqual({});
  });

  it('believes the nearest snapshot, and none of another day', async () => {
    const near = snapshotAt(T0 + 3, [WEB]);
    const far = snapshotAt(T0 + 3600, [{ ...WEB, process: 'other' }]);
    expect(await named(far, near)).toEqual({ 1: 'curl' });
    expect(await named(far)).toEqual({ 1: 'other' });
    expect(await named(snapshotAt(T0 + 90_000, [WEB]))).toEqual({});
  });

  it('says so on the connection, in the graph and among the applications', async () => {
    expect(await named(snapshotAt(T0, [WEB]))).toEqual({ 1: 'curl' });
    const { tables } = await new TableRows(cases).list('x');
    expect(tables[0]?.columns.find(({ name }) => name === 'process')?.shown).toBe(true);
    await cases.read('x', async (reader) => {
      const conn = await connOf(reader, 'Caaaaaaaaaaaaaaaaa1', undefined, []);
      expect(conn.row).toMatchObject({ process: 'curl', process_pid: 77, process_user: 'ada' });
      const { edges } = await graphIn(reader, graphQuery.parse({}), [], {});
      expect(edges.map(({ target, processes }) => [target, processes])).toContainEqual([
        '198.18.0.9',
        ['curl'],
      ]);
      const { applications } = await overviewOf(
        reader,
        {},
        { findings: [], homeNetworks: { networks: [], source: 'inferred', inferred: [], why: '' } },
      );
      expect(applications).toEqual([{ name: 'curl', conns: 1, packets: 11, bytes: 1854 }]);
      const [row] = await reader.rows('SELECT process FROM v.conn WHERE process_pid = 77');
      expect(row).toEqual({ process: 'curl' });
      const host = await hostOf(reader, '10.0.0.5', []);
      expect(host.processes).toEqual([
        { process: 'curl', user: 'ada', pids: [77], services: ['ssl'], conns: 1, bytes: 1854 },
      ]);
      // The process runs at the other end.
      const server = await hostOf(reader, '198.18.0.9', []);
      expect([server.processes, server.serves[0]?.processes]).toEqual([[], []]);
    });
  });
});

const scannedHost = (address: string, more: Partial<ScannedHost> = {}): ScannedHost => ({
  address,
  mac: null,
  vendor: null,
  names: [],
  state: 'up',
  reason: null,
  latency_ms: null,
  ports: [],
  other_ports: [],
  os: [],
  scripts: [],
  ...more,
});
const scanOf = (...hosts: ScannedHost[]): ScanResult => ({
  scan: {
    id: 'scan-1',
    name: 'quick',
    origin: 'here',
    targets: [],
    command: 'nmap',
    operator: 'ada',
    state: 'done',
    why: null,
    started: T0 + 100,
    ended: T0 + 101,
    progress: null,
    phase: null,
    hosts_up: hosts.length,
    hosts: hosts.length,
    open_ports: 0,
  },
  hosts,
});

describe('hosts that no capture shows', () => {
  const seen = async (): Promise<Record<string, unknown>> => {
    cases.forget('x');
    const query = tableQuery.parse({ columns: 'address,seen_in', filter: 'seen_in != "capture"' });
    const { rows } = await new TableRows(cases).page('x', 'hosts', query);
    return Object.fromEntries(rows.map(([address, by]) => [String(address), by]));
  };
  const isShown = async (): Promise<boolean | undefined> => {
    const { tables } = await new TableRows(cases).list('x');
    return tables.find(({ name }) => name === 'hosts')?.columns.find(({ name }) => name === 'seen_in')?.shown;
  };

  it('are none where nothing is kept', async () => {
    expect(await seen()).toEqual({});
    expect(await isShown()).toBe(false);
    const [row] = await cases.read('x', (reader) => reader.rows('SELECT DISTINCT seen_in FROM v.hosts'));
    expect(row).toEqual({ seen_in: 'capture' });
  });

  it('are rows of the table where a scan or a snapshot lists them, each once, with no groups and no loopback', async () => {
    scans = [
      scanOf(
        scannedHost('10.0.0.5'),
        scannedHost('192.0.2.7', { mac: 'AA:BB:CC:00:00:07', vendor: 'Example', names: ['printer'] }),
        scannedHost('192.0.2.8', { state: 'down' }),
      ),
    ];
    const away = socket({
      local_address: '192.0.2.1',
      local_port: 50_003,
      peer_address: '192.0.2.7',
      peer_port: 80,
    });
    const group = socket({ proto: 'udp', state: 'UNCONN', local_address: '224.0.0.251', local_port: 5353 });
    kept = [snapshotAt(T0, [away, group], ['127.0.0.1', '::1', '2001:DB8:0::1'])];
    expect(await seen()).toEqual({
      '192.0.2.1': 'snapshot',
      '192.0.2.7': 'scan and snapshot',
      '2001:db8::1': 'snapshot',
    });
    expect(await isShown()).toBe(true);
    const host = await cases.read('x', (reader) => hostOf(reader, '192.0.2.7', []));
    expect(host).toMatchObject({
      seen_in: 'scan and snapshot',
      scope: 'documentation',
      inputs: ['scan-1'],
      macs: [{ mac: 'aa:bb:cc:00:00:07', vendor: 'Example' }],
      first_seen: T0,
      last_seen: T0 + 101,
      conns_orig: 0,
      sent_pkts: 0,
      peers: { rows: [], of: 0 },
    });
    await expect(cases.read('x', (reader) => hostOf(reader, '192.0.2.8', []))).rejects.toThrow(
      /does not occur/u,
    );
  });
});
