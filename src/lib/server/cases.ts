/** Cases in a data directory: made, opened, swept up after a crash, listed, deleted. */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCaseReader } from '../store/case-reader.ts';
import type { SealedInput } from '../store/case-reader.ts';
import { compactedIn, dropCompacted } from '../store/compacted.ts';
import type { CaseManifest, InputCounts, InputFile, InputRow } from '../store/case-rows.ts';
import { CaseState, readManifest } from '../store/case-state.ts';
import { isAlive, lockHolder } from '../store/process-lock.ts';
import { TABLES } from '../model/tables.ts';
import type { DataDir } from './data-dir.ts';
import { FileProblem, fileProblem } from './file-problem.ts';

/** The one local owner, until there are accounts. */
export const LOCAL_OWNER = 'local';

/** An id that says something and is not taken by another: `office-hour-3f9a2c`. */
export function newId(name: string): string {
  const word = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${word ? `${word}-` : 'x-'}${randomBytes(4).toString('hex')}`;
}

export interface NewCase {
  readonly id?: string;
  readonly name: string;
  readonly description?: string;
  readonly ownerId?: string;
  readonly sample?: boolean;
}

/** Makes a case; its state is open and belongs to this process. */
export async function createCase(
  dir: DataDir,
  { id, name, description = '', ownerId = LOCAL_OWNER, sample = false }: NewCase,
): Promise<CaseState> {
  const caseId = id ?? newId(name);
  const folder = dir.case(caseId);
  if (existsSync(join(folder, 'case.duckdb'))) throw new FileProblem(`There is a case ${caseId} already.`);
  try {
    mkdirSync(dir.inputs(caseId), { recursive: true });
  } catch (error) {
    throw fileProblem(folder, error);
  }
  return CaseState.open(folder, { create: { id: caseId, name, description, owner_id: ownerId, sample } });
}

export interface Swept {
  /** Inputs that a crash interrupted and that can be begun again. */
  readonly interrupted: readonly InputRow[];
  /** Inputs whose records were sealed when the crash came: they are part of the case now. */
  readonly completed: readonly string[];
  /** Sealed inputs that detection had not looked at to its end. */
  readonly undetected: readonly InputRow[];
  /** Folders and files that belonged to nothing. */
  readonly removed: readonly string[];
}

/** Opens a case and brings it to a state that an undisturbed run could have left. */
export async function openCase(dir: DataDir, caseId: string): Promise<{ state: CaseState; swept: Swept }> {
  const state = await CaseState.open(dir.case(caseId));
  try {
    return { state, swept: await sweepCase(dir, caseId, state) };
  } catch (error) {
    await state.close();
    throw error;
  }
}

/** An ingest child that outlived its server writes for nobody: it is ended before anything is swept. */
async function endOrphan(folder: string): Promise<void> {
  const holder = lockHolder(join(folder, 'ingest.lock'));
  if (!holder || holder.pid === process.pid) return;
  process.kill(holder.pid, 'SIGKILL');
  for (let waited = 0; isAlive(holder) && waited < 5_000; waited += 20) await sleep(20);
}

/** Everything in an input's folder but its sealed records. */
function removeUnsealed(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const left = readdirSync(folder).filter((name) => name !== 'records.duckdb');
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true });
  return left.map((name) => join(folder, name));
}

/** What the row of a sealed input would have said, from the records themselves. */
async function countsOf(path: string): Promise<{ files: InputFile[]; counts: InputCounts }> {
  const reader = await openCaseReader([{ id: 'swept', path }], { connections: 1, threads: 1, memoryMb: 128 });
  try {
    const meta = reader.meta.get('swept') ?? {};
    const rows: Record<string, number> = {};
    for (const { name } of TABLES) {
      const [counted] = await reader.rows(`SELECT count(*) AS n FROM r.${name}`);
      if (Number(counted?.['n'] ?? 0) > 0) rows[name] = Number(counted?.['n']);
    }
    const known = JSON.parse(meta['counts'] ?? '{}') as Partial<InputCounts>;
    const counts: InputCounts = {
      packets: 0,
      connections: rows['conn'] ?? 0,
      bytes: 0,
      import_s: 0,
      decode_s: 0,
      load_s: 0,
      ...known,
      seal_s: 0,
      total_s: 0,
      peak_bytes: 0,
      rows,
      disk_bytes: statSync(path).size,
      home_networks: JSON.parse(meta['home_networks'] ?? '[]') as string[],
    };
    return { files: JSON.parse(meta['files'] ?? '[]') as InputFile[], counts };
  } finally {
    reader.close();
  }
}

/**
 * After a crash: an input is sealed with its row, or interrupted with nothing left of it; a folder without a row is removed.
 * For the owner of the case alone, with no ingest of its own under way.
 */
export async function sweepCase(dir: DataDir, caseId: string, state: CaseState): Promise<Swept> {
  const rows = await state.all('inputs');
  const interrupted: string[] = [];
  const completed: string[] = [];
  const removed: string[] = [];
  for (const inputId of dir.inputIds(caseId)) {
    const folder = dir.input(caseId, inputId);
    await endOrphan(folder);
    if (rows.some(({ id }) => id === inputId)) removed.push(...removeUnsealed(folder));
    else {
      rmSync(folder, { recursive: true, force: true });
      removed.push(folder);
    }
  }
  const copy = compactedIn(dir.case(caseId));
  dropCompacted(dir.case(caseId), copy && basename(copy.path));
  for (const row of rows) {
    const path = dir.records(caseId, row.id);
    const there = existsSync(path);
    if (row.state === 'sealed') {
      if (there) continue;
      const problem = 'Its records are missing from the disk: ingest its captures again.';
      await state.transaction((tx) => tx.update('inputs', { id: row.id }, { state: 'failed', problem }));
    } else if (there) {
      const { files, counts } = await countsOf(path);
      await state.transaction((tx) =>
        tx.update(
          'inputs',
          { id: row.id },
          { state: 'sealed', problem: null, files, counts, sealed_at: new Date().toISOString() },
        ),
      );
      completed.push(row.id);
    } else if (row.state === 'ingesting' || row.state === 'waiting' || row.state === 'interrupted') {
      const problem = 'The server ended while it was being read.';
      if (row.state !== 'interrupted')
        await state.transaction((tx) =>
          tx.update('inputs', { id: row.id }, { state: 'interrupted', problem }),
        );
      interrupted.push(row.id);
    }
  }
  removed.push(...(await removeReplaced(dir, caseId, state)));
  const after = await state.all('inputs');
  return {
    interrupted: after.filter(({ id }) => interrupted.includes(id)),
    completed,
    undetected: after.filter((row) => row.state === 'sealed' && row.detected_at === null),
    removed,
  };
}

/** Inputs whose place an input takes once it is sealed. */
export const replacedBy = ({ settings: { replaces } }: Pick<InputRow, 'settings'>): string[] =>
  Array.isArray(replaces) ? replaces.filter((id) => typeof id === 'string') : [];

/** Deletes the inputs whose captures a sealed one was read with again; answers their folders. */
async function removeReplaced(dir: DataDir, caseId: string, state: CaseState): Promise<string[]> {
  const rows = await state.all('inputs');
  const sealed = rows.filter((row) => row.state === 'sealed');
  const replaced = new Set(sealed.flatMap(replacedBy));
  const gone = sealed.filter(({ id }) => replaced.has(id));
  for (const { id } of gone) await deleteInput(dir, caseId, state, id);
  return gone.map(({ id }) => dir.input(caseId, id));
}

/** The manifests of all cases, those that cannot be read left out. Needs no lock. */
export const listCases = (dir: DataDir): CaseManifest[] =>
  dir.caseIds().flatMap((id) => readManifest(dir.case(id)) ?? []);

/** Finds a case by id or by name, for the command line. */
export function findCase(dir: DataDir, idOrName: string): CaseManifest | undefined {
  const cases = listCases(dir);
  return cases.find((one) => one.case.id === idOrName) ?? cases.find((one) => one.case.name === idOrName);
}

/** The sealed files of a case, from its manifest. Throws FileProblem where there is no such case. */
export function sealedInputs(dir: DataDir, caseId: string): SealedInput[] {
  const manifest = readManifest(dir.case(caseId));
  if (!manifest) throw new FileProblem(`There is no case ${caseId}.`);
  const copy = compactedIn(dir.case(caseId));
  return manifest.inputs
    .filter(({ state }) => state === 'sealed')
    .map(({ id }) => ({
      id,
      path: dir.records(caseId, id),
      ...(copy?.inputs.has(id) ? { compacted: copy.path } : {}),
    }));
}

/** Removes an input: its row, then its records. Its captures stay in the object store. */
export async function deleteInput(
  dir: DataDir,
  caseId: string,
  state: CaseState,
  inputId: string,
): Promise<boolean> {
  const known = await state.transaction(async (tx) => {
    await tx.remove('findings', { input: inputId });
    await tx.remove('run_findings', { input: inputId });
    return tx.remove('inputs', { id: inputId });
  });
  // What is deleted shall be nowhere: the copy is made again without it.
  if (compactedIn(dir.case(caseId))?.inputs.has(inputId)) dropCompacted(dir.case(caseId));
  rmSync(dir.input(caseId, inputId), { recursive: true, force: true });
  return known > 0;
}

/** Removes a case and closes its state. Its captures stay in the object store: see `unusedObjects`. */
export async function deleteCase(dir: DataDir, caseId: string, state: CaseState): Promise<void> {
  await state.close();
  rmSync(dir.case(caseId), { recursive: true, force: true });
}

/** Objects that no input of any case names. */
export function unusedObjects(dir: DataDir): string[] {
  const used = new Set(
    listCases(dir).flatMap(({ inputs }) => inputs.flatMap(({ files }) => files.map(({ sha256 }) => sha256))),
  );
  return readdirSync(dir.objects).filter((name) => /^[0-9a-f]{64}$/.test(name) && !used.has(name));
}
