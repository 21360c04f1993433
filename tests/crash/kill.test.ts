/**
 * Kills the ingest child and the server, in every phase, and looks at what is left: the case is as it was, or the input is whole;
 * and beginning again gives the tables of an undisturbed ingest.
 */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteInput, openCase, sealedInputs } from '../../src/lib/server/cases.ts';
import { startIngest } from '../../src/lib/server/jobs/ingest-job.ts';
import type { Compiled } from '../store/compile.ts';
import { random } from '../store/sample-rows.ts';
import type { Fixture } from './case-fixture.ts';
import { compileChild, digestsOf, fixture, newCase } from './case-fixture.ts';
import { jobOf } from './job.ts';

const CASE = 'c1';
/** Rows of each table: enough for several batches, a full one and a part of one. */
const ROWS = 5000;

let compiled: Compiled;
let files: Fixture;
let capture: string;
let undisturbed: Record<string, string>;
let undisturbedMs: number;
let runs = 0;

/** A server that ingests one input and ends, or is ended. `onLine` hears the phases that it prints, with the child's pid. */
function server(
  inputId: string,
  faultPoint: string,
  kill?: { after: number; whom: 'server' | 'child' },
): Promise<{ done: boolean }> {
  const child = spawn(
    process.execPath,
    [join(compiled.dir, 'ingest-parent.js'), files.dir.root, CASE, inputId, capture],
    {
      env: { ...process.env, COLDWIRE_FAULT_POINT: faultPoint },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let said = '';
  let childPid = 0;
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    childPid = Number(/^\w+ (\d+)$/m.exec(said)?.[1] ?? 0);
  });
  const timer = kill && setTimeout(() => endOne(kill.whom === 'server' ? child.pid : childPid), kill.after);
  return new Promise((resolve) => {
    child.once('close', () => {
      clearTimeout(timer);
      resolve({ done: said.endsWith('done\n') });
    });
  });
}

function endOne(pid: number | undefined): void {
  if (!pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended already: the kill came too late, which is one more moment to look at.
  }
}

/** What must hold whatever was killed when. Answers whether the sweep found the input whole. */
async function lookAndGoOn(inputId: string): Promise<'sealed' | 'interrupted'> {
  // Before anything is swept: what is visible is whole.
  const visible = sealedInputs(files.dir, CASE).map(({ id }) => id);
  expect(visible).toContain('undisturbed');
  for (const id of visible) expect(await digestsOf(files.dir, CASE, id), id).toEqual(undisturbed);
  const { state } = await openCase(files.dir, CASE);
  try {
    files.dir.sweepObjects();
    expect(readdirSync(files.dir.objects).filter((name) => name.endsWith('.part'))).toEqual([]);
    const row = await state.one('inputs', { id: inputId });
    const folder = files.dir.input(CASE, inputId);
    if (row?.state === 'sealed') {
      expect(row.counts).toMatchObject({ connections: ROWS, rows: { conn: ROWS, arp: ROWS } });
      expect(row.files).toMatchObject([
        { name: 'a.pcap', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      ]);
    } else {
      expect(['interrupted', 'failed', undefined]).toContain(row?.state);
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
      await startIngest(jobOf(CASE, inputId, capture), {
        dir: files.dir,
        state,
        childPath: join(compiled.dir, 'ingest-child.js'),
        engine: 'coldwire test',
      }).promise;
    }
    expect(await digestsOf(files.dir, CASE, inputId)).toEqual(undisturbed);
    expect(readdirSync(folder)).toEqual(['records.duckdb']);
    await deleteInput(files.dir, CASE, state, inputId);
    return row?.state === 'sealed' ? 'sealed' : 'interrupted';
  } finally {
    await state.close();
  }
}

beforeAll(async () => {
  compiled = await compileChild();
  files = fixture();
  capture = files.capture('a.pcap', `conn ${ROWS}`, 3_500_000);
  await (await newCase(files.dir, CASE)).close();
  const begun = performance.now();
  expect((await server('undisturbed', '')).done).toBe(true);
  undisturbedMs = performance.now() - begun;
  undisturbed = await digestsOf(files.dir, CASE, 'undisturbed');
  expect(undisturbed['conn']).toMatch(new RegExp(`^${ROWS} rows`));
});
afterAll(() => {
  compiled.remove();
  files.remove();
});

describe('killed by a fault point', () => {
  const phases = ['import', 'decode', 'load', 'checkpoint', 'rename'] as const;
  const passes = [1, 2, 3];
  const ofChild = phases.flatMap((phase) =>
    passes.map((pass) => ({ whom: 'child', phase, pass, suffix: '' })),
  );
  const ofServer = phases.flatMap((phase) =>
    passes.map((pass) => ({ whom: 'server', phase, pass, suffix: ':parent' })),
  );
  const atCommit = passes.map((pass) => ({ whom: 'server', phase: 'commit', pass, suffix: '' }));

  it.each([...ofChild, ...ofServer, ...atCommit])(
    '$whom in $phase, pass $pass',
    async ({ whom, phase, pass, suffix }) => {
      const inputId = `fault-${whom}-${phase}-${pass}`;
      // The object is there already after the first run, and still it is imported, that is read and hashed, each time.
      const { done } = await server(inputId, `${phase}:${pass}${suffix}`);
      expect(done).toBe(false);
      const left = await lookAndGoOn(inputId);
      if (phase === 'commit') expect(left).toBe('sealed');
      if (whom === 'child') expect(left).toBe('interrupted');
    },
  );
});

describe('killed by time', () => {
  const next = random(20_24);
  const moments = Array.from({ length: 8 }, (_, i) => ({
    whom: i % 2 === 0 ? ('server' as const) : ('child' as const),
    share: (10 + next(90)) / 100,
  }));

  it.each(moments)(
    '$whom after $share of the time that an undisturbed ingest takes',
    async ({ whom, share }) => {
      const inputId = `time-${++runs}`;
      const { done } = await server(inputId, '', { after: share * undisturbedMs, whom });
      expect(await lookAndGoOn(inputId)).toMatch(done ? /^sealed$/ : /^(sealed|interrupted)$/);
    },
  );
});
