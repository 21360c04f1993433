import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteInput, findCase, sealedInputs, unusedObjects } from '../../src/lib/server/cases.ts';
import type { IngestContext } from '../../src/lib/server/jobs/ingest-job.ts';
import { startIngest } from '../../src/lib/server/jobs/ingest-job.ts';
import { WarmChildren } from '../../src/lib/server/jobs/warm-children.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import type { CaseState } from '../../src/lib/store/case-state.ts';
import { readManifest } from '../../src/lib/store/case-state.ts';
import type { Compiled } from '../store/compile.ts';
import type { Fixture } from './case-fixture.ts';
import { compileChild, digestsOf, fixture, newCase } from './case-fixture.ts';
import { jobOf } from './job.ts';

let compiled: Compiled;
let files: Fixture;
let state: CaseState;
beforeAll(async () => {
  compiled = await compileChild();
});
afterAll(() => compiled.remove());
beforeEach(async () => {
  files = fixture();
  state = await newCase(files.dir, 'c1');
});
afterEach(async () => {
  await state.close();
  files.remove();
});

const context = (more: Partial<IngestContext> = {}): IngestContext => ({
  dir: files.dir,
  state,
  childPath: join(compiled.dir, 'ingest-child.js'),
  engine: 'coldwire test',
  ...more,
});

describe('an ingest', () => {
  it('imports, reads, seals and makes the input visible, and says how long each took', async () => {
    const phases = new Set<string>();
    const capture = files.capture('a.pcap', 'conn 5000', 3_000_000);
    const result = await startIngest(
      jobOf('c1', 'i1', capture, files.capture('b.pcap', 'conn 100')),
      context({ onProgress: ({ phase }) => phases.add(phase) }),
    ).promise;
    expect(result).toMatchObject({
      case: 'c1',
      input: 'i1',
      packets: 5100,
      connections: 5100,
      bytes: 3_000_019,
      rows: { conn: 5100, arp: 5100 },
    });
    for (const seconds of ['import_s', 'decode_s', 'load_s', 'seal_s', 'total_s'] as const)
      expect(result[seconds]).toBeGreaterThanOrEqual(0);
    expect(result.peak_bytes).toBeGreaterThan(10_000_000);
    expect([...phases]).toEqual(['import', 'decode', 'seal', 'checkpoint', 'rename', 'commit']);
    const [row] = readManifest(files.dir.case('c1'))?.inputs ?? [];
    expect(row).toMatchObject({
      id: 'i1',
      state: 'sealed',
      problem: null,
      files: [
        { name: 'a.pcap', size: 3_000_010 },
        { name: 'b.pcap', size: 9 },
      ],
    });
    expect(sealedInputs(files.dir, 'c1')).toEqual([{ id: 'i1', path: files.dir.records('c1', 'i1') }]);
    expect(readdirSync(files.dir.input('c1', 'i1'))).toEqual(['records.duckdb']);
    expect(findCase(files.dir, 'Case c1')?.case.id).toBe('c1');
    expect((await digestsOf(files.dir, 'c1', 'i1'))['conn']).toMatch(/^5100 rows/);
    expect(unusedObjects(files.dir)).toEqual([]);
    const reader = await openCaseReader(sealedInputs(files.dir, 'c1'), { connections: 1, threads: 1 });
    const enrichment = JSON.parse(reader.meta.get('i1')?.['enrichment'] ?? '[]') as string[];
    reader.close();
    expect(enrichment.join(' ')).toMatch(/country \d.*asn \d/);
    expect(await deleteInput(files.dir, 'c1', state, 'i1')).toBe(true);
    expect(existsSync(files.dir.input('c1', 'i1'))).toBe(false);
    expect(sealedInputs(files.dir, 'c1')).toEqual([]);
    expect(unusedObjects(files.dir)).toHaveLength(2);
  });

  it('knows the objects of an input that failed after its import, so that it can be read again', async () => {
    const job = jobOf('c1', 'i1', files.capture('a.pcap', 'crash'));
    await expect(startIngest(job, context()).promise).rejects.toThrow(/ended unexpectedly/);
    const [row] = readManifest(files.dir.case('c1'))?.inputs ?? [];
    expect(row).toMatchObject({ state: 'failed', files: [{ name: 'a.pcap', size: 6 }] });
    expect(existsSync(files.dir.object(row?.files[0]?.sha256 ?? ''))).toBe(true);
  });

  it('reads a capture that is an object already', async () => {
    const first = await startIngest(jobOf('c1', 'i1', files.capture('a.pcap', 'conn 300')), context())
      .promise;
    const [row] = await state.all('inputs');
    await startIngest({ ...jobOf('c1', 'i2'), files: row?.files ?? [] }, context()).promise;
    expect(first.connections).toBe(300);
    expect(await digestsOf(files.dir, 'c1', 'i2')).toEqual(await digestsOf(files.dir, 'c1', 'i1'));
  });

  it.each([
    ['a capture that is none', 'throw', /^a\.pcap is not a capture\.$/],
    ['a reader that crashes', 'crash', /ended unexpectedly \(signal SIGABRT\): the capture is untouched/],
  ])('fails with one sentence on %s, and leaves no records', async (_what, line, why) => {
    await expect(
      startIngest(jobOf('c1', 'i1', files.capture('a.pcap', line)), context()).promise,
    ).rejects.toThrow(why);
    expect(await state.all('inputs')).toMatchObject([
      { id: 'i1', state: 'failed', problem: expect.stringMatching(why) as string },
    ]);
    expect(existsSync(files.dir.input('c1', 'i1'))).toBe(false);
  });

  it('has the child of the one before it, unless that failed', async () => {
    const warm = new WarmChildren();
    const pids: (number | undefined)[] = [];
    const ingest = async (id: string, line: string): Promise<void> => {
      const running = startIngest(jobOf('c1', id, files.capture(`${id}.pcap`, line)), context({ warm }));
      await expect.poll(() => running.pid).toBeDefined();
      pids.push(running.pid);
      await running.promise;
    };
    await ingest('i1', 'conn 10');
    await ingest('i2', 'conn 20');
    expect(pids[1]).toBe(pids[0]);
    await expect(ingest('i3', 'throw')).rejects.toThrow('i3.pcap is not a capture.');
    await ingest('i4', 'conn 10');
    expect(pids[2]).toBe(pids[0]);
    expect(pids[3]).not.toBe(pids[0]);
    expect((await digestsOf(files.dir, 'c1', 'i2'))['conn']).toMatch(/^20 rows/);
    expect(await digestsOf(files.dir, 'c1', 'i4')).toEqual(await digestsOf(files.dir, 'c1', 'i1'));
    warm.close();
    await expect.poll(() => existsSync(`/proc/${pids[3]}/fd/0`), { timeout: 10_000 }).toBe(false);
  });

  it('fails with one sentence on a file that is not there', async () => {
    await expect(
      startIngest(jobOf('c1', 'i1', join(files.captures, 'none.pcap')), context()).promise,
    ).rejects.toThrow(/none\.pcap does not exist\.$/);
  });

  it('is ended by its watchdog where it makes no progress', async () => {
    const running = startIngest(
      jobOf('c1', 'i1', files.capture('a.pcap', 'hang')),
      context({ watchdogMs: 700 }),
    );
    await expect(running.promise).rejects.toThrow(/made no progress for 1 s and was ended/);
  });

  it('is as if it had never begun when it is cancelled', async () => {
    const running = startIngest(
      jobOf('c1', 'i1', files.capture('a.pcap', 'conn 40000 5')),
      context({
        onProgress: ({ rows }) => {
          if (rows > 4000) void running.cancel();
        },
      }),
    );
    await expect(running.promise).rejects.toMatchObject({ cancelled: true });
    expect(await state.all('inputs')).toEqual([]);
    expect(existsSync(files.dir.input('c1', 'i1'))).toBe(false);
  });

  it('says where its child is missing', async () => {
    await expect(
      startIngest(
        jobOf('c1', 'i1', files.capture('a.pcap', 'conn 1')),
        context({ childPath: '/nowhere/child.js' }),
      ).promise,
    ).rejects.toThrow(/ended unexpectedly/);
  });
});
