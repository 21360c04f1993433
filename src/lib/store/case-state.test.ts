import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CASE_MIGRATIONS } from './case-migrations.ts';
import type { Migration } from './case-migrations.ts';
import type { InputRow } from './case-rows.ts';
import { CaseState, readManifest } from './case-state.ts';
import { openInstance } from './duckdb.ts';
import { thisProcess } from './process-lock.ts';

const create = { id: 'c1', name: 'Case one', description: '', owner_id: 'local', sample: false };
const input: InputRow = {
  id: 'i1',
  name: 'office',
  owner_id: 'local',
  state: 'sealed',
  problem: null,
  files: [{ name: 'a.pcap', sha256: 'f'.repeat(64), size: 24 }],
  settings: { midstream: true, shards: 2 },
  counts: null,
  created: '2024-01-01T00:00:00.000Z',
  sealed_at: null,
  detected_at: null,
  detection_retries: 0,
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-case-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A case as the first schema had it, with a sealed input and an interrupted one. */
async function writeVersion1(path: string): Promise<void> {
  const instance = await openInstance(path, { memoryMb: 64, threads: 1 });
  const connection = await instance.connect();
  const [first] = CASE_MIGRATIONS;
  for (const sql of first?.statements ?? []) await connection.run(sql);
  await connection.run('CREATE TABLE schema_version (version INTEGER NOT NULL, applied VARCHAR NOT NULL)');
  await connection.run("INSERT INTO schema_version VALUES (1, '2024-01-01T00:00:00.000Z')");
  const { id, name, description, owner_id, sample } = create;
  await connection.run('INSERT INTO case_info VALUES (?, ?, ?, ?, ?, ?, ?)', [
    id,
    name,
    description,
    owner_id,
    sample,
    input.created,
    input.created,
  ]);
  for (const [input_id, state] of [
    [input.id, 'sealed'],
    ['i2', 'interrupted'],
  ] as const)
    await connection.run('INSERT INTO inputs VALUES (?, ?, ?, ?, NULL, ?, ?, NULL, ?, NULL)', [
      input_id,
      input.name,
      input.owner_id,
      state,
      JSON.stringify(input.files),
      JSON.stringify(input.settings),
      input.created,
    ]);
  connection.closeSync();
  instance.closeSync();
}

describe('case state', () => {
  it('keeps rows over a reopening, with an owner on each', async () => {
    const first = await CaseState.open(dir, { create });
    await first.transaction(async (tx) => {
      await tx.insert('inputs', input);
      await tx.insert('findings', {
        input: 'i1',
        key: 'k',
        source: 'detector',
        rule_id: 'scan',
        severity: 70,
        title: 'A scan',
        first: '1700000000123456789',
        last: null,
        doc: { why: ['many ports'] },
      });
    });
    await first.close();
    const again = await CaseState.open(dir);
    expect(await again.info()).toMatchObject(create);
    expect(await again.all('inputs')).toEqual([input]);
    expect(await again.one('findings', { key: 'k' })).toMatchObject({
      first: '1700000000123456789',
      last: null,
      doc: { why: ['many ports'] },
    });
    expect(await again.one('findings', { key: 'other' })).toBeUndefined();
    await again.close();
  });

  it('does all of a transaction or nothing, and writes case.json after each', async () => {
    const state = await CaseState.open(dir, { create });
    await expect(
      state.transaction(async (tx) => {
        await tx.insert('inputs', input);
        throw new Error('half-way');
      }),
    ).rejects.toThrow('half-way');
    expect(await state.all('inputs')).toEqual([]);
    expect(readManifest(dir)?.inputs).toEqual([]);
    await state.transaction((tx) => tx.insert('inputs', input));
    const changed = await state.transaction((tx) =>
      tx.update('inputs', { id: 'i1' }, { state: 'failed', problem: 'No disk.' }),
    );
    expect(changed).toBe(1);
    expect(readManifest(dir)).toMatchObject({
      case: create,
      inputs: [{ id: 'i1', state: 'failed', problem: 'No disk.' }],
      findings: { count: 0, max_severity: null },
    });
    expect(await state.transaction((tx) => tx.remove('inputs', { id: 'i1' }))).toBe(1);
    expect(readManifest(dir)?.inputs).toEqual([]);
    await state.close();
  });

  it('names the holder to a second opener', async () => {
    const state = await CaseState.open(dir, { create });
    await expect(CaseState.open(dir)).rejects.toThrow(/already open in this process/);
    await state.close();
    // Process 1 runs always, and is not us.
    writeFileSync(join(dir, 'case.lock'), JSON.stringify({ pid: 1 }));
    await expect(CaseState.open(dir)).rejects.toThrow(/in use by another process \(pid 1\)/);
  });

  it('takes over from a process that is gone, also where its number was given to another', async () => {
    await (await CaseState.open(dir, { create })).close();
    for (const dead of [{ pid: 2 ** 22 + 7 }, { ...thisProcess(), began: '1' }]) {
      writeFileSync(join(dir, 'case.lock'), JSON.stringify(dead));
      const state = await CaseState.open(dir);
      expect((await state.info()).name).toBe('Case one');
      await state.close();
    }
  });

  it('migrates from version 1, keeping what is there, and refuses a newer version', async () => {
    await writeVersion1(join(dir, 'case.duckdb'));
    await (await CaseState.open(dir)).close();
    const next: Migration = { version: 1000, statements: ['ALTER TABLE inputs ADD COLUMN colour VARCHAR'] };
    const migrated = await CaseState.open(dir, { migrations: [...CASE_MIGRATIONS, next] });
    // What was sealed before detection had a mark counts as looked at.
    expect(await migrated.all('inputs')).toEqual([
      { ...input, detected_at: input.created },
      { ...input, id: 'i2', state: 'interrupted' },
    ]);
    await migrated.close();
    expect(readManifest(dir)?.schema_version).toBe(1000);
    await expect(CaseState.open(dir)).rejects.toThrow(/written by a newer engine/);
  });

  it('says what is wrong with what is not a case', async () => {
    await expect(CaseState.open(dir)).rejects.toThrow(/There is no case in/);
    writeFileSync(join(dir, 'case.duckdb'), 'not a database, whatever its name says'.repeat(200));
    await expect(CaseState.open(dir)).rejects.toThrow(/damaged/);
    rmSync(join(dir, 'case.duckdb'));
    const state = await CaseState.open(dir, { create });
    expect((await state.info()).id).toBe('c1');
    await state.close();
    await expect(state.info()).rejects.toThrow(/is closed/);
  });
});
