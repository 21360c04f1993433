/** Conversations of connections whose keys are known: the bytes that the keys open, told as such; without keys what was on the wire. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseList } from '../../src/lib/model/api/cases.ts';
import type { Stream } from '../../src/lib/model/api/streams.ts';
import type { TablePage } from '../../src/lib/model/api/tables.ts';
import { http3Talk } from '../builders/http3.ts';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { keyLog } from '../builders/quic.ts';
import { pcapFile } from '../fuzz/capture-writers.ts';
import { ask, coldwire, type RunningServer, SAMPLES, startServer, temporaryData } from './server-process.ts';

const data = temporaryData();
let server: RunningServer;

const pathOf = async (name: string): Promise<string> => {
  const { cases } = await ask<CaseList>(server, 'GET', '/cases');
  return `/cases/${cases.find((one) => one.name === name)?.id ?? ''}`;
};

/** The first connection of that table that `filter` selects. */
const connOf = async (path: string, table: string, filter: string): Promise<string> => {
  const query = new URLSearchParams({ columns: 'uid', limit: '1', filter });
  const page = await ask<TablePage>(server, 'GET', `${path}/tables/${table}?${query}`);
  return String(page.rows[0]?.[0]);
};

const said = (stream: Stream, fromOrig: boolean): string =>
  stream.pieces
    .filter((piece) => piece.from_orig === fromOrig)
    .map(({ bytes }) => Buffer.from(bytes, 'base64').toString('latin1'))
    .join('');

const streamOf = (path: string, uid: string, query: string): Promise<Stream> =>
  ask<Stream>(server, 'GET', `${path}/conns/${uid}/stream?${query}`);

beforeAll(async () => {
  const capture = join(data.path, 'http3.pcap');
  const keys = join(data.path, 'http3.keys');
  const packets = http3Talk().datagrams.map(({ from, bytes }, n) => {
    const [src, dst] = from === 'orig' ? ['192.0.2.1', '198.51.100.2'] : ['198.51.100.2', '192.0.2.1'];
    const [sport, dport] = from === 'orig' ? [50_003, 443] : [443, 50_003];
    const frame = ethernet(ip(src, dst, udp(sport, dport, bytes)));
    return { sec: 1_700_000_000 + n, nsec: 0, data: frame, len: frame.length };
  });
  writeFileSync(capture, pcapFile(packets, { order: 'little' }));
  writeFileSync(keys, `${keyLog.join('\n')}\n`);
  const office = join(SAMPLES, 'office-hour.pcap');
  const where = ['--data', data.path];
  for (const args of [
    ['ingest', office, '--case', 'Office', ...where, '--keylog', join(SAMPLES, 'office-hour.keylog.txt')],
    ['ingest', office, '--case', 'Closed', ...where],
    ['ingest', capture, '--case', 'HTTP/3', ...where, '--keylog', keys],
  ])
    expect(await coldwire(...args)).toMatchObject({ code: 0, stderr: '' });
  server = await startServer(data.path);
}, 120_000);
afterAll(async () => {
  await server.stop();
  data.remove();
});

const HTTPS = 'next_protocol == "http/1.1"';

describe('a conversation with keys', () => {
  it('is shown as the keys open it where that is asked for, or best', async () => {
    const path = await pathOf('Office');
    const uid = await connOf(path, 'ssl', HTTPS);
    for (const as of ['best', 'decrypted']) {
      const stream = await streamOf(path, uid, `as=${as}`);
      expect(stream).toMatchObject({ decrypted: true, decryptable: true, truncated: false });
      expect(said(stream, true)).toMatch(/^(GET|POST) \S+ HTTP\/1\.1\r\n/);
      expect(said(stream, false)).toMatch(/^HTTP\/1\.1 \d{3} /);
      expect(stream.orig_bytes).toBe(said(stream, true).length);
      expect(stream.pieces.every(({ n, ts }) => n > 0 && ts > 0)).toBe(true);
    }
    const wire = await streamOf(path, uid, '');
    expect(wire).toMatchObject({ decrypted: false, decryptable: true });
    // A record of TLS: its handshake.
    expect(said(wire, true).slice(0, 2)).toBe('\x16\x03');
    expect(said(wire, true)).not.toContain('HTTP/1.1');
  });

  it('is cut at the limit, and says so', async () => {
    const path = await pathOf('Office');
    const uid = await connOf(path, 'ssl', HTTPS);
    const stream = await streamOf(path, uid, 'as=decrypted&limit=20');
    expect(stream).toMatchObject({ truncated: true });
    expect(stream.orig_bytes + stream.resp_bytes).toBe(20);
  });

  it('is what was on the wire where there are none', async () => {
    const path = await pathOf('Closed');
    const uid = await connOf(path, 'ssl', 'server_name');
    expect(await streamOf(path, uid, 'as=best')).toMatchObject({ decrypted: false, decryptable: false });
    const response = await fetch(`${server.api}${path}/conns/${uid}/stream?as=decrypted`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('No keys opened this connection');
  });

  it('of QUIC tells the stream of each piece', async () => {
    const path = await pathOf('HTTP/3');
    const uid = await connOf(path, 'http', 'uri == "/week"');
    const stream = await streamOf(path, uid, 'as=best');
    expect(stream.decrypted).toBe(true);
    expect([...new Set(stream.pieces.map((piece) => piece.stream))].sort()).toEqual([0, 12, 2, 3, 4, 6, 8]);
    expect(said(stream, false)).toContain('The plan of the week.');
    const login = stream.pieces.filter((piece) => piece.stream === 4 && piece.from_orig);
    expect(Buffer.from(login[0]?.bytes ?? '', 'base64').toString('latin1')).toContain('user=alice');
  });
});
