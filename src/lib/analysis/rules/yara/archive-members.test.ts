import { gzipSync } from 'node:zlib';
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { expect, it } from 'vitest';
import { ARCHIVE_LIMITS, isArchive, unpack } from './archive-members.ts';

const zip = async (files: Readonly<Record<string, string | Uint8Array>>, password?: string): Promise<Uint8Array> => {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content] of Object.entries(files))
    await writer.add(name, typeof content === 'string' ? new TextReader(content) : new Uint8ArrayReader(content), password === undefined ? {} : { password });
  return writer.close();
};
const texts = async (bytes: Uint8Array, limits?: Partial<typeof ARCHIVE_LIMITS>): Promise<{ found: Record<string, string>; leftOut: number }> => {
  const { members, leftOut } = await unpack(bytes, { ...ARCHIVE_LIMITS, ...limits });
  return { found: Object.fromEntries(members.map(({ name, bytes: content }) => [name, Buffer.from(content).toString()])), leftOut };
};

it('members of a zip, the content of a gzip, and nothing of what is neither', async () => {
  expect(await texts(await zip({ 'a.txt': 'one', 'dir/b.txt': 'two'.repeat(100) }))).toEqual({ found: { 'a.txt': 'one', 'dir/b.txt': 'two'.repeat(100) }, leftOut: 0 });
  expect(await texts(gzipSync('three'))).toEqual({ found: { '': 'three' }, leftOut: 0 });
  expect(isArchive(Buffer.from('PK, not one'))).toBe(false);
  expect(await texts(Buffer.from('text'))).toEqual({ found: {}, leftOut: 0 });
});

it('what is too large, too many, encrypted or damaged is left out and counted', async () => {
  const archive = await zip({ a: 'x'.repeat(100), b: 'y'.repeat(100), c: 'z' });
  expect(await texts(archive, { memberBytes: 50 })).toEqual({ found: { c: 'z' }, leftOut: 2 });
  expect(await texts(archive, { totalBytes: 150 })).toEqual({ found: { a: 'x'.repeat(100), c: 'z' }, leftOut: 1 });
  expect(await texts(archive, { members: 1 })).toEqual({ found: { a: 'x'.repeat(100) }, leftOut: 2 });
  expect(await texts(await zip({ secret: 'x' }, 'infected'))).toEqual({ found: {}, leftOut: 1 });
  expect(await texts(archive.subarray(0, 60))).toEqual({ found: {}, leftOut: 1 });
  expect(await texts(gzipSync(Buffer.alloc(1_000)), { memberBytes: 999 })).toEqual({ found: {}, leftOut: 1 });
  expect(await texts(gzipSync('cut off').subarray(0, 20))).toEqual({ found: {}, leftOut: 1 });
});
