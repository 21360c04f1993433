import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, readBytes } from '../../../tests/fuzz/capture-reading.ts';
import { writePcapng, type PcapngPacket } from './pcapng-writer.ts';

async function collect(packets: PcapngPacket[], options = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writePcapng(packets, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const ETHERNET = 1;
const RAW = 101;

const packets: PcapngPacket[] = [
  {
    linkType: ETHERNET,
    ts: 1_700_000_000_123_456_789n,
    len: 100,
    bytes: Buffer.alloc(61, 1),
    comment: 'first – the one',
  },
  { linkType: RAW, ts: 1_700_000_000_123_456_790n, len: 20, bytes: Buffer.alloc(20, 0x45) },
  { linkType: ETHERNET, ts: 1_700_000_001_000_000_000n, len: 0, bytes: Buffer.alloc(0) },
  { linkType: ETHERNET, ts: 0n, len: 4, bytes: Buffer.alloc(4), interfaceName: 'tap b' },
];

describe('pcapng that we write', () => {
  it('is read back as it was', async () => {
    const read = await readBytes(await collect(packets, { application: 'coldwire', comment: 'a slice' }));
    expect(read.faults).toEqual([]);
    expect(
      read.packets.map(({ linkType, sec, nsec, len, data }) => [linkType, sec, nsec, len, data.length]),
    ).toEqual([
      [ETHERNET, 1_700_000_000, 123_456_789, 100, 61],
      [RAW, 1_700_000_000, 123_456_790, 20, 20],
      [ETHERNET, 1_700_000_001, 0, 0, 0],
      [ETHERNET, 0, 0, 4, 4],
    ]);
    expect(read.info).toMatchObject({
      application: 'coldwire',
      comments: [{ text: 'a slice' }, { frame: 1, text: 'first – the one' }],
      linkTypes: [ETHERNET, RAW],
      blocks: { SHB: 1, IDB: 3, EPB: 4 },
    });
    expect(read.info.interfaces.map((one) => one.name)).toEqual([undefined, undefined, 'tap b']);
  });

  it('comes in chunks, and is a capture without packets too', async () => {
    const many = Array.from({ length: 500 }, () => ({ ...packets[0], bytes: Buffer.alloc(1000) }));
    let chunks = 0;
    for await (const chunk of writePcapng(many)) {
      chunks++;
      expect(chunk.length).toBeLessThan(70_000);
    }
    expect(chunks).toBeGreaterThan(5);
    expect((await readBytes(await collect([]))).info).toMatchObject({ format: 'pcapng', packets: 0 });
  });

  it('cuts a comment that is too long between characters', async () => {
    const read = await readBytes(await collect([{ ...packets[0], comment: 'é'.repeat(40_000) }]));
    expect(read.faults).toEqual([]);
    expect(read.info.comments[0].text).toMatch(/^é+$/);
  });

  const hasTshark = spawnSync('tshark', ['--version']).status === 0;
  it.skipIf(!hasTshark)('is what tshark reads', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'slice.pcapng');
      writeFileSync(path, await collect(packets, { application: 'coldwire' }));
      const fields = [
        'frame.time_epoch',
        'frame.len',
        'frame.cap_len',
        'frame.interface_id',
        'frame.comment',
      ];
      const run = spawnSync(
        'tshark',
        ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
        { encoding: 'utf8' },
      );
      expect(run.stdout.replace(/\n$/, '').split('\n')).toEqual([
        '1700000000.123456789\t100\t61\t0\tfirst – the one',
        '1700000000.123456790\t20\t20\t1\t',
        '1700000001.000000000\t0\t0\t0\t',
        '0.000000000\t4\t4\t2\t',
      ]);
    });
  });
});
