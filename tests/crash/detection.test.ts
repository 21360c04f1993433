/**
 * Kills the built command and the built server between the sealing of an input and what detection keeps of it. The input is part of
 * its case; whoever opens the case next looks at it, and finds what an undisturbed ingest finds.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaseState } from '../../src/lib/store/case-state.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { findCase } from '../../src/lib/server/cases.ts';
import { ROOT, SAMPLES, type RunningServer, startServer, temporaryData } from '../api/server-process.ts';

const CAPTURE = join(SAMPLES, 'scan-tcp-syn.pcap');
const OTHER = join(SAMPLES, 'link-null.pcap');

const data = temporaryData();
let dir: DataDir;
let undisturbed: unknown[];

/** `coldwire ARGS…` with a fault point; answers the signal that ended it, or its code. */
async function coldwire(faultPoint: string, ...args: string[]): Promise<string | number | null> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'bin/coldwire.js'), ...args, '--data', data.path, '--quiet'],
    { stdio: 'ignore', env: { ...process.env, COLDWIRE_FAULT_POINT: faultPoint } },
  );
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? code;
}

const ingest = (faultPoint: string, capture: string, name: string): ReturnType<typeof coldwire> =>
  coldwire(faultPoint, 'ingest', capture, '--case', name);

/** Inputs of a case as they stand, and what was found in the first of them, its random id left out. */
async function stateOf(name: string): Promise<{ detected: boolean[]; found: unknown[] }> {
  const known = findCase(dir, name);
  if (!known) throw new Error(`There is no case ${name}.`);
  const state = await CaseState.open(dir.case(known.case.id));
  try {
    const inputs = await state.all('inputs');
    const first = inputs[0]?.id;
    const findings = await state.all('findings', first === undefined ? {} : { input: first });
    return {
      detected: inputs.map(({ detected_at }) => detected_at !== null),
      found: findings.map(
        (row) => JSON.parse(JSON.stringify(row).replaceAll(String(first), 'INPUT')) as unknown,
      ),
    };
  } finally {
    await state.close();
  }
}

beforeAll(async () => {
  dir = DataDir.open(data.path);
  expect(await ingest('', CAPTURE, 'Undisturbed')).toBe(0);
  const { detected, found } = await stateOf('Undisturbed');
  expect(detected).toEqual([true]);
  expect(found.length).toBeGreaterThan(0);
  undisturbed = found;
}, 120_000);
afterAll(() => data.remove());

describe('killed after the sealing', { timeout: 180_000 }, () => {
  it.each([
    ['at once', 'commit:3'],
    ['before the detectors run', 'detect:1'],
    ['before they are committed', 'detect:3'],
  ])('%s, the next ingest looks at both inputs', async (_when, faultPoint) => {
    expect(await ingest(faultPoint, CAPTURE, faultPoint)).toBe('SIGKILL');
    expect(await ingest('', OTHER, faultPoint)).toBe(0);
    expect(await stateOf(faultPoint)).toEqual({ detected: [true, true], found: undisturbed });
  });

  it('and after the findings were kept, nothing is done twice', async () => {
    expect(await ingest('detect:4', CAPTURE, 'Kept')).toBe('SIGKILL');
    expect(await stateOf('Kept')).toEqual({ detected: [true], found: undisturbed });
    const [before] = findCase(dir, 'Kept')?.inputs ?? [];
    expect(await ingest('', OTHER, 'Kept')).toBe(0);
    expect(findCase(dir, 'Kept')?.inputs[0]).toEqual(before);
  });

  it('a server that starts looks at what an earlier one left', async () => {
    expect(await ingest('detect:1', CAPTURE, 'Served')).toBe('SIGKILL');
    const server: RunningServer = await startServer(data.path);
    try {
      await expect
        .poll(() => findCase(dir, 'Served')?.inputs.map(({ detected_at }) => detected_at !== null), {
          timeout: 120_000,
        })
        .toEqual([true]);
    } finally {
      expect(await server.stop()).toBe(0);
    }
    expect((await stateOf('Served')).found).toEqual(undisturbed);
  });
});
