/** Files hashed in a thread of their own have the records of files hashed where they are found. */

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { ALL_HASHES } from '../../src/lib/ingest/files/file-tracker.ts';
import { HashSteps } from '../../src/lib/ingest/files/hash-steps.ts';
import { HASH_STEP, HashThread } from '../../src/lib/ingest/files/hash-thread.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { compile, type Compiled } from '../store/compile.ts';
import { MemorySink } from './ingest.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');
const NAMES = ['md5', 'sha256'];

let compiled: Compiled;
let workerPath: string;

beforeAll(async () => {
  compiled = await compile({ 'workers/hash-worker': 'src/processes/workers/hash-worker.ts' });
  workerPath = join(compiled.dir, 'workers/hash-worker.js');
}, 60_000);

afterAll(() => compiled.remove());

const digestsOf = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [name, createHash(name).update(bytes).digest('hex')]));

describe('the thread', () => {
  it('hashes files whose bytes come mixed, and tells them in the order of their ends', async () => {
    const thread = new HashThread(workerPath, NAMES);
    const lengths = [0, 1, 1_460, 70_000, 300_000, 1_000_000];
    const wholes = lengths.map((length, n) => Uint8Array.from({ length }, (_, i) => (i * (n + 3)) & 0xff));
    const files = wholes.map(() => thread.open());
    const told: (readonly [number, Readonly<Record<string, string>>])[] = [];
    for (let from = 0; from < 1_000_000; from += 1_460) {
      for (const [n, whole] of wholes.entries()) {
        // Lent: what was given is another's a moment later.
        const piece = whole.slice(from, from + 1_460);
        if (piece.length > 0) thread.add(files[n] ?? -1, piece);
        piece.fill(0);
        if (from === 1_460 * Math.max(0, Math.ceil(whole.length / 1_460) - 1))
          thread.end(files[n] ?? -1, (digests) => told.push([n, digests]));
      }
      if (from % 14_600 === 0) await thread.pause();
    }
    // Of what ended long ago, the digests are told while the reading goes on.
    expect(told.map(([n]) => n)).toEqual([0, 1, 2, 3, 4]);
    let after = -1;
    thread.after(() => (after = told.length));
    await thread.finish();
    expect(told).toEqual(wholes.map((whole, n) => [n, digestsOf(whole)]));
    expect(after).toBe(lengths.length);
  });

  it('forgets a file that has a hole', async () => {
    const thread = new HashThread(workerPath, NAMES);
    const [one, two] = [thread.open(), thread.open()];
    thread.add(one, Uint8Array.of(1, 2, 3));
    thread.add(two, Uint8Array.of(4));
    thread.drop(one);
    const told: Readonly<Record<string, string>>[] = [];
    thread.end(two, (digests) => told.push(digests));
    await thread.finish();
    expect(told).toEqual([digestsOf(Uint8Array.of(4))]);
  });

  it('that cannot begin fails the reading, and nothing waits for it for ever', async () => {
    const thread = new HashThread(join(compiled.dir, 'no-such-worker.js'), NAMES);
    thread.end(thread.open(), () => undefined);
    await expect(thread.finish()).rejects.toThrow(/no-such-worker/u);
  });
});

async function tables(path: string, hashing: HashThread | undefined): Promise<Record<string, unknown>> {
  const readers = await openCaptures(path);
  const sink = new MemorySink();
  await runPipeline(
    readers.map((reader) => ({ reader, sha256: 'ab' })),
    sink,
    {},
    hashing ? { hashing } : {},
  );
  for (const reader of readers) await reader.close();
  return Object.fromEntries(sink.tables);
}

describe('the steps of a batch', () => {
  it('keep nothing of a file that has ended, or that nobody wants any more', () => {
    const hashing = new HashSteps(NAMES);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const { add, end, drop } = HASH_STEP;
    expect(hashing.take({ bytes, steps: [add, 7, 0, 2, add, 8, 2, 1, add, 9, 3, 1] })).toEqual([]);
    expect(hashing.underWay).toBe(3);
    expect(hashing.take({ bytes, steps: [add, 7, 2, 2, drop, 8, 0, 0, end, 7, 0, 0] })).toEqual([
      digestsOf(Uint8Array.of(1, 2, 3, 4)),
    ]);
    expect(hashing.underWay).toBe(1);
  });
});

describe('the records of a sample', () => {
  const samples = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/u.test(name));
  let files = 0;

  it.each(samples)('are the same, in the same order: %s', async (name) => {
    const path = join(SAMPLES, name);
    const here = await tables(path, undefined);
    expect(await tables(path, new HashThread(workerPath, ALL_HASHES))).toEqual(here);
    files += ((here['files'] ?? []) as { sha256: unknown }[]).filter(
      ({ sha256 }) => typeof sha256 === 'string',
    ).length;
  });

  it('hold hashed files', () => {
    expect(files).toBeGreaterThan(20);
  });
});
