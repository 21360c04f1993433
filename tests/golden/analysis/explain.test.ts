/** A snapshot of one host of before.pcap against the capture: made from its connections, with one socket hidden and one made up. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { explain } from '../../../src/lib/analysis/compare/explain.ts';
import type { RecordsSide } from '../../../src/lib/analysis/compare/side.ts';
import { rangeOfRecords, socketsOfRecords } from '../../../src/lib/analysis/compare/snapshot-of-records.ts';
import type { Query } from '../../../src/lib/analysis/query.ts';
import { sealSnapshot } from '../../../src/lib/model/snapshot-seal.ts';
import type { Snapshot, Socket } from '../../../src/lib/model/snapshot.ts';
import { sealedSamples, type Sealed } from './sealed-sample.ts';

const HOST = '10.192.15.67';
const side: RecordsSide = { kind: 'records', inputs: ['before'] };
let sealed: Sealed;
let query: Query;
let own: Socket[];

beforeAll(async () => {
  sealed = await sealedSamples(['before']);
  query = (sql, params) => sealed.reader.rows(sql, params);
  const all = await socketsOfRecords(query, side, { most: 10_000 });
  own = all
    .filter(({ local_address, proto }) => local_address === HOST && proto !== 'icmp')
    .map((socket, n) => ({
      ...socket,
      direction: null,
      process: `program-${n % 3}`,
      pid: 100 + n,
      user: 'fitter',
    }));
});
afterAll(() => sealed.close());

const snapshotOf = (sockets: Socket[], time: number, window: Snapshot['window'] = null): Snapshot =>
  sealSnapshot({
    time: new Date(time * 1000).toISOString(),
    window,
    origin: { kind: 'host', format: 'ss', host: 'bench-1', detail: null, sha256: null },
    addresses: [HOST],
    sockets,
    skipped: 0,
  });

it('a socket hidden from the snapshot is the only wire-only row, one without packets the only host-only one', async () => {
  const range = await rangeOfRecords(query, side);
  const window = { from: Number(range?.first) / 1e9, to: Number(range?.last) / 1e9 };
  const hidden = own.find(({ service }) => service === 'ssh');
  const madeUp: Socket = { ...own[0], peer_address: '203.0.113.77', peer_port: 4444, pid: 666 };
  expect(hidden).toBeDefined();
  const shown = [...own.filter((socket) => socket !== hidden), madeUp];
  const found = await explain(query, snapshotOf(shown, window.to, window), side, { limit: 100 });
  expect(
    found.wire_only.map(({ orig, orig_port, resp, resp_port }) => [orig, orig_port, resp, resp_port]),
  ).toEqual([[HOST, hidden?.local_port, hidden?.peer_address, hidden?.peer_port]]);
  expect(found.of_wire_only).toBe(1);
  expect(found.host_only).toEqual([madeUp]);
  expect(found.mine).toBe(own.length);
  expect(found.explained).toBe(own.length - 1);
  // Each connection has the process of its own socket.
  const pidOf = new Map(own.map(({ local_port, peer_port, pid }) => [`${local_port} ${peer_port}`, pid]));
  expect(found.named.length).toBe(own.length - 1);
  for (const { orig_port, resp_port, pid, user } of found.named) {
    expect([pid, user]).toEqual([pidOf.get(`${orig_port} ${resp_port}`), 'fitter']);
  }
  expect(found.applications.reduce((sum, { conns }) => sum + conns, 0)).toBe(own.length);
  expect(found.applications.find(({ process }) => process === null)?.conns).toBe(1);
});

it('as of an instant, what was closed before and what began later needs no socket', async () => {
  const ssh = own.find(({ service }) => service === 'ssh');
  const middle = ((ssh?.first ?? 0) + (ssh?.last ?? 0)) / 2;
  const open = await socketsOfRecords(query, side, {
    at: BigInt(Math.round(middle * 1e6)) * 1000n,
    most: 100,
  });
  const mine = open.filter(({ local_address, proto }) => local_address === HOST && proto !== 'icmp');
  expect(mine.map(({ local_port }) => local_port)).toContain(ssh?.local_port);
  // Closed in the end, it was open then; what began and ended before is not there at all.
  const then = mine.find(({ local_port }) => local_port === ssh?.local_port);
  expect([ssh?.state, then?.state]).toEqual(['CLOSED', 'ESTAB']);
  expect(mine.every(({ first, last }) => (first ?? 0) <= middle && (last ?? 0) >= middle)).toBe(true);
  const { wire_only, open: count } = await explain(query, snapshotOf([], middle), side, {
    slack: 0,
    limit: 100,
  });
  expect(wire_only.map(({ orig_port }) => orig_port).sort()).toEqual(
    mine.map(({ local_port }) => local_port).sort(),
  );
  expect(count).toBe(mine.length);
  expect(mine.length).toBeLessThan(own.length);
});

it('an unconnected UDP socket explains every peer; a listening TCP socket names but does not explain', async () => {
  const server = '10.192.15.1';
  const waiting = (proto: 'udp' | 'tcp', port: number): Socket => ({
    ...own[0],
    proto,
    local_address: null,
    local_port: port,
    peer_address: null,
    peer_port: null,
    state: proto === 'tcp' ? 'LISTEN' : 'UNCONN',
    process: 'dnsmasq',
  });
  const window = { from: 0, to: 4e9 };
  const made = (sockets: Socket[], address: string): Snapshot => ({
    ...snapshotOf(sockets, 4e9, window),
    addresses: [address],
  });
  const dns = await explain(query, made([waiting('udp', 53)], server), side, { limit: 100 });
  expect(dns.mine).toBeGreaterThan(5);
  expect(dns.wire_only).toEqual([]);
  expect(dns.named.every(({ process }) => process === 'dnsmasq')).toBe(true);
  const web = await explain(query, made([waiting('tcp', 443)], '10.192.15.98'), side, { limit: 100 });
  expect(web.wire_only.map(({ resp_port, process }) => [resp_port, process])).toContainEqual([
    443,
    'dnsmasq',
  ]);
  // Who waits for anybody is not missed on the wire.
  expect([dns.host_only, web.host_only]).toEqual([[], []]);
  // Of TCP only who was asked is named: the port that a client asks from may be one where another program waits.
  const client = own.find(({ proto, service }) => proto === 'tcp' && service === 'ssh');
  const asked = await explain(query, made([waiting('tcp', client?.local_port ?? 0)], HOST), side, {
    limit: 1_000,
  });
  const row = asked.wire_only.find(
    ({ orig, orig_port }) => orig === HOST && orig_port === client?.local_port,
  );
  expect(row).toMatchObject({ process: null });
});
