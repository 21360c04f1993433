/** The fixtures of HTTP/3 are what the builder says, and tshark reads the same streams out of its packets. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PieceKind, pieceBytes } from '../../src/lib/ingest/protocol/wire/quic-streams.ts';
import { earlyTalk, http3Talk, SAID } from '../builders/http3.ts';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { keyLog, keyLogWithEarly } from '../builders/quic.ts';
import { pcapFile } from '../fuzz/capture-writers.ts';
import { haveTools, inFolder, run as runTool } from '../oracle/tools.ts';
import { type Fixture, type FixtureEvent, piecesOf, readFixture, run, saveOutcome } from './fixture.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');

const hexEvents = (parts: readonly { from: FixtureEvent['from']; bytes: Uint8Array }[]): FixtureEvent[] =>
  parts.map(({ from, bytes }) => ({ from, hex: Buffer.from(bytes).toString('hex') }));

const FIXTURES: Readonly<Record<string, Fixture>> = {
  // What QUIC hands over: a stream of pieces, which is split, cut and changed as streams are.
  'http3.json': {
    transport: 'tcp',
    orig_p: 50_003,
    resp_p: 443,
    announced: { name: 'http3', context: {} },
    events: hexEvents(
      SAID.map(({ from, stream, bytes, fin }) => ({
        from,
        bytes: pieceBytes(fin ? 'end' : 'data', stream, bytes),
      })),
    ),
  },
  'quic.http3.json': {
    transport: 'udp',
    orig_p: 50_003,
    resp_p: 443,
    secrets: keyLog,
    events: hexEvents(http3Talk().datagrams),
  },
  'quic.0rtt.json': {
    transport: 'udp',
    orig_p: 50_003,
    resp_p: 443,
    secrets: keyLogWithEarly,
    events: hexEvents(earlyTalk(true).datagrams),
  },
};

describe.each(Object.entries(FIXTURES))('%s', (file, fixture) => {
  it('is what the builder makes', () => {
    const path = join(FOLDER, file);
    if (process.env['UPDATE_GOLDEN']) {
      const { failures, ...outcome } = run(fixture, piecesOf(fixture));
      expect(failures).toEqual([]);
      saveOutcome(path, fixture, outcome);
    }
    const { expect: _, ...kept } = readFixture(path);
    expect(kept).toEqual(fixture);
  });
});

it('gives the same however the streams come: byte by byte', () => {
  const fixture = readFixture(join(FOLDER, 'http3.json'));
  const pieces = SAID.flatMap(({ from, stream, bytes, fin }, n) =>
    [...bytes].map((byte, i) => ({
      dir: from === 'orig' ? (0 as const) : (1 as const),
      bytes: pieceBytes(fin && i === bytes.length - 1 ? 'end' : 'data', stream, Uint8Array.of(byte)),
      frame: n + 1,
    })),
  );
  const { failures, ...outcome } = run(fixture, pieces);
  expect(failures).toEqual([]);
  expect(outcome).toEqual(fixture.expect);
});

it('survives holes in any stream, and still tells who asked for what', () => {
  const fixture = readFixture(join(FOLDER, 'http3.json'));
  for (const [lost, said] of SAID.entries())
    for (const length of [1, 7, 20]) {
      const pieces = SAID.flatMap(({ from, stream, bytes, fin }, n) => {
        const part = (kind: PieceKind, data: Uint8Array | number) => ({
          dir: from === 'orig' ? (0 as const) : (1 as const),
          bytes: pieceBytes(kind, stream, data),
          frame: n + 1,
        });
        const end = fin ? 'end' : 'data';
        return n === lost
          ? [part('data', bytes.subarray(0, 3)), part('gap', length), part(end, bytes.subarray(3 + length))]
          : [part(end, bytes)];
      });
      const { failures, tables } = run(fixture, pieces);
      expect(failures).toEqual([]);
      const rows = tables['http'] ?? [];
      expect(rows.length).toBe(said.from === 'orig' && said.fin ? rows.length : 2);
      expect(rows.length).toBeGreaterThan(0);
    }
});

it('shows nothing of HTTP/3 without the keys', () => {
  const { secrets: _, ...closed } = FIXTURES['quic.http3.json'] ?? { events: [] };
  const { services, tables } = run(closed, piecesOf(closed));
  expect(services).toEqual(['quic', 'ssl']);
  expect(Object.keys(tables).sort()).toEqual(['names', 'quic', 'ssl']);
});

const urisOf = (taken: boolean, secrets: readonly string[]): unknown[] => {
  const events = hexEvents(earlyTalk(taken).datagrams);
  const fixture: Fixture = { transport: 'udp', orig_p: 50_003, resp_p: 443, secrets, events };
  const { failures, tables } = run(fixture, piecesOf(fixture));
  expect(failures).toEqual([]);
  expect(tables['quic']).toMatchObject([{ history: expect.stringContaining('ZZ') as string }]);
  return (tables['http'] ?? []).map(({ uri, host, status_code, first_frame }) => [
    uri,
    host,
    status_code,
    first_frame,
  ]);
};

describe('what a client says in 0-RTT packets', () => {
  // The stream begins in the second of its packets: they come out of order.
  const early = ['/early', 'plan.example.org', 200, 3];
  const late = ['/late', undefined, undefined, 7];

  it('is read where the server took it', () => {
    expect(urisOf(true, keyLogWithEarly)).toEqual([early, late]);
  });

  it('was not said where the server did not', () => {
    expect(urisOf(false, keyLogWithEarly).map((row) => (row as unknown[])[0])).not.toContain('/early');
  });

  it('stays closed without its own secret', () => {
    expect(urisOf(true, keyLog).map((row) => (row as unknown[])[0])).not.toContain('/early');
  });
});

if (haveTools('tshark'))
  it('is decrypted by tshark too, to the frames that were said', async () => {
    const said = await inFolder(async (folder) => {
      const packets = http3Talk().datagrams.map(({ from, bytes }, n) => {
        const [src, dst] = from === 'orig' ? ['192.0.2.1', '198.51.100.2'] : ['198.51.100.2', '192.0.2.1'];
        const [sport, dport] = from === 'orig' ? [50_003, 443] : [443, 50_003];
        const data = ethernet(ip(src, dst, udp(sport, dport, bytes)));
        return { sec: 1_700_000_000 + n, nsec: 0, data, len: data.length };
      });
      const path = join(folder, 'http3.pcap');
      writeFileSync(path, pcapFile(packets, { order: 'little' }));
      writeFileSync(join(folder, 'keys'), `${keyLog.join('\n')}\n`);
      const fields = ['quic.stream.stream_id', 'http3.frame_type', 'http3.settings.qpack.max_table_capacity'];
      const { stdout } = await runTool('tshark', [
        ...['-r', path, '-o', `tls.keylog_file:${join(folder, 'keys')}`, '-T', 'fields', '-E', 'separator=;'],
        ...fields.flatMap((field) => ['-e', field]),
      ]);
      return stdout.split('\n').filter((line) => /\d/.test(line));
    });
    // Streams and frames of each packet; a frame whose beginning is in another packet is told with the last of them.
    expect(said).toEqual([
      '2;4,33;4096',
      '3;4;220',
      '6;;',
      '0;1;',
      '6;;',
      '0;;',
      '0;1,0,33;',
      '0;1,0,33;',
      '4,8;1,0,1;',
      '4,8;1,1;',
      '8;;',
      '12;1;',
    ]);
  });
