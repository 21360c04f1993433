import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealedInput, SMALL } from '../../../tests/fixtures/sealed-case.ts';
import type { InputCounts } from '../store/case-rows.ts';
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

const counts: InputCounts = {
  packets: 1,
  connections: 1,
  bytes: 1,
  disk_bytes: 1_000_000,
  rows: {},
  home_networks: [],
  import_s: 0,
  decode_s: 0,
  load_s: 0,
  seal_s: 0,
  total_s: 0,
  peak_bytes: 0,
};

async function add(ids: readonly string[], diskBytes = 1_000_000): Promise<void> {
  await state.transaction(async (tx) => {
    for (const id of ids) {
      mkdirSync(dir.input(CASE, id), { recursive: true });
      copyFileSync(sealed, dir.records(CASE, id));
      await tx.insert('inputs', {
        id,
        name: id,
        owner_id: 'local',
        state: 'sealed',
        problem: null,
        files: [],
        settings: {},
        counts: { ...counts, disk_bytes: diskBytes },
        created: '2026-01-01T00:00:00Z',
        sealed_at: '2026-01-01T00:00:00Z',
        detected_at: '2026-01-01T00:00:00Z',
        detection_retries: 0,
      });
    }
  });
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `i${from + at}`);

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
