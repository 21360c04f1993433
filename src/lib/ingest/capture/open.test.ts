import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inFolder, readBytes, readPath } from '../../../../tests/fuzz/capture-reading.ts';
import { numberedPackets, pcapFile, pcapngFile } from '../../../../tests/fuzz/capture-writers.ts';
import { NotACapture } from '../../model/capture.ts';
import { FAULT } from '../../model/faults.ts';
import { openCapture, openCaptures } from './open.ts';
import { newView } from './view.ts';

const packets = numberedPackets(20);
const pcap = pcapFile(packets, { order: 'little' });

/** `pcap` as zstd -19 (with checksum) and xz -9 made it. */
const ZSTD =
  'KLUv/WQIBYUEAIQE1MOyoQIABAAEAAHxU2U86AMB0AcCuAsDoA8EiBMFcBcGWBsHQB8IKCMJECcK+CoL4C4MyDINsDYOmDoPgD4QaEIRUEYSOEoTPqjQVNsMUFlrEZCFRKjG///zAZCWIA+hfEL5hPIJ5RPKJ5RPKJ9QPqF8QvmE8gnlE8onlE8on1B+Cer5E0n035gkQ4IiBZesuP4=';
const XZ =
  '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AYHAJFdAGow0ch9i/gJm68fzHkIdYpx+0fp4ffTJF+YusLByPRT45ZF8GMh/jZKdyA6s9C6v5SUCiHHSrrecPDKWlewoLBSzdnVZOLOe4IRX5KWUp+C5iTu3rn0uK3+die/EBZna0xgGzOsm7PhefalODnT80dIBl4CXjyJ66YTJUikq3YAb1i9obmW+nRiaR8v3KXclh4AAAAAbNnK/AABqQGIDAAA+9rR4T4wDYsCAAAAAAFZWg==';

interface Member {
  name: string;
  bytes: Buffer;
  stored?: boolean;
}

/** A zip archive; sizes and checksums in the local headers. */
function zip(members: Member[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, stored } of members) {
    const data = stored ? bytes : deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, place, Buffer.from(name)]),
    );
    files.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...files, entries, Buffer.from('PK\x05\x06'), end]);
}

const data = (read: { packets: { data: Buffer }[] }) => read.packets.map((packet) => packet.data);

describe('compressed captures', () => {
  const whole: Record<string, [Buffer, string]> = {
    gzip: [gzipSync(pcap), 'gzip'],
    'gzip of two members': [
      Buffer.concat([gzipSync(pcap.subarray(0, 700)), gzipSync(pcap.subarray(700))]),
      'gzip',
    ],
    'gzip with bytes behind it': [Buffer.concat([gzipSync(pcap), Buffer.alloc(512)]), 'gzip'],
    'gzip in gzip': [gzipSync(gzipSync(pcap)), 'gzip+gzip'],
    zstd: [Buffer.from(ZSTD, 'base64'), 'zstd'],
    'zstd with a skippable frame in front': [
      Buffer.concat([
        Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]),
        Buffer.from(ZSTD, 'base64'),
      ]),
      'zstd',
    ],
    xz: [Buffer.from(XZ, 'base64'), 'xz'],
    'zstd in gzip': [gzipSync(Buffer.from(ZSTD, 'base64')), 'gzip+zstd'],
    zip: [zip([{ name: 'a.pcap', bytes: pcap }]), 'zip'],
    'zip, stored': [zip([{ name: 'a.pcap', bytes: pcap, stored: true }]), 'zip'],
    'gzip in zip': [zip([{ name: 'a.pcap.gz', bytes: gzipSync(pcap) }]), 'zip+gzip'],
  };
  for (const [name, [bytes, compression]] of Object.entries(whole)) {
    it(`are read: ${name}`, async () => {
      // By content, never by name.
      const read = await readBytes(bytes, 'capture.txt');
      expect(data(read)).toEqual(packets.map((packet) => packet.data));
      expect(read.info).toMatchObject({ compression, format: 'pcap', size: bytes.length, cutShort: false });
      expect(read.faults).toEqual([]);
    });
  }

  const twice: Record<string, Buffer> = { zstd: Buffer.from(ZSTD, 'base64'), xz: Buffer.from(XZ, 'base64') };
  for (const [name, bytes] of Object.entries(twice)) {
    it(`of two ${name} streams in a row are read as one`, async () => {
      const read = await readBytes(Buffer.concat([bytes, bytes]));
      // The second stream begins with a file header, which passes for one empty record; then the chain breaks.
      expect(read.info).toMatchObject({ packets: 21, recoveredPackets: 20 });
    });
  }

  const streams: Record<string, Buffer> = {
    gzip: gzipSync(pcap, { level: 0 }),
    zstd: Buffer.from(ZSTD, 'base64'),
    xz: Buffer.from(XZ, 'base64'),
    zip: zip([{ name: 'a.pcap', bytes: pcap }]),
  };
  for (const [name, bytes] of Object.entries(streams)) {
    it(`cut at any length yield what came before, or a sentence: ${name}`, async () => {
      for (let length = 1; length < bytes.length; length += 1 + Math.floor(bytes.length / 60)) {
        try {
          const read = await readBytes(bytes.subarray(0, length));
          expect(data(read)).toEqual(packets.slice(0, read.packets.length).map((packet) => packet.data));
          // Cut in the checksum or the directory, the stream may have given all it had.
          if (read.packets.length < 20)
            expect(read.faults.at(-1)?.code, `cut at ${length}`).toBe(FAULT.bad_compressed_data);
        } catch (error) {
          expect(error).toBeInstanceOf(NotACapture);
        }
      }
    });
  }

  it('stop at the cap on the ratio of output to input', async () => {
    const record = pcap.subarray(24, 24 + 76);
    const bytes = gzipSync(Buffer.concat([pcap.subarray(0, 24), Buffer.alloc(76 * 1_200_000, record)]), {
      level: 9,
    });
    const read = await readBytes(bytes);
    expect(read.faults.map((fault) => fault.code)).toEqual([FAULT.inflation_cap]);
    expect(read.packets.length).toBeGreaterThan(800_000);
    expect(read.packets.length).toBeLessThan(900_000);
  });

  it('of xz can be read at the same time', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'x');
      writeFileSync(path, Buffer.from(XZ, 'base64'));
      const readers = await Promise.all([openCapture(path), openCapture(path)]);
      const view = newView();
      for (const reader of readers) {
        expect(await reader.refill()).toBe(true);
        expect(reader.next(view)).toBe(true);
      }
      for (const reader of readers) await reader.close();
    });
  });

  it('are refused when nested too deep', async () => {
    const deep = gzipSync(gzipSync(gzipSync(gzipSync(pcap))));
    await expect(readBytes(deep, 'deep')).rejects.toThrow(
      'not supported: deep is compressed more than 3 times over; unpack it first.',
    );
  });
});

describe('an archive of several captures', () => {
  it('gives a reader each, and names what is no capture', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'many.zip');
      writeFileSync(
        path,
        zip([
          { name: 'notes.txt', bytes: Buffer.from('hello\n') },
          { name: 'a/one.pcap', bytes: pcap },
          { name: 'two.pcapng', bytes: pcapngFile(packets, 'big') },
        ]),
      );
      const skipped: string[] = [];
      const readers = await openCaptures(path, { onSkipped: (sentence) => skipped.push(sentence) });
      expect(readers.map(({ info }) => [info.name, info.format])).toEqual([
        ['a/one.pcap', 'pcap'],
        ['two.pcapng', 'pcapng'],
      ]);
      expect(skipped).toHaveLength(1);
      expect(skipped[0]).toContain('notes.txt is a text file');
      const view = newView();
      for (const reader of readers) {
        let count = 0;
        while (await reader.refill()) while (reader.next(view)) count++;
        expect(count).toBe(20);
        await reader.close();
      }
      expect((await readPath(path)).info.name).toBe('a/one.pcap');
    });
  });

  it('is refused with a sentence when it holds none', async () => {
    await expect(readBytes(zip([]), 'none.zip')).rejects.toThrow(
      'none.zip is an archive without files: it holds no capture.',
    );
  });
});

describe('what is no capture gets one sentence', () => {
  const cases: [name: string, bytes: Buffer, sentence: RegExp][] = [
    ['an empty file', Buffer.alloc(0), /^it is empty \(0 bytes\): it holds no capture\.$/],
    [
      'a text file',
      Buffer.from('1 0.000 10.0.0.1 > 10.0.0.2 TCP\n'),
      /^it is a text file, not a capture: .*\.$/,
    ],
    ['rubbish', Buffer.from([1, 2, 3, 4, 250, 0, 9]), /^it is not a capture of a known format: .*\.$/],
    [
      'a pcap cut in its header',
      pcap.subarray(0, 20),
      /^it: the pcap file ends inside its header: 20 of 24 bytes are there, so it holds no packets\.$/,
    ],
    [
      'a pcapng cut in its header',
      pcapngFile([], 'big').subarray(0, 27),
      /^it: the pcapng file ends inside its header: 27 of 28 bytes/,
    ],
    [
      'a btsnoop file',
      Buffer.from('btsnoop\0\0\0\0\x01'),
      /^not supported: it is a btsnoop Bluetooth capture; .*\.$/,
    ],
    ['a bzip2 file', Buffer.from('BZh91AY'), /^not supported: it is a bzip2 archive; .*\.$/],
    ['gzip of text', gzipSync('text'), /^it is a text file/],
    ['gzip of nothing', gzipSync(''), /^it is empty/],
    [
      'gzip cut at once',
      gzipSync(pcap).subarray(0, 5),
      /^it cannot be decompressed: The gzip stream ends in the middle/,
    ],
    [
      'a pcap of version 1',
      pcapFile([], { order: 'big', version: [1, 0] }),
      /^it: not supported: pcap of version 1\.0/,
    ],
  ];
  for (const [name, bytes, sentence] of cases) {
    it(name, async () => {
      await expect(readBytes(bytes, 'it')).rejects.toThrow(sentence);
      await expect(readBytes(bytes, 'it')).rejects.toBeInstanceOf(NotACapture);
    });
  }

  it('a directory, a missing file, a file without permission', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'dir'));
      await expect(openCapture(join(folder, 'dir'))).rejects.toThrow(
        'dir is a directory, not a capture: name the files in it.',
      );
      await expect(openCapture(join(folder, 'gone.pcap'))).rejects.toThrow(
        'gone.pcap cannot be opened: there is no such file; check the path.',
      );
      const secret = join(folder, 'secret.pcap');
      writeFileSync(secret, pcap);
      chmodSync(secret, 0);
      // Root may read it all the same.
      if (process.getuid?.() !== 0) await expect(openCapture(secret)).rejects.toThrow(/no permission/);
    });
  });
});

describe('file descriptors', () => {
  it('are closed with the reader, and after a refusal', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    await inFolder(async (folder) => {
      const paths = [
        pcap,
        gzipSync(pcap),
        zip([
          { name: 'a', bytes: pcap },
          { name: 'b', bytes: pcap },
        ]),
        Buffer.from('text'),
      ].map((bytes, i) => {
        const path = join(folder, String(i));
        writeFileSync(path, bytes);
        return path;
      });
      const before = open();
      for (const path of paths) await readPath(path).catch(() => undefined);
      expect(open()).toBe(before);
    });
  });
});
