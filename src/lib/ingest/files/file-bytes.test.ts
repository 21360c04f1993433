import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FileBytes } from './file-bytes.ts';

const NAMES = ['md5', 'sha1', 'sha256'];
const HEAD = 4_096;

const content = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 24) & 0xff);
const digestsOf = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [name, createHash(name).update(bytes).digest('hex')]));

function fed(whole: Uint8Array, step: number, names: readonly string[] = NAMES): FileBytes {
  const bytes = new FileBytes(names, HEAD);
  for (let at = 0; at < whole.length; at += step) {
    // Lent: what was given is another's a moment later.
    const piece = whole.slice(at, at + step);
    bytes.add(piece);
    piece.fill(0);
  }
  return bytes;
}

function digests(bytes: FileBytes): Readonly<Record<string, string>> {
  let told: Readonly<Record<string, string>> | undefined;
  bytes.whenHashed((found) => (told = found));
  if (!told) throw new Error('Hashes made here are told at once.');
  return told;
}

describe('a file that passes in pieces', () => {
  it.each([1, 100, 4_095, 4_096, 16_383, 16_384, 16_385, 50_000])(
    'has the hashes and the first bytes of the whole: %i bytes',
    (length) => {
      const whole = content(length);
      for (const step of [7, 1_460, 4_096, 16_384, 60_000]) {
        const bytes = fed(whole, step);
        expect(bytes.head).toEqual(whole.subarray(0, HEAD));
        expect(digests(bytes)).toEqual(digestsOf(whole));
      }
    },
  );

  it('has its first bytes where nobody wants hashes', () => {
    const bytes = fed(content(10_000), 1_460, []);
    expect(bytes.head).toEqual(content(10_000).subarray(0, HEAD));
    expect(digests(bytes)).toEqual({});
  });

  it('with a hole has no hashes, and what follows is not of its beginning', () => {
    const bytes = fed(content(1_000), 100);
    bytes.gap();
    bytes.add(content(500));
    expect(bytes.head).toEqual(content(1_000));
    expect(digests(bytes)).toEqual({});
  });
});

it('thousands of files at once are hashed as they come, and their first bytes are there', () => {
  const files = Array.from({ length: 9_000 }, () => new FileBytes(['sha1'], HEAD));
  const part = content(5_000);
  for (const file of files) file.add(part);
  for (const file of files) file.add(part);
  const sha1 = createHash('sha1').update(part).update(part).digest('hex');
  expect(new Set(files.map((file) => digests(file)['sha1']))).toEqual(new Set([sha1]));
  expect(files.every((file) => Buffer.compare(file.head, part.subarray(0, HEAD)) === 0)).toBe(true);
  for (const file of files) file.release();
});
