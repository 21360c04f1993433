/** Checksums are ignored where most of them are wrong, and nowhere else. */

import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../../tests/builders/links.ts';
import { ip, udp } from '../../../../tests/builders/packets.ts';
import { ingest, MemoryReader, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { CHECKSUM_SAMPLE } from '../../model/limits.ts';
import { meaninglessChecksums } from './checksum-sample.ts';

const datagram = (i: number, badChecksum: boolean): TestPacket => ({
  at: i * 0.001,
  bytes: ethernet(
    ip(
      '10.0.0.1',
      '10.0.0.2',
      udp(5000, 9000, [i & 255, 1, 2], { checksum: badChecksum ? 'wrong' : 'right' }),
    ),
  ),
});
const capture = (right: number, wrong: number): TestPacket[] =>
  Array.from({ length: right + wrong }, (_, i) => datagram(i, i < wrong));
const judge = (...captures: TestPacket[][]): Promise<number> =>
  meaninglessChecksums(captures.map((packets) => new MemoryReader(packets)));

describe('checksums mean', () => {
  it('nothing where more than half of the first packets have a wrong one', async () => {
    expect(await judge(capture(10, 11))).toBe(11);
    expect(await judge(capture(5, 4), capture(4, 7))).toBe(11);
  });

  it('something where half or fewer do, where just a few packets do, and where none do', async () => {
    expect(await judge(capture(10, 10))).toBe(0);
    expect(await judge(capture(0, CHECKSUM_SAMPLE.leastWrong - 1))).toBe(0);
    expect(await judge(capture(20, 0))).toBe(0);
    expect(await judge([])).toBe(0);
  });

  it('what the first packets say, whatever comes later', async () => {
    const late = Array.from({ length: 3 * CHECKSUM_SAMPLE.packets }, (_, i) =>
      datagram(i, i >= CHECKSUM_SAMPLE.packets),
    );
    expect(await judge(late)).toBe(0);
  });
});

describe('a capture whose checksums mean nothing', () => {
  const packets = capture(2, 9);

  it('keeps its packets, and its ledger says why', async () => {
    const { conns, result, rows } = await ingest(packets, { wrongChecksums: 9 });
    expect(conns).toMatchObject([{ orig_pkts: 11, orig_bytes: 33 }]);
    expect(result.packets.faults).toEqual({});
    expect(rows('ledger')).toMatchObject([{ code: 'checksums_ignored', count: 9 }]);
  });

  it('is judged by them where that was asked for', async () => {
    const { result, rows } = await ingest(packets, { wrongChecksums: 9, checksums: 'verify' });
    expect(result.packets.faults).toEqual({ bad_checksum: 9 });
    expect(rows('ledger').map(({ code }: { code?: unknown }) => code)).not.toContain('checksums_ignored');
  });
});
