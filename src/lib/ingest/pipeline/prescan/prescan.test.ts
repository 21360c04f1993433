/** The look ahead finds all that is sought, and knows of no bytes that it has not seen. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { PRESCAN_LIMITS } from '../../../model/limits.ts';
import type { BlockSearch } from '../../../model/sinks.ts';
import { PrescanRing, ringBytes } from './prescan-ring.hot.ts';
import { servePrescan } from './prescan-thread.ts';

const { blockBytes, cellBytes, blocks } = PRESCAN_LIMITS;
const dir = mkdtempSync(join(tmpdir(), 'coldwire-prescan-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Marks every byte of this value. */
const each = (value: number): BlockSearch => ({
  search: (bytes, _data, from, to, _end, _base, mark) => {
    for (let at = from; at < to; at++) if (bytes[at] === value) mark(at);
  },
});

function scanned(file: Uint8Array, searches: readonly BlockSearch[]): PrescanRing {
  const path = join(dir, 'capture');
  writeFileSync(path, file);
  const ring = new SharedArrayBuffer(ringBytes(searches.length));
  servePrescan({ path, bytes: file.length }, ring, searches);
  return new PrescanRing(ring);
}

describe('a look ahead', () => {
  it('tells of any range whether something is there, to 64 bytes, for each who seeks', () => {
    const size = 12 * blockBytes + 1234;
    const places = fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(places, places, (ones, twos) => {
        const file = new Uint8Array(size);
        for (const at of ones) file[at] = 1;
        for (const at of twos) file[at] = 2;
        const ring = scanned(file, [each(1), each(2)]);
        for (const [seeker, value] of [
          [0, 1],
          [1, 2],
        ] as const)
          for (let offset = 0; offset < size; offset += 9_973) {
            const length = Math.min(size - offset, 1 + (offset % 70_000));
            const from = offset - (offset % cellBytes);
            const to = Math.min(size, Math.ceil((offset + length) / cellBytes) * cellBytes);
            expect(ring.mayHold(seeker, offset, length)).toBe(file.subarray(from, to).includes(value));
          }
      }),
      { numRuns: 20 },
    );
  });

  it('knows nothing of what it has not reached, nor of what it was overtaken on', () => {
    const ring = new PrescanRing(new SharedArrayBuffer(ringBytes(1)));
    expect(ring.mayHold(0, 100, 10)).toBe(true);
    ring.begin(0, 1);
    ring.end(0);
    expect(ring.mayHold(0, 100, 10)).toBe(false);
    expect(ring.mayHold(0, blockBytes - 5, 10)).toBe(true);
    // The same place of the ring, a whole ring later.
    expect(ring.mayHold(0, blocks * blockBytes + 100, 10)).toBe(true);
  });

  it('forgets a block when its place is taken, once the reader has left it', () => {
    const shared = new SharedArrayBuffer(ringBytes(1));
    const writer = new PrescanRing(shared);
    const reader = new PrescanRing(shared);
    writer.begin(0, 1);
    writer.end(0);
    expect(reader.mayHold(0, 0, 10)).toBe(false);
    reader.readerAt(blockBytes);
    writer.begin(blocks, 1);
    writer.mark(0, blocks * blockBytes + 7);
    writer.end(blocks);
    reader.readerAt(blocks * blockBytes);
    expect(reader.mayHold(0, blocks * blockBytes, 7)).toBe(true);
    expect(reader.mayHold(0, blocks * blockBytes + cellBytes, 7)).toBe(false);
  });
});
