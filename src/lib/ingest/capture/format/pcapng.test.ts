import { describe, expect, it } from 'vitest';
import {
  enhancedPacket,
  interfaceBlock,
  ngBlock,
  ngOptions,
  numberedPackets,
  obsoletePacket,
  pcapngFile,
  sectionHeader,
  simplePacket,
  u16,
  u32,
  u64,
} from '../../../../../tests/fuzz/capture-writers.ts';
import { readBytes } from '../../../../../tests/fuzz/capture-reading.ts';
import { FAULT } from '../../../model/faults.ts';

const [packet] = numberedPackets(1);

describe('pcapng', () => {
  it('keeps what the section and its interfaces say', async () => {
    const { info } = await readBytes(
      Buffer.concat([
        sectionHeader('little', [
          [1, 'first'],
          [1, 'second'],
          [2, 'a machine'],
          [3, 'an OS'],
          [4, 'a program'],
        ]),
        interfaceBlock('little', 1, 65_535, [
          [2, 'eth0'],
          [3, 'uplink'],
          [9, Buffer.from([9])],
          [11, Buffer.from('\0tcp port 80')],
          [12, 'Linux'],
          [14, u64(7200n, 'little')],
          [1, 'about eth0'],
        ]),
        interfaceBlock('little', 101, 96, [[9, Buffer.from([0x80 | 20])]]),
        ngBlock(
          5,
          Buffer.concat([
            u32(0, 'little'),
            u64(0n, 'little'),
            ngOptions(
              [
                [4, u64(2n ** 33n + 5n, 'little')],
                [5, u64(3n, 'little')],
              ],
              'little',
            ),
          ]),
          'little',
        ),
      ]),
    );
    expect(info).toMatchObject({
      hardware: 'a machine',
      os: 'an OS',
      application: 'a program',
      comments: [{ text: 'first' }, { text: 'second' }],
      linkTypes: [1, 101],
      snaplen: 65_535,
      blocks: { SHB: 1, IDB: 2, ISB: 1 },
    });
    expect(info.interfaces).toEqual([
      {
        linkType: 1,
        snaplen: 65_535,
        name: 'eth0',
        description: 'uplink',
        filter: 'tcp port 80',
        os: 'Linux',
        comment: 'about eth0',
        tsResolution: '10^-9',
        tsOffsetS: 7200,
        received: 2 ** 33 + 5,
        dropped: 3,
      },
      { linkType: 101, snaplen: 96, tsResolution: '2^-20', tsOffsetS: 0 },
    ]);
  });

  it('adds if_tsoffset to the times', async () => {
    const file = Buffer.concat([
      sectionHeader('big'),
      interfaceBlock('big', 1, 0, [[14, u64(BigInt.asUintN(64, -3600n), 'big')]]),
      enhancedPacket('big', 0, packet),
    ]);
    const { packets } = await readBytes(file);
    expect(packets[0].sec).toBe(packet.sec - 3600);
  });

  it('reads packets of all three kinds, over sections of differing byte order', async () => {
    const { info, packets } = await readBytes(
      Buffer.concat([
        sectionHeader('little', [], 12n),
        interfaceBlock('little', 1, 20),
        interfaceBlock('little', 101),
        enhancedPacket('little', 1, packet),
        simplePacket('little', packet.data.subarray(0, 20), packet.len),
        sectionHeader('big'),
        interfaceBlock('big', 113),
        obsoletePacket('big', 0, packet),
      ]),
    );
    expect(info).toMatchObject({
      byteOrder: 'mixed',
      linkTypes: [1, 101, 113],
      blocks: { SHB: 2, IDB: 3, EPB: 1, SPB: 1, PB: 1 },
    });
    expect(
      packets.map(({ linkType, interfaceIndex, sec, len, data }) => [
        linkType,
        interfaceIndex,
        sec,
        len,
        data.length,
      ]),
    ).toEqual([
      [101, 1, packet.sec, 60, 60],
      [1, 0, 0, 60, 20],
      [113, 2, packet.sec, 60, 60],
    ]);
  });

  it('knows comments and frame check sequences of packets', async () => {
    const flags = (fcsBytes: number) => u32(fcsBytes << 5, 'little');
    const { info, packets } = await readBytes(
      Buffer.concat([
        sectionHeader('little'),
        interfaceBlock('little', 1, 0, [[13, Buffer.from([32])]]),
        enhancedPacket('little', 0, packet),
        enhancedPacket('little', 0, packet, 6, [
          [2, flags(2)],
          [1, 'look here'],
        ]),
      ]),
    );
    expect(packets.map((one) => one.fcsLen)).toEqual([4, 2]);
    expect(info.comments).toEqual([{ frame: 2, text: 'look here' }]);
  });

  it('takes names and secrets, and counts blocks of every type', async () => {
    const record = (type: number, value: Buffer) =>
      Buffer.concat([
        u16(type, 'big'),
        u16(value.length, 'big'),
        value,
        Buffer.alloc((4 - (value.length % 4)) % 4),
      ]);
    const names = Buffer.concat([
      record(1, Buffer.from([192, 0, 2, 1, ...Buffer.from('a.example\0b.example\0')])),
      record(
        2,
        Buffer.from([
          0x20,
          1,
          0xd,
          0xb8,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          1,
          ...Buffer.from('six.example\0'),
        ]),
      ),
      record(3, Buffer.from([0, 1, 2, 3, 4, 0xff, ...Buffer.from('printer\0')])),
      record(0, Buffer.alloc(0)),
      ngOptions([[1, 'about names']], 'big'),
    ]);
    const { info } = await readBytes(
      Buffer.concat([
        sectionHeader('big'),
        ngBlock(4, names, 'big'),
        ngBlock(10, Buffer.concat([u32(0x544c534b, 'big'), u32(5, 'big'), Buffer.from('CLIEN')]), 'big'),
        ngBlock(0xbad, Buffer.concat([u32(32_473, 'big'), Buffer.from('data')]), 'big'),
        ngBlock(0x40000bad, Buffer.concat([u32(32_473, 'big'), Buffer.from('data')]), 'big'),
        ngBlock(0xabcdef01, Buffer.from('data'), 'big'),
      ]),
    );
    expect(info.names).toEqual([
      { address: '192.0.2.1', name: 'a.example' },
      { address: '192.0.2.1', name: 'b.example' },
      { address: '2001:db8::1', name: 'six.example' },
      { address: '00:01:02:03:04:ff', name: 'printer' },
    ]);
    expect(info.secrets).toEqual([{ type: 0x544c534b, data: new Uint8Array(Buffer.from('CLIEN')) }]);
    expect(info.comments).toEqual([{ text: 'about names' }]);
    expect(info.blocks).toEqual({ SHB: 1, NRB: 1, DSB: 1, CB: 1, DCB: 1, '0xabcdef01': 1 });
  });

  it('goes on behind options that overrun their block, and marks what follows', async () => {
    const bad = enhancedPacket('little', 0, packet, 6, [[1, 'comment']]);
    bad.writeUInt16LE(500, bad.length - 4 - 4 - 8 - 2);
    const { info, faults, packets } = await readBytes(
      Buffer.concat([pcapngFile([packet], 'little'), bad, enhancedPacket('little', 0, packet)]),
    );
    expect(faults).toMatchObject([{ code: FAULT.bad_option }]);
    expect(packets.map((one) => one.recovered)).toEqual([false, true, true]);
    expect(info).toMatchObject({ packets: 1, recoveredPackets: 2 });
  });

  it('does not believe a section of an unknown version', async () => {
    const other = sectionHeader('little');
    other.writeUInt16LE(9, 12);
    const { faults, packets } = await readBytes(
      Buffer.concat([
        pcapngFile([packet], 'little'),
        other,
        enhancedPacket('little', 0, packet),
        enhancedPacket('little', 0, packet),
      ]),
    );
    expect(faults).toMatchObject([{ code: FAULT.bad_section, skipped: 28 }]);
    expect(packets.map((one) => one.recovered)).toEqual([false, true, true]);
  });
});
