import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT } from '../../src/lib/model/faults.ts';
import { NotACapture } from '../../src/lib/model/capture.ts';
import { readBytes, type ReadCapture } from './capture-reading.ts';
import { netmonFile, numberedPackets, pcapFile, pcapngFile, snoopFile } from './capture-writers.ts';

const packets = numberedPackets(6, 50);

interface Sample {
  file: Buffer;
  /** Bytes without which there is no capture. */
  header: number;
  /** Where each packet's record ends. */
  ends: number[];
}

const sample = (file: Buffer, header: number, firstRecord: number, record: number): Sample => ({
  file,
  header,
  ends: packets.map((_, i) => firstRecord + (i + 1) * record),
});

const SAMPLES: Record<string, Sample> = {
  pcap: sample(pcapFile(packets, { order: 'little' }), 24, 24, 66),
  pcapng: sample(pcapngFile(packets, 'big'), 28, 28 + 20 + 12, 84),
  snoop: sample(snoopFile(packets), 16, 16, 76),
  netmon: sample(netmonFile(packets), 128, 128, 66),
};

async function readOrRefuse(bytes: Uint8Array): Promise<ReadCapture | NotACapture> {
  try {
    return await readBytes(bytes);
  } catch (error) {
    if (error instanceof NotACapture) return error;
    throw error;
  }
}

describe('a file cut at any length', () => {
  for (const [format, { file, header, ends }] of Object.entries(SAMPLES)) {
    it(`${format}: every whole packet is counted, and no other`, async () => {
      for (let length = 1; length < file.length; length++) {
        const read = await readOrRefuse(file.subarray(0, length));
        if (length < header) {
          expect(read, `cut at ${length}`).toBeInstanceOf(NotACapture);
          expect((read as NotACapture).message).toMatch(/\.$/);
          continue;
        }
        if (read instanceof NotACapture) throw read;
        // The last snoop record may lack the bytes that pad it.
        const whole = ends.filter((end) => end - (format === 'snoop' ? 2 : 0) <= length).length;
        expect(read.info.packets, `cut at ${length}`).toBe(whole);
        expect(read.packets.length).toBe(whole);
      }
    });
  }

  it('is told as cut short, with the place', async () => {
    const { file, ends } = SAMPLES['pcap'];
    const read = await readBytes(file.subarray(0, ends[2] + 20));
    expect(read.info.cutShort).toBe(true);
    expect(read.faults).toMatchObject([{ code: FAULT.cut_short, offset: ends[2], skipped: 20 }]);
    const whole = await readBytes(file.subarray(0, ends[2]));
    expect(whole.info.cutShort).toBe(false);
    expect(whole.faults).toEqual([]);
  });
});

describe('a mutated file', () => {
  for (const [format, { file, header }] of Object.entries(SAMPLES)) {
    it(`${format}: is read or refused, never thrown over, and nothing is counted twice`, async () => {
      const mutation = fc.record({
        at: fc.integer({ min: 0, max: file.length - 1 }),
        value: fc.integer({ min: 0, max: 255 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
          const bytes = Buffer.from(file);
          for (const { at, value } of mutations) bytes[at] = value;
          const read = await readOrRefuse(bytes);
          if (read instanceof NotACapture) {
            expect(mutations.some(({ at }) => at < header)).toBe(true);
            return;
          }
          expect(read.info.packets + read.info.recoveredPackets).toBe(read.packets.length);
          expect(read.packets.map((packet) => packet.n)).toEqual(read.packets.map((_, i) => i + 1));
          const firstRecovered = read.packets.findIndex((packet) => packet.recovered);
          expect(firstRecovered === -1 ? read.packets.length : firstRecovered).toBe(read.info.packets);
          for (const { nsec } of read.packets) expect(nsec >= 0 && nsec <= 999_999_999).toBe(true);
        }),
        { numRuns: 120 },
      );
    });
  }
});

describe('the chain of records breaks', () => {
  it('pcap: an absurd length costs that record alone', async () => {
    const { file, ends } = SAMPLES['pcap'];
    const bytes = Buffer.from(file);
    bytes.writeUInt32LE(0xffff_fff0, ends[1] + 8);
    const read = await readBytes(bytes);
    expect(read.info).toMatchObject({ packets: 2, recoveredPackets: 3 });
    expect(read.packets.map((packet) => packet.data[0])).toEqual([0, 1, 3, 4, 5]);
    expect(read.packets.map((packet) => packet.recovered)).toEqual([false, false, true, true, true]);
    expect(read.faults).toMatchObject([{ code: FAULT.bad_record_length, offset: ends[1], skipped: 66 }]);
  });

  it('pcap: a length that reaches past the end does not hide what follows', async () => {
    const { file, ends } = SAMPLES['pcap'];
    const bytes = Buffer.from(file);
    bytes.writeUInt32LE(200_000, ends[1] + 8);
    const read = await readBytes(bytes);
    expect(read.info).toMatchObject({ packets: 2, recoveredPackets: 3, cutShort: false });
    expect(read.faults).toMatchObject([{ code: FAULT.bad_record_length, offset: ends[1], skipped: 66 }]);
  });

  it('pcap: found again behind a megabyte of rubbish', async () => {
    const many = numberedPackets(3000, 500);
    const good = pcapFile(many, { order: 'little' });
    const at = 24 + 1000 * 516;
    const rubbish = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 2654435761) >>> 24));
    const read = await readBytes(
      Buffer.concat([good.subarray(0, at), Buffer.alloc(16, 0xff), rubbish, good.subarray(at)]),
    );
    expect(read.info).toMatchObject({ packets: 1000, recoveredPackets: 2000 });
    expect(read.faults).toMatchObject([{ code: FAULT.bad_record_length, offset: at, skipped: 1_000_016 }]);
  });

  it('pcapng: a block whose lengths differ is passed over', async () => {
    const { file, ends } = SAMPLES['pcapng'];
    const bytes = Buffer.from(file);
    bytes.writeUInt32BE(99, ends[2] - 4);
    const read = await readBytes(bytes);
    expect(read.info).toMatchObject({ packets: 2, recoveredPackets: 3 });
    expect(read.faults).toMatchObject([{ code: FAULT.bad_block, offset: ends[1], skipped: 84 }]);
  });

  it('pcapng: a packet of an unknown interface is left out and counted', async () => {
    const { file, ends } = SAMPLES['pcapng'];
    const bytes = Buffer.from(file);
    bytes.writeUInt32BE(7, ends[1] + 8);
    const read = await readBytes(bytes);
    expect(read.info).toMatchObject({ packets: 2, recoveredPackets: 3 });
    expect(read.faults).toMatchObject([{ code: FAULT.unknown_interface, offset: ends[1], skipped: 84 }]);
  });
});
