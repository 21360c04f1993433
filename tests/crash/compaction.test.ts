/** Kills a process that copies the small inputs of a case together: what is read stays what it was, and the copy can be made again. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openCase, sealedInputs } from '../../src/lib/server/cases.ts';
import { TABLES } from '../../src/lib/model/tables.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { compactedIn, dropCompacted } from '../../src/lib/store/compacted.ts';
import { tableDigests } from '../../src/lib/store/table-digest.ts';
import { addCopies, numbered } from '../fixtures/copied-inputs.ts';
import { sealedInput, SMALL } from '../fixtures/sealed-case.ts';
import { type Compiled, compile } from '../store/compile.ts';
import { random } from '../store/sample-rows.ts';
import { type Fixture, fixture, newCase } from './case-fixture.ts';

const CASE = 'many';
/** One more than a case reads one by one. */
const INPUTS = 51;

let compiled: Compiled;
let files: Fixture;
let undisturbed: Record<string, string>;
let undisturbedMs: number;

/** Compacts in a process of its own; answers whether it lived to the end. */
async function compactThere(faultPoint: string, killAfterMs?: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(compiled.dir, 'compaction.js'), files.dir.root, CASE], {
    env: { ...process.env, COLDWIRE_FAULT_POINT: faultPoint },
    stdio: 'ignore',
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return code === 0;
}

async function digests(): Promise<Record<string, string>> {
  const reader = await openCaseReader(sealedInputs(files.dir, CASE), { connections: 1, threads: 1 });
  try {
    return await tableDigests(reader);
  } finally {
    reader.close();
  }
}

/** What must hold whenever it was killed. Answers whether the copy is there. */
async function lookAndGoOn(): Promise<boolean> {
  const folder = files.dir.case(CASE);
  const made = compactedIn(folder) !== undefined;
  expect(await digests()).toEqual(undisturbed);
  await (await openCase(files.dir, CASE)).state.close();
  const copies = readdirSync(folder).filter((name) => name.startsWith('compacted'));
  expect(copies).toHaveLength(made ? 2 : 0);
  expect(await compactThere('')).toBe(!made);
  expect(compactedIn(folder)?.inputs.size).toBe(INPUTS);
  expect(await digests()).toEqual(undisturbed);
  return made;
}

beforeAll(async () => {
  compiled = await compile({ compaction: 'tests/crash/compaction-process.ts' });
  files = fixture();
  const { path } = await sealedInput(files.root, 'one', SMALL);
  const state = await newCase(files.dir, CASE);
  await addCopies({ dir: files.dir, caseId: CASE, state }, path, numbered(0, INPUTS));
  await state.close();
  undisturbed = await digests();
  const began = performance.now();
  expect(await compactThere('')).toBe(true);
  undisturbedMs = performance.now() - began;
  dropCompacted(files.dir.case(CASE));
}, 120_000);
afterEach(() => dropCompacted(files.dir.case(CASE)));
afterAll(() => {
  compiled.remove();
  files.remove();
});

describe('a compaction that is killed', { timeout: 120_000 }, () => {
  it.each([
    ['after its first table', 1, false],
    ['before the rename', TABLES.length + 1, false],
    ['after the rename', TABLES.length + 2, false],
    ['after its note', TABLES.length + 3, true],
  ])('%s loses nothing', async (_when, pass, made) => {
    expect(await compactThere(`compact:${pass}`)).toBe(false);
    expect(await lookAndGoOn()).toBe(made);
  });

  const next = random(51);
  it.each(Array.from({ length: 2 }, () => (10 + next(90)) / 100))(
    'after %d of the time that an undisturbed one takes loses nothing',
    async (share) => {
      await compactThere('', share * undisturbedMs);
      await lookAndGoOn();
    },
  );
});
