import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { MemorySink } from '../pipeline/ingest.ts';
import { captureOptions, formatSize, parseSize } from './generate.mjs';
import { GENERATOR_VERSION, writeCapture } from './generator/capture.mjs';

const folder = mkdtempSync(join(tmpdir(), 'coldwire-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Frame {
  readonly seconds: number;
  readonly fraction: number;
  readonly bytes: Buffer;
}

function framesOf(capture: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 24; at < capture.length;) {
    const length = capture.readUInt32LE(at + 8);
    frames.push({
      seconds: capture.readUInt32LE(at),
      fraction: capture.readUInt32LE(at + 4),
      bytes: capture.subarray(at + 16, at + 16 + length),
    });
    at += 16 + length;
  }
  return frames;
}

/** The Internet checksum as RFC 1071 writes it, word by word: 0xffff where the sum holds. */
function wordSum(...parts: Buffer[]): number {
  const bytes = Buffer.concat(parts);
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let i = 0; i < even.length; i += 2) {
    sum += even.readUInt16BE(i);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** What Coldwire reads in a capture: connections by service, and the names of anomalies. */
async function recordsOf(path: string): Promise<{ services: Map<string, number>; weird: string[] }> {
  const sink = new MemorySink();
  const readers = await openCaptures(path);
  await runPipeline(
    readers.map((reader) => ({ reader, sha256: '' })),
    sink,
    { packetsTable: 'none' },
  );
  for (const reader of readers) await reader.close();
  const services = new Map<string, number>();
  for (const { service } of sink.rows('conn')) {
    const name = typeof service === 'string' ? service : '';
    services.set(name, (services.get(name) ?? 0) + 1);
  }
  return { services, weird: [...new Set(sink.rows('weird').map(({ name }) => String(name)))] };
}

interface Decoded {
  readonly proto: number;
  readonly conversation: string;
  readonly vlan: boolean;
  readonly ipv6: boolean;
  readonly headerSum: number;
  readonly transportSum: number;
}

/** null: ARP. */
function decode(frame: Buffer): Decoded | null {
  const vlan = frame.readUInt16BE(12) === 0x8100;
  const link = vlan ? 18 : 14;
  const type = frame.readUInt16BE(link - 2);
  if (type === 0x0806) return null;
  const ipv6 = type === 0x86dd;
  const ip = frame.subarray(link);
  const [from, to, proto, l4] = ipv6
    ? [ip.subarray(8, 24), ip.subarray(24, 40), ip.readUInt8(6), ip.subarray(40, 40 + ip.readUInt16BE(4))]
    : [ip.subarray(12, 16), ip.subarray(16, 20), ip.readUInt8(9), ip.subarray(20, ip.readUInt16BE(2))];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(l4.length);
  const pseudo =
    proto === 1 ? Buffer.alloc(0) : Buffer.concat([from, to, length, Buffer.from([0, 0, 0, proto])]);
  const ports =
    proto === 6 || proto === 17
      ? [l4.readUInt16BE(0), l4.readUInt16BE(2)]
      : [l4.readUInt16BE(4), l4.readUInt16BE(4)];
  const ends = [`${from.toString('hex')}:${ports[0]}`, `${to.toString('hex')}:${ports[1]}`].sort();
  return {
    proto,
    conversation: `${proto} ${ends.join(' ')}`,
    vlan,
    ipv6,
    headerSum: ipv6 ? 0xffff : wordSum(ip.subarray(0, 20)),
    transportSum: wordSum(pseudo, l4),
  };
}

/** Large enough for every kind of connection to occur. */
const SIZES = { mixed: 20_000_000, small: 2_000_000 } as const;

/** Another hash with the same version would give cached captures and published figures that cannot be compared. */
const PINNED = {
  version: 1,
  mixed: '64bdf60dc217e1f1ce9165e20b75a24a2856eec2a260b92bf0c6737f8b5a44b4',
  small: '7288a3fcfd4b285027016f6323ef252060f60ffd9c83bdcb959a243bb0ef386e',
};

describe.each(['mixed', 'small'] as const)('%s', (profile) => {
  const options = captureOptions({ profile, size: SIZES[profile] });
  const path = join(folder, `${profile}.pcap`);
  let facts: ReturnType<typeof writeCapture>;
  let capture: Buffer;
  let frames: Frame[];
  let decoded: (Decoded | null)[];
  beforeAll(() => {
    facts = writeCapture(path, options);
    capture = readFileSync(path);
    frames = framesOf(capture);
    decoded = frames.map((frame) => decode(frame.bytes));
  });

  test('the same bytes on every machine, until the version says otherwise', () => {
    expect({ version: GENERATOR_VERSION, hash: createHash('sha256').update(capture).digest('hex') }).toEqual({
      version: PINNED.version,
      hash: PINNED[profile],
    });
  });

  test('another seed gives another capture', () => {
    const other = join(folder, `${profile}-2.pcap`);
    writeCapture(other, { ...options, seed: 2 });
    expect(readFileSync(other).equals(capture)).toBe(false);
  });

  test('holds what it says: packets, bytes, connections', () => {
    expect(facts.bytes).toBe(capture.length);
    expect(facts.packets).toBe(frames.length);
    expect(Math.abs(capture.length / options.size - 1)).toBeLessThan(0.1);
    const kinds = Object.values(facts.kinds).reduce((sum, count) => sum + count, 0);
    expect(kinds).toBe(options.connections);
    const conversations = new Set(decoded.flatMap((d) => (d === null ? [] : [d.conversation])));
    expect(conversations.size).toBe(options.connections);
    expect(decoded.filter((d) => d === null)).toHaveLength(2 * facts.arp);
    for (const [what, count] of [
      ['vlan', facts.vlan],
      ['ipv6', facts.ipv6],
    ] as const)
      expect(new Set(decoded.flatMap((d) => (d?.[what] ? [d.conversation] : []))).size).toBe(count);
  });

  test('every DNS message and HTTP header is whole, and bodies have the bytes that they announce', async () => {
    const rows = await recordsOf(path);
    const { dns = 0, http = 0, tls = 0 } = facts.kinds;
    expect(rows.services.get('dns')).toBe(dns);
    // A connection whose first segment is lost tells nobody what it is.
    expect(rows.services.get('http') ?? 0).toBeGreaterThanOrEqual(Math.floor(0.97 * http));
    expect(rows.services.get('ssl') ?? 0).toBeGreaterThanOrEqual(Math.floor(0.97 * tls));
    expect(rows.weird).toEqual([]);
  });

  test('every checksum is right', () => {
    const wrong = decoded.filter((d) => d !== null && (d.headerSum !== 0xffff || d.transportSum !== 0xffff));
    expect(wrong).toEqual([]);
    expect(new Set(decoded.map((d) => d?.proto))).toEqual(new Set([undefined, 1, 6, 17, 58]));
  });

  test('time never goes back', () => {
    const times = frames.map((frame) => frame.seconds * 1e6 + frame.fraction);
    expect(times.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0))).toBe(true);
  });

  test('the network loses, repeats and reorders as it should', () => {
    const { data, lost, retransmitted, reordered } = facts.segments;
    for (const [count, share] of [
      [lost, 0.005],
      [retransmitted, 0.01],
      [reordered, 0.01],
    ] as const)
      expect(Math.abs(count / data / share - 1)).toBeLessThan(0.25);
  });

  test('in nanoseconds the same packets have finer times', () => {
    const fine = join(folder, `${profile}-ns.pcap`);
    writeCapture(fine, { ...options, nanoseconds: true });
    const bytes = readFileSync(fine);
    expect(bytes.readUInt32LE(0)).toBe(0xa1b23c4d);
    const rounded = framesOf(bytes).map((frame) => [frame.seconds, Math.floor(frame.fraction / 1000)]);
    expect(rounded).toEqual(frames.map((frame) => [frame.seconds, frame.fraction]));
  });
});

test('the mixed capture is mostly bodies, and a third of its connections ask for names', () => {
  const { bytes, bodyBytes, connections, kinds } = writeCapture(
    join(folder, 'shares.pcap'),
    captureOptions({ profile: 'mixed', size: SIZES.mixed }),
  );
  expect(bodyBytes / bytes).toBeGreaterThan(0.6);
  expect((kinds.dns ?? 0) / connections).toBeGreaterThan(0.3);
});

test('a longer capture has no more connections open at once', () => {
  const open = (size: number) =>
    writeCapture(join(folder, 'open.pcap'), captureOptions({ profile: 'small', size })).open;
  expect(open(20_000_000)).toBeLessThan(1.5 * open(5_000_000));
});

test('sizes are read and written', () => {
  expect([parseSize('50M'), parseSize('1.5g'), parseSize('300000')]).toEqual([50e6, 1.5e9, 300_000]);
  expect([formatSize(1e9), formatSize(300e6), formatSize(123_456)]).toEqual(['1G', '300M', '123456']);
  expect(() => parseSize('ten')).toThrow('is no size of a capture');
  expect(() => parseSize('1K')).toThrow('at least 100K');
});
