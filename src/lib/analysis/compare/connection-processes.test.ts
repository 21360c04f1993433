import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONNS, type Given, sealedInput, T0 } from '../../../../tests/fixtures/sealed-case.ts';
import { sealSnapshot } from '../../model/snapshot-seal.ts';
import { UNKNOWN_SOCKET, type Snapshot, type Socket } from '../../model/snapshot.ts';
import { CONN } from '../../model/tables.ts';
import { type CaseReader, openCaseReader } from '../../store/case-reader.ts';
import { connectionProcesses } from './connection-processes.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-connection-processes-'));
const ME = '10.0.0.5';
const PEER = '198.18.0.9';
const DAY = 86_400;
let reader: CaseReader;

const udp = CONNS.find(({ proto }) => proto === 'udp')?.['proto'];
const udpNumber = CONNS.find(({ proto }) => proto === 'udp')?.['ip_proto'];
const conn = (no: number, given: Given): Given => ({
  ...CONNS[0],
  conn_no: no,
  uid: `Cprocess0000000000${no}`,
  ts: T0,
  duration: 1,
  id_orig_h: ME,
  id_orig_p: 40_000 + no,
  id_resp_h: PEER,
  id_resp_p: 443,
  ...given,
});

beforeAll(async () => {
  const rows = [
    conn(1, {}),
    conn(2, { id_orig_h: PEER, id_resp_h: ME, id_resp_p: 22 }),
    conn(3, { proto: udp, ip_proto: udpNumber, id_resp_p: 53 }),
    conn(4, { id_orig_h: PEER, id_resp_h: '10.0.0.6', id_resp_p: 22 }),
  ];
  reader = await openCaseReader([await sealedInput(root, 'one', [[CONN, rows]])], { connections: 1 });
});
afterAll(() => {
  reader.close();
  rmSync(root, { recursive: true, force: true });
});

const socket = (given: Partial<Socket>): Socket => ({
  ...UNKNOWN_SOCKET,
  proto: 'tcp',
  family: 4,
  local_address: ME,
  state: 'ESTAB',
  pid: 7,
  ...given,
});
const taken = (at: number, ...sockets: Socket[]): Snapshot =>
  sealSnapshot({
    time: new Date(at * 1000).toISOString(),
    window: null,
    origin: { kind: 'host', format: 'ss', host: 'me', detail: null, sha256: null },
    addresses: [ME],
    sockets,
    skipped: 0,
  });
const own = { local_port: 40_001, peer_address: PEER, peer_port: 443 };
const waits = { local_address: null, local_port: 22, state: 'LISTEN' } as const;

/** `2 sshd resp`: number of the connection, process, the end that it runs at. */
async function named(...snapshots: Snapshot[]): Promise<string[]> {
  const found = connectionProcesses(snapshots);
  if (!found) return [];
  const rows = await reader.rows(found.sql, found.params);
  return rows.map((row) => [row['conn_no'], row['process'], row['process_end']].map(String).join(' ')).sort();
}

it('a connection has the process of its own socket, at whichever end', async () => {
  expect(await named(taken(T0, socket({ ...own, process: 'curl' })))).toEqual(['1 curl orig']);
  const back = socket({ local_port: 22, peer_address: PEER, peer_port: 40_002, process: 'sshd' });
  expect(await named(taken(T0, back))).toEqual(['2 sshd resp']);
  expect(await named(taken(T0, socket({ ...own, peer_port: 444, process: 'curl' })))).toEqual([]);
});

it('else that of the socket that waits at its end, on an address of this machine alone', async () => {
  expect(await named(taken(T0, socket({ ...waits, process: 'sshd' })))).toEqual(['2 sshd resp']);
  expect(await named(taken(T0, socket({ ...waits, local_address: '10.0.0.9', process: 'sshd' })))).toEqual(
    [],
  );
  const [waiting, connected] = [
    socket({ ...waits, process: 'inetd' }),
    socket({ local_port: 22, peer_address: PEER, peer_port: 40_002, process: 'sshd' }),
  ];
  expect(await named(taken(T0, waiting, connected))).toEqual(['2 sshd resp']);
});

it('an unconnected socket of UDP names what it sent; one of TCP does not', async () => {
  const sender = { local_address: null, local_port: 40_003, state: 'UNCONN', process: 'resolver' } as const;
  expect(await named(taken(T0, socket({ ...sender, proto: 'udp' })))).toEqual(['3 resolver orig']);
  expect(await named(taken(T0, socket({ ...sender, local_port: 40_001 })))).toEqual([]);
});

it('of several snapshots the nearest in time is believed, and none for more than a day', async () => {
  const at = (time: number, process: string): Snapshot => taken(time, socket({ ...own, process }));
  expect(await named(at(T0 + 600, 'later'), at(T0 + 2, 'near'), at(T0 - 900, 'early'))).toEqual([
    '1 near orig',
  ]);
  expect(await named(at(T0 + 1 + DAY, 'just'))).toEqual(['1 just orig']);
  expect(await named(at(T0 + 2 + DAY, 'late'), at(T0 - DAY - 1, 'soon'))).toEqual([]);
});

it('without a process there is nothing to ask', () => {
  expect(connectionProcesses([taken(T0, socket(own))])).toBeUndefined();
  expect(connectionProcesses([])).toBeUndefined();
});
