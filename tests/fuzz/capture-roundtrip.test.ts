import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes, type ReadPacket } from './capture-reading.ts';
import {
  netmonFile,
  numberedPackets,
  pcapFile,
  pcapHeader,
  pcapngFile,
  pcapRecord,
  snoopFile,
  ticksOf,
  type ByteOrder,
  type PcapOptions,
  type TestPacket,
} from './capture-writers.ts';

const packetsArbitrary = fc.array(
  fc
    .record({
      sec: fc.integer({ min: 1, max: 0xffff_fffe }),
      nsec: fc.integer({ min: 0, max: 999_999_999 }),
      data: fc.uint8Array({ minLength: 0, maxLength: 200 }),
      more: fc.integer({ min: 0, max: 1000 }),
    })
    .map(({ sec, nsec, data, more }): TestPacket => ({ sec, nsec, data, len: data.length + more })),
  { maxLength: 20 },
);

/** The packet as a format keeps it whose clock ticks every `tick` nanoseconds. */
const expected = (packets: readonly TestPacket[], tick: number) =>
  packets.map(({ sec, nsec, data, len }) => ({
    sec,
    nsec: nsec - (nsec % tick),
    data: Buffer.from(data),
    len,
  }));

const content = (packets: readonly ReadPacket[]) =>
  packets.map(({ sec, nsec, data, len }) => ({ sec, nsec, data, len }));

const orders: ByteOrder[] = ['little', 'big'];

const PCAP_KINDS: Record<string, Omit<PcapOptions, 'order'>> = {
  microseconds: {},
  nanoseconds: { magic: 0xa1b23c4d, tick: 1 },
  'Ixia hardware': { magic: 0x1c0001ac, tick: 1, headerExtra: Buffer.alloc(4) },
  'Ixia software': { magic: 0x1c0001ab, headerExtra: Buffer.alloc(4) },
  'version 2.2, lengths the old way': { version: [2, 2], swapLengths: true },
};

describe('what is written is read back', () => {
  for (const order of orders) {
    for (const [kind, options] of Object.entries(PCAP_KINDS)) {
      it(`pcap, ${kind}, ${order}-endian`, async () => {
        await fc.assert(
          fc.asyncProperty(packetsArbitrary, async (packets) => {
            const read = await readBytes(pcapFile(packets, { order, ...options }));
            expect(content(read.packets)).toEqual(expected(packets, options.tick ?? 1000));
            expect(read.info).toMatchObject({
              format: 'pcap',
              byteOrder: order,
              packets: packets.length,
              cutShort: false,
            });
            expect(read.faults).toEqual([]);
          }),
          { numRuns: 25 },
        );
      });
    }

    // Resolutions of 10^-n and 2^-n seconds, coarser and finer than a nanosecond.
    for (const tsresol of [0, 3, 6, 9, 10, 12, 0x80 | 1, 0x80 | 10, 0x80 | 20, 0x80 | 31, 0x80 | 32]) {
      it(`pcapng, if_tsresol ${tsresol}, ${order}-endian`, async () => {
        await fc.assert(
          fc.asyncProperty(packetsArbitrary, async (all) => {
            // Ticks are 64 bits: finer clocks reach less far.
            const packets = all.filter((packet) => BigInt(packet.sec + 1) * perSecond(tsresol) < 2n ** 64n);
            const read = await readBytes(pcapngFile(packets, order, tsresol));
            expect(content(read.packets)).toEqual(
              packets.map((packet) => ({
                ...packet,
                ...timeOf(packet, tsresol),
                data: Buffer.from(packet.data),
              })),
            );
            expect(read.info).toMatchObject({ format: 'pcapng', byteOrder: order, packets: packets.length });
          }),
          { numRuns: 15 },
        );
      });
    }
  }

  it('snoop', async () => {
    await fc.assert(
      fc.asyncProperty(packetsArbitrary, async (packets) => {
        const read = await readBytes(snoopFile(packets));
        expect(content(read.packets)).toEqual(expected(packets, 1000));
      }),
      { numRuns: 25 },
    );
  });

  it('Network Monitor', async () => {
    await fc.assert(
      fc.asyncProperty(packetsArbitrary, async (packets) => {
        const read = await readBytes(netmonFile(packets));
        expect(content(read.packets)).toEqual(expected(packets, 1000));
        expect(read.faults).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

const perSecond = (tsresol: number): bigint => (tsresol & 0x80 ? 2n : 10n) ** BigInt(tsresol & 0x7f);

/** The time as BigInt arithmetic has it. */
function timeOf(packet: TestPacket, tsresol: number): { sec: number; nsec: number } {
  const ticks = ticksOf(packet, tsresol);
  const unit = perSecond(tsresol);
  return { sec: Number(ticks / unit), nsec: Number(((ticks % unit) * 1_000_000_000n) / unit) };
}

describe('records that straddle blocks', () => {
  it('are whole, whatever their sizes', async () => {
    const packets = numberedPackets(900).map((packet, i) => {
      const size = (i * 7919) % 5000;
      return { ...packet, data: Buffer.alloc(size, i % 251), len: size };
    });
    const read = await readBytes(pcapFile(packets, { order: 'little' }));
    expect(content(read.packets)).toEqual(expected(packets, 1000));
    expect(read.packets.map((packet) => packet.n)).toEqual(packets.map((_, i) => i + 1));
  });

  it('carry the offset of their bytes in the file', async () => {
    const packets = numberedPackets(2000, 700);
    const file = pcapFile(packets, { order: 'big' });
    const read = await readBytes(file);
    for (const packet of read.packets) {
      expect(
        file.subarray(packet.fileOffset, packet.fileOffset + packet.data.length).equals(packet.data),
      ).toBe(true);
    }
  });

  it('may be longer than a block where the link type allows it', async () => {
    const options: PcapOptions = { order: 'little', network: 249, snaplen: 0x0800_0000 };
    const large: TestPacket = {
      sec: 1_700_000_000,
      nsec: 0,
      data: Buffer.alloc(3_000_000, 7),
      len: 3_000_000,
    };
    const file = Buffer.concat([
      pcapHeader(options),
      pcapRecord(large, options),
      pcapRecord({ ...large, data: Buffer.from([1]), len: 1 }, options),
    ]);
    const read = await readBytes(file);
    expect(read.packets.map((packet) => packet.data.length)).toEqual([3_000_000, 1]);
  });
});
