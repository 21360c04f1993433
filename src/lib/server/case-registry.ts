/** The cases of a data directory as one server process has them: who they are, and their states, each opened once. */

import type { CaseManifest, InputRow } from '../store/case-rows.ts';
import type { SealedInput } from '../store/case-reader.ts';
import { type CaseState, readManifest } from '../store/case-state.ts';
import {
  createCase,
  deleteCase,
  listCases,
  type NewCase,
  openCase,
  sealedInputs,
  type Swept,
} from './cases.ts';
import type { DataDir } from './data-dir.ts';
import { Refusal } from './refusal.ts';

const unknown = (caseId: string): Refusal => new Refusal('not_found', `There is no case ${caseId}.`);

export class CaseRegistry {
  readonly dir: DataDir;
  readonly #states = new Map<string, Promise<CaseState>>();
  readonly #problems = new Map<string, string>();
  readonly #found = new Map<string, number>();
  #opened: (caseId: string, swept: Swept) => void = () => undefined;

  constructor(dir: DataDir) {
    this.dir = dir;
  }

  /** `opened` is told of each case that is opened and swept from now on. */
  onOpened(opened: (caseId: string, swept: Swept) => void): void {
    this.#opened = opened;
  }

  /** Rises whenever what counts as found in a case may be another: readers that show it are opened again. */
  foundVersion(caseId: string): number {
    return this.#found.get(caseId) ?? 0;
  }

  foundChanged(caseId: string): void {
    this.#found.set(caseId, this.foundVersion(caseId) + 1);
  }

  /** Cases of an owner, the youngest first. */
  list(ownerId: string): CaseManifest[] {
    return listCases(this.dir)
      .filter((manifest) => manifest.case.owner_id === ownerId)
      .sort((a, b) => b.case.created.localeCompare(a.case.created));
  }

  /** Refused where there is no such case. */
  manifest(caseId: string): CaseManifest {
    const manifest = readManifest(this.dir.case(caseId));
    if (!manifest) throw unknown(caseId);
    return manifest;
  }

  /** The one check that every route with a case in its path passes. Another owner's case is as if it were not there. */
  authorise(ownerId: string, caseId: string): void {
    if (this.manifest(caseId).case.owner_id !== ownerId) throw unknown(caseId);
  }

  sealed(caseId: string): SealedInput[] {
    this.manifest(caseId);
    return sealedInputs(this.dir, caseId);
  }

  input(caseId: string, inputId: string): InputRow {
    const row = this.manifest(caseId).inputs.find(({ id }) => id === inputId);
    if (!row) throw new Refusal('not_found', `There is no input ${inputId} in this case.`);
    return row;
  }

  /** Why a case cannot be written to, in one sentence. */
  problem(caseId: string): string | undefined {
    return this.#problems.get(caseId);
  }

  /** The state of a case, swept after a crash when it is first opened. Stays open until `close`. */
  state(caseId: string): Promise<CaseState> {
    const open = this.#states.get(caseId);
    if (open) return open;
    this.manifest(caseId);
    const opening = openCase(this.dir, caseId).then(
      ({ state, swept }) => {
        this.#problems.delete(caseId);
        this.#opened(caseId, swept);
        return state;
      },
      (error: unknown) => {
        this.#states.delete(caseId);
        this.#problems.set(caseId, error instanceof Error ? error.message : String(error));
        throw error;
      },
    );
    this.#states.set(caseId, opening);
    return opening;
  }

  async create(given: NewCase): Promise<CaseManifest> {
    const state = await createCase(this.dir, given);
    const { id } = await state.info();
    this.#states.set(id, Promise.resolve(state));
    return this.manifest(id);
  }

  async patch(
    caseId: string,
    values: { name?: string | undefined; description?: string | undefined },
  ): Promise<CaseManifest> {
    const state = await this.state(caseId);
    await state.transaction((tx) =>
      tx.update(
        'case_info',
        { id: caseId },
        {
          ...(values.name === undefined ? {} : { name: values.name }),
          ...(values.description === undefined ? {} : { description: values.description }),
          modified: new Date().toISOString(),
        },
      ),
    );
    return this.manifest(caseId);
  }

  async remove(caseId: string): Promise<void> {
    const state = await this.state(caseId);
    await deleteCase(this.dir, caseId, state);
    this.#states.delete(caseId);
  }

  /** Brings every case to a state that an undisturbed run could have left; one that cannot be opened keeps its problem. */
  async sweep(): Promise<void> {
    for (const caseId of this.dir.caseIds()) {
      if (readManifest(this.dir.case(caseId))) await this.state(caseId).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const states = [...this.#states.values()];
    this.#states.clear();
    await Promise.allSettled(states.map(async (state) => (await state).close()));
  }
}
