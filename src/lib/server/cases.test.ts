/** What opening a case after a crash brings to its end. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { InputRow } from '../store/case-rows.ts';
import { createCase, openCase } from './cases.ts';
import { DataDir } from './data-dir.ts';

let root: string;
let dir: DataDir;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coldwire-cases-'));
  dir = DataDir.open(root);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Makes a case of inputs as a server left it that ended. */
async function left(inputs: readonly Partial<InputRow>[]): Promise<void> {
  const state = await createCase(dir, { id: 'c1', name: 'Rotated' });
  for (const [i, input] of inputs.entries()) {
    const row: InputRow = {
      id: `x${i}`,
      name: `x${i}`,
      owner_id: 'local',
      state: 'sealed',
      problem: null,
      files: [],
      settings: {},
      counts: null,
      created: '2024-03-04T09:00:00Z',
      sealed_at: null,
      detected_at: '2024-03-04T09:00:01Z',
      detection_retries: 0,
      ...input,
    };
    await state.transaction((tx) => tx.insert('inputs', row));
    mkdirSync(dir.input('c1', row.id), { recursive: true });
    if (row.state === 'sealed') writeFileSync(dir.records('c1', row.id), 'sealed');
  }
  await state.close();
}

async function opened(): Promise<string[]> {
  const { state } = await openCase(dir, 'c1');
  const rows = await state.all('inputs');
  await state.close();
  return rows.map(({ id }) => id).sort();
}

it('removes inputs that a sealed one took the place of, where the server ended before it did', async () => {
  const replaces = ['part1', 'part2', 'gone-already'];
  await left([{ id: 'part1' }, { id: 'part2' }, { id: 'other' }, { id: 'whole', settings: { replaces } }]);
  expect(await opened()).toEqual(['other', 'whole']);
  expect(['part1', 'part2', 'other', 'whole'].map((id) => existsSync(dir.input('c1', id)))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(await opened()).toEqual(['other', 'whole']);
});

it('keeps them where the one that was to take their place was not read to its end', async () => {
  await left([{ id: 'part1' }, { id: 'whole', state: 'failed', settings: { replaces: ['part1'] } }]);
  expect(await opened()).toEqual(['part1', 'whole']);
});
