import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipArchive } from './zip-members.ts';

interface Kind {
  readonly flags?: number;
  readonly method?: number;
  readonly behind?: boolean;
}

const member = (
  name: string,
  content: string,
  { flags = 0, method = 8, behind = false }: Kind = {},
): Buffer => {
  const data = method === 8 ? deflateRawSync(Buffer.from(content)) : Buffer.from(content);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(flags | (behind ? 8 : 0), 6);
  header.writeUInt16LE(method, 8);
  if (!behind) {
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(content.length, 22);
  }
  header.writeUInt16LE(name.length, 26);
  const after = Buffer.alloc(behind ? 16 : 0);
  if (behind) {
    after.writeUInt32LE(0x08074b50, 0);
    after.writeUInt32LE(crc32(content), 4);
    after.writeUInt32LE(data.length, 8);
    after.writeUInt32LE(content.length, 12);
  }
  return Buffer.concat([header, Buffer.from(name), data, after]);
};

const membersOf = (bytes: Uint8Array): (readonly [string, number | undefined, string | undefined])[] => {
  const archive = new ZipArchive();
  archive.add(bytes);
  return archive
    .members()
    .members.map(
      ({ name, total, bytes: content }) => [name, total, content && Buffer.from(content).toString()] as const,
    );
};

describe('members of a ZIP archive', () => {
  it('are told with their content: deflated, stored, and with sizes behind', () => {
    const archive = Buffer.concat([
      member('a.txt', 'aaaa'),
      member('folder/', '', { method: 0 }),
      member('b.txt', 'bb', { method: 0 }),
      member('c.txt', 'cccc', { behind: true }),
      member('d.txt', 'dd'),
    ]);
    expect(membersOf(archive)).toEqual([
      ['a.txt', 4, 'aaaa'],
      ['b.txt', 2, 'bb'],
      ['c.txt', undefined, 'cccc'],
      ['d.txt', 2, 'dd'],
    ]);
  });

  it('are told without it where they are encrypted, of another method, or cut off', () => {
    const archive = Buffer.concat([
      member('secret.exe', 'xxxx', { flags: 1 }),
      member('old.txt', 'xxxx', { method: 6 }),
      member('cut.txt', 'x'.repeat(100), { method: 0 }),
    ]);
    expect(membersOf(archive.subarray(0, -1))).toEqual([
      ['secret.exe', 4, undefined],
      ['old.txt', 4, undefined],
      ['cut.txt', 100, undefined],
    ]);
  });

  it('come out of no bytes whatever as an error', () => {
    const archive = Buffer.concat([member('a', 'aaaa'), member('b', 'bbbb', { behind: true })]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 6 }),
        (changes) => {
          const damaged = Buffer.from(archive);
          for (const [at, byte] of changes) damaged[at] = byte;
          expect(membersOf(damaged).length).toBeLessThan(4);
        },
      ),
    );
  });
});
