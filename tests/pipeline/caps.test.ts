/** What a cap cuts off is counted in the completeness ledger, and what fits is not. */

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeCaptureRows } from '../../src/lib/ingest/pipeline/capture-rows.ts';
import type { Losses } from '../../src/lib/ingest/pipeline/reading.ts';
import { FILE_LIMITS, PROTOCOL_LIMITS } from '../../src/lib/model/limits.ts';
import { Talk } from '../builders/talk.ts';
import { ingest, type Ingested } from './ingest.ts';

/** Bytes of one segment: what an IP packet holds, about. */
const SEGMENT = 60_000;

const counted = ({ rows }: Ingested): Record<string, unknown> =>
  Object.fromEntries(
    rows('ledger')
      .filter(({ scope }) => scope === 'connection')
      .map(({ code, count }) => [String(code), count]),
  );

function sent(talk: Talk, side: 'orig' | 'resp', bytes: Uint8Array): Talk {
  for (let at = 0; at < bytes.length; at += SEGMENT) talk[side]('PA', bytes.subarray(at, at + SEGMENT));
  return talk;
}

const answered = (body: Uint8Array, fields: readonly string[]): Talk => {
  const talk = new Talk().handshake().orig('PA', 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n');
  const head = ['HTTP/1.1 200 OK', ...fields, `Content-Length: ${String(body.length)}`, '', ''].join('\r\n');
  return sent(talk.resp('PA', head), 'resp', body);
};

const posted = (body: Uint8Array): Talk => {
  const head = `POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
  return sent(new Talk().handshake().orig('PA', head), 'orig', body).resp(
    'PA',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  );
};

describe('the ledger counts', () => {
  it('bodies that become more than the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(PROTOCOL_LIMITS.maxDecodedBodyBytes + 1));
    const read = await ingest(answered(bomb, ['Content-Encoding: gzip']).packets);
    expect(counted(read)).toEqual({ bodies_encoded: 1 });
    // It stays as it was sent.
    expect(read.rows('files')).toMatchObject([{ mime_type: 'application/x-gzip', seen_bytes: bomb.length }]);
    const fits = gzipSync(Buffer.alloc(1024));
    expect(counted(await ingest(answered(fits, ['Content-Encoding: gzip']).packets))).toEqual({});
  });

  it('bodies of which more than the cap is compressed', async () => {
    const body = gzipSync(randomBytes(PROTOCOL_LIMITS.maxEncodedBodyBytes), { level: 0 });
    const read = await ingest(answered(body, ['Content-Encoding: gzip']).packets);
    expect(counted(read)).toEqual({ bodies_encoded: 1 });
    expect(Number(read.rows('files')[0]?.['missing_bytes'])).toBeGreaterThan(0);
  });

  it('bodies of which only the beginning was searched for a login', async () => {
    const filler = (length: number): Buffer => Buffer.from(`a=${'b'.repeat(length)}&password=secret1`);
    const beyond = await ingest(posted(filler(PROTOCOL_LIMITS.maxBodyInspectionBytes)).packets);
    expect(counted(beyond)).toEqual({ logins_beyond: 1 });
    expect(beyond.rows('credentials')).toEqual([]);
    const within = await ingest(posted(filler(1024)).packets);
    expect(counted(within)).toEqual({});
    expect(within.rows('credentials')).toHaveLength(1);
  });

  const asked = (fields: string): Talk =>
    sent(
      new Talk().handshake(),
      'orig',
      Buffer.from(`GET /a HTTP/1.1\r\nHost: a.test\r\n${fields}Last: yes\r\n\r\n`),
    ).resp('PA', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  const namesIn = (read: Ingested): string[] => {
    const fields = JSON.parse(String(read.rows('http')[0]?.['request_headers'])) as [string, string][];
    return fields.map(([name]) => name);
  };

  it('messages of which a line is too long, once each', async () => {
    const long = `X: ${'a'.repeat(PROTOCOL_LIMITS.maxLineBytes)}\r\n`;
    const read = await ingest(asked(long + long).packets);
    expect(counted(read)).toEqual({ headers_cut: 1 });
    expect(namesIn(read)).toEqual(['Host', 'Last']);
    const fits = `X: ${'a'.repeat(PROTOCOL_LIMITS.maxLineBytes - 5)}\r\n`;
    expect(counted(await ingest(asked(fits).packets))).toEqual({});
  });

  it('messages whose header is too long, however many fields it has', async () => {
    const field = `X: ${'a'.repeat(1020)}\r\n`;
    const fitting = Math.floor(PROTOCOL_LIMITS.maxHeaderBytes / 1023) - 1;
    const read = await ingest(asked(field.repeat(fitting + 20)).packets);
    expect(counted(read)).toEqual({ headers_cut: 1 });
    expect(namesIn(read)).not.toContain('Last');
    const whole = await ingest(asked(field.repeat(fitting)).packets);
    expect(counted(whole)).toEqual({});
    expect(namesIn(whole)).toHaveLength(fitting + 2);
  });

  it('headers of HTTP/2 that are too long', async () => {
    const frame = (type: number, flags: number, payload: Buffer): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head.writeUInt8(type, 3);
      head.writeUInt8(flags, 4);
      head.writeUInt32BE(type === 4 ? 0 : 1, 5);
      return Buffer.concat([head, payload]);
    };
    const piece = Buffer.alloc(16_384);
    const pieces = Math.ceil(PROTOCOL_LIMITS.maxHeaderBytes / piece.length) + 1;
    const talk = new Talk().handshake().orig('PA', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    sent(talk, 'orig', frame(4, 0, Buffer.alloc(0)));
    sent(talk, 'orig', frame(1, 0, piece));
    for (let n = 0; n < pieces; n++) sent(talk, 'orig', frame(9, 0, piece));
    expect(counted(await ingest(talk.packets))).toEqual({ headers_cut: 1 });
  });

  it('archives beyond the cap', async () => {
    const archive = Buffer.alloc(FILE_LIMITS.maxArchiveBytes + 1);
    archive.write('PK\x03\x04', 'latin1');
    expect(counted(await ingest(answered(archive, []).packets))).toEqual({ archives_capped: 1 });
  });

  it('archives with more members than have rows', async () => {
    const member = Buffer.alloc(31);
    member.write('PK\x03\x04', 'latin1');
    member.writeUInt16LE(1, 26);
    member.write('x', 30);
    const archive = Buffer.concat(Array<Buffer>(FILE_LIMITS.maxMembers + 1).fill(member));
    const read = await ingest(answered(archive, []).packets);
    expect(counted(read)).toEqual({ archives_capped: 1 });
    expect(read.rows('files')).toHaveLength(1 + FILE_LIMITS.maxMembers);
    const fewer = await ingest(answered(archive.subarray(member.length), []).packets);
    expect(counted(fewer)).toEqual({});
  });

  it('segments beyond a hole that stays open', async () => {
    const talk = new Talk().handshake().orig('PA', 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n');
    talk.resp('PA', 'HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n');
    const hole = talk.next('resp');
    talk.orig('A', 0, { ack: hole }).lost('resp', 100);
    // The client says again and again that it waits.
    for (let held = 0; held <= PROTOCOL_LIMITS.maxOutOfOrderBytes; held += SEGMENT)
      talk.resp('A', SEGMENT).orig('A', 0, { ack: hole });
    expect(counted(await ingest(talk.packets))).toEqual({ segments_capped: 1 });
  });

  it('every kind of loss, each under a code of its own', () => {
    const losses: Losses = {
      fragments: { timedOut: 1, incomplete: 2, capped: 3, overlaps: 4, conflicts: 5 },
      strayingTimes: 6,
      meaninglessChecksums: 19,
      cappedConnections: 7,
      notInspected: 8,
      bordersNotJoined: 20,
      outOfOrderDropped: 9,
      expectationsDropped: 10,
      parserFailures: 11,
      cuts: {
        unparsed_bytes: 12,
        names: 13,
        bodies_encoded: 14,
        logins_beyond: 15,
        layers: 16,
        archives: 17,
        headers_cut: 18,
      },
    };
    const written: Record<string, unknown> = {};
    writeCaptureRows(
      { row: (_, { code, count }) => (written[String(code)] = count) },
      { captures: [], tallies: [], losses, connections: 0, tables: {}, failedSinks: [] },
    );
    expect(written).toEqual({
      fragments_timed_out: 1,
      fragments_incomplete: 2,
      fragments_capped: 3,
      fragment_overlaps: 4,
      fragment_conflicts: 5,
      straying_times: 6,
      connections_capped: 7,
      payload_not_inspected: 8,
      payload_borders_not_joined: 20,
      segments_capped: 9,
      expectations_capped: 10,
      parser_failures: 11,
      streams_cut: 12,
      names_capped: 13,
      bodies_encoded: 14,
      logins_beyond: 15,
      layers_capped: 16,
      archives_capped: 17,
      headers_cut: 18,
      checksums_ignored: 19,
    });
  });
});
