import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addCopies, numbered } from '../../../tests/fixtures/copied-inputs.ts';
import { sealedInput, SMALL } from '../../../tests/fixtures/sealed-case.ts';
import type { CaseState } from '../store/case-state.ts';
import { compactedIn } from '../store/compacted.ts';
import { CaseAccess } from './case-access.ts';
import { createCase, deleteInput, sealedInputs } from './cases.ts';
import { compactCase } from './compaction.ts';
import { DataDir } from './data-dir.ts';

const CASE = 'many';
const root = mkdtempSync(join(tmpdir(), 'coldwire-compaction-'));
const dir = DataDir.open(join(root, 'data'));
let state: CaseState;
let sealed: string;

beforeAll(async () => {
  sealed = (await sealedInput(root, 'one', SMALL)).path;
  state = await createCase(dir, { id: CASE, name: CASE });
});
afterAll(async () => {
  await state.close();
  rmSync(root, { recursive: true, force: true });
});

const add = (ids: readonly string[], diskBytes?: number): Promise<void> =>
  addCopies({ dir, caseId: CASE, state }, sealed, ids, diskBytes);

it(
  'past 50 small inputs they are copied together; an input that is deleted is nowhere',
  { timeout: 120_000 },
  async () => {
    await add(numbered(0, 50));
    await add(['large'], 100_000_000);
    expect(await compactCase(dir, CASE)).toBe(false);
    await add(numbered(50, 51));
    const access = new CaseAccess(() => Promise.resolve(sealedInputs(dir, CASE)));
    const inputsOf = (): Promise<unknown> =>
      access.read(
        CASE,
        async (reader) => (await reader.query('SELECT count(DISTINCT input) FROM r.conn')).rows,
      );
    expect(await inputsOf()).toEqual([[52]]);
    expect(await compactCase(dir, CASE)).toBe(true);
    expect(await compactCase(dir, CASE)).toBe(false);
    const copy = compactedIn(dir.case(CASE));
    expect([copy?.inputs.size, copy?.inputs.has('large')]).toEqual([51, false]);
    expect(sealedInputs(dir, CASE).filter(({ compacted }) => compacted === copy?.path).length).toBe(51);
    expect(await inputsOf()).toEqual([[52]]);

    await deleteInput(dir, CASE, state, 'i7');
    expect(compactedIn(dir.case(CASE))).toBeUndefined();
    expect(await inputsOf()).toEqual([[51]]);
    access.close();
  },
);
