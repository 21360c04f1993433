/** A disk that fills up, on a small tmpfs: root may mount one; elsewhere this is skipped with one line. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { startIngest } from '../../src/lib/server/jobs/ingest-job.ts';
import { importCapture } from '../../src/lib/server/objects.ts';
import type { Compiled } from '../store/compile.ts';
import type { Fixture } from './case-fixture.ts';
import { compileChild, digestsOf, fixture, newCase } from './case-fixture.ts';
import { jobOf } from './job.ts';

const mountPoint = mkdtempSync(join(tmpdir(), 'coldwire-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mountPoint]).status === 0;
if (!mounted) {
  rmSync(mountPoint, { recursive: true, force: true });
  if (process.env['CI']) throw new Error('The full disk cannot be tested: mounting a tmpfs needs root.');
  console.log('skipped: a full disk (mounting a tmpfs needs root)');
}

describe.skipIf(!mounted)('a full disk', () => {
  let compiled: Compiled;
  let files: Fixture;
  let dir: DataDir;
  beforeAll(async () => {
    compiled = await compileChild();
    files = fixture();
    mkdirSync(join(mountPoint, 'data'));
    dir = DataDir.open(join(mountPoint, 'data'));
  });
  afterAll(() => {
    compiled.remove();
    files.remove();
    spawnSync('umount', ['-l', mountPoint]);
    rmSync(mountPoint, { recursive: true, force: true });
  });

  it('refuses an import with one sentence and leaves nothing half', async () => {
    await expect(importCapture(dir, files.capture('large.pcap', 'x', 30_000_000))).rejects.toThrow(
      /^The disk that holds .*objects is full: the capture needs 30000002 bytes and \d+ are free\. Free some space/,
    );
    expect(readdirSync(dir.objects)).toEqual([]);
  });

  it('ends an ingest with one sentence, the case as it was, and room again', async () => {
    const state = await newCase(dir, 'c1');
    const context = { dir, state, childPath: join(compiled.dir, 'ingest-child.js'), engine: 'coldwire test' };
    await startIngest(jobOf('c1', 'small', files.capture('small.pcap', 'conn 3000')), context).promise;
    const before = await digestsOf(dir, 'c1', 'small');
    const running = startIngest(jobOf('c1', 'large', files.capture('many.pcap', 'conn 400000')), context);
    await expect(running.promise).rejects.toThrow(
      /^The disk that holds .* is full: free some space, or use another data directory\.$/,
    );
    expect(await state.one('inputs', { id: 'large' })).toMatchObject({
      state: 'failed',
      problem: expect.stringMatching(/is full/) as string,
    });
    expect(existsSync(dir.input('c1', 'large'))).toBe(false);
    expect(await digestsOf(dir, 'c1', 'small')).toEqual(before);
    await startIngest(jobOf('c1', 'again', files.capture('small.pcap', 'conn 3000')), context).promise;
    expect(await digestsOf(dir, 'c1', 'again')).toEqual(before);
    await state.close();
  });
});
