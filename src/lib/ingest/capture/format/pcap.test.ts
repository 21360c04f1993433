import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../../../tests/fuzz/capture-reading.ts';
import {
  numberedPackets,
  pcapFile,
  u16,
  u32,
  type PcapOptions,
} from '../../../../../tests/fuzz/capture-writers.ts';

const packets = numberedPackets(4);

/** What the 1999 patches put behind the 16 bytes of a record header. */
const patched = Buffer.concat([u32(2, 'little'), u16(0x0800, 'little'), Buffer.from([0, 0])]);

const VARIANTS: Record<string, PcapOptions> = {
  'modified (1999-10-29)': { order: 'little', magic: 0xa1b2cd34, extra: patched },
  'modified (1999-09-15, SuSE 6.3)': {
    order: 'little',
    magic: 0xa1b2cd34,
    extra: Buffer.concat([patched, Buffer.alloc(4)]),
  },
  'Red Hat 6.1, under the standard magic': { order: 'little', extra: patched },
  Nokia: { order: 'little', extra: u32(0x9fbfb601, 'little') },
  'Nokia, as other tools write it': { order: 'little', extra: u32(0, 'little') },
  'DG/UX, version 543.0': { order: 'big', version: [543, 0], swapLengths: true },
  'version 2.3 with lengths the old way': { order: 'big', version: [2, 3], swapLengths: true },
  'version 2.3 with lengths the new way': { order: 'big', version: [2, 3] },
  'snaplen 0': { order: 'little', snaplen: 0 },
  'records longer than the snaplen': { order: 'little', snaplen: 40 },
};

describe('pcap', () => {
  for (const [name, options] of Object.entries(VARIANTS)) {
    it(`is read: ${name}`, async () => {
      const longer = packets.map((packet) => ({ ...packet, len: packet.len + 10 }));
      const read = await readBytes(pcapFile(longer, options));
      expect(read.faults).toEqual([]);
      expect(read.packets.map(({ sec, nsec, data, len }) => ({ sec, nsec, data, len }))).toEqual(longer);
    });
  }

  it('of AIX counts nanoseconds and names interfaces by RFC 1573', async () => {
    const read = await readBytes(
      pcapFile(packets, { order: 'big', version: [2, 2], swapLengths: true, tick: 1, network: 6 }),
    );
    expect(read.packets.map(({ nsec, linkType }) => [nsec, linkType])).toEqual(
      packets.map(({ nsec }) => [nsec, 1]),
    );
  });

  it('tells the length of the frame check sequence in the upper bits of the link type', async () => {
    const read = await readBytes(pcapFile(packets, { order: 'little', network: 0x2400_0001 }));
    expect(read.info.linkTypes).toEqual([1]);
    expect(read.packets[0].fcsLen).toBe(4);
  });

  it('carries a fraction beyond a second into the seconds', async () => {
    const file = pcapFile([packets[0]], { order: 'little' });
    file.writeUInt32LE(2_500_000, 24 + 4);
    const read = await readBytes(file);
    expect([read.packets[0].sec, read.packets[0].nsec]).toEqual([packets[0].sec + 2, 500_000_000]);
  });
});
