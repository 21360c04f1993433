import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inFolder, readPath } from '../../../../tests/fuzz/capture-reading.ts';
import { numberedPackets, pcapFile } from '../../../../tests/fuzz/capture-writers.ts';
import { openRandomAccess } from './random-access.ts';

const packets = numberedPackets(2000, 300);
const pcap = pcapFile(packets, { order: 'little' });
const sha256 = 'ab'.repeat(32);

/** Writes the object, hands over its path and that of a cache beside it. */
const withObject = (bytes: Buffer, use: (object: string, cacheDir: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const object = join(folder, 'object');
    writeFileSync(object, bytes);
    await use(object, join(folder, 'cache'));
  });

describe('packets by offset', () => {
  for (const [compression, bytes] of [
    ['none', pcap],
    ['gzip', gzipSync(pcap)],
  ] as const) {
    it(`are those that the reader gave: ${compression}`, async () => {
      await withObject(bytes, async (object, cacheDir) => {
        const read = await readPath(object);
        const access = await openRandomAccess(object, { compression, cacheDir, sha256 });
        for (const packet of read.packets.slice(0, 2000)) {
          expect(Buffer.from(access.read(packet.fileOffset, packet.data.length)).equals(packet.data)).toBe(
            true,
          );
        }
        expect(access.size).toBe(pcap.length);
        expect(access.read(pcap.length - 2, 10)).toHaveLength(2);
        expect(access.read(pcap.length + 5, 10)).toHaveLength(0);
        access.close();
      });
    });
  }

  it('make one plain copy, whoever asks at the same time, and make it again when it is gone', async () => {
    await withObject(gzipSync(pcap), async (object, cacheDir) => {
      const options = { compression: 'gzip', cacheDir, sha256 };
      const both = await Promise.all([openRandomAccess(object, options), openRandomAccess(object, options)]);
      for (const access of both) access.close();
      expect(readdirSync(cacheDir)).toEqual([`${sha256}.plain`]);
      rmSync(cacheDir, { recursive: true });
      const again = await openRandomAccess(object, options);
      expect(again.size).toBe(pcap.length);
      again.close();
    });
  });

  it('give the oldest copies up when the cache is full', async () => {
    await withObject(gzipSync(pcap), async (object, cacheDir) => {
      const maxCacheBytes = pcap.length * 2.5;
      const hashes = ['1', '2', '3'].map((digit) => digit.repeat(64));
      for (const [i, hash] of hashes.entries()) {
        (
          await openRandomAccess(object, { compression: 'gzip', cacheDir, sha256: hash, maxCacheBytes })
        ).close();
        const time = new Date(Date.now() - (10 - i) * 60_000);
        utimesSync(join(cacheDir, `${hash}.plain`), time, time);
      }
      expect(readdirSync(cacheDir).sort()).toEqual([`${hashes[1]}.plain`, `${hashes[2]}.plain`]);
      expect(statSync(join(cacheDir, `${hashes[2]}.plain`)).size).toBe(pcap.length);
    });
  });

  it('are refused with a sentence where the copy would not fit, and nothing is left behind', async () => {
    await withObject(gzipSync(pcap), async (object, cacheDir) => {
      await expect(
        openRandomAccess(object, { compression: 'gzip', cacheDir, sha256, maxCacheBytes: 1000 }),
      ).rejects.toThrow(/would take more than the cache may hold \(1000 bytes\)/);
      expect(readdirSync(cacheDir)).toEqual([]);
      await expect(
        openRandomAccess(object, { compression: 'gzip', cacheDir, sha256: '../x' }),
      ).rejects.toThrow(/SHA-256/);
    });
  });
});
