/** Inputs of cases: listed, made of stored captures or of files on this machine, deleted. */

import { stat } from 'node:fs/promises';
import type {
  AdjoiningInputs,
  Input,
  InputCreate,
  InputList,
  InputOptions,
  OpenInput,
} from '../model/api/inputs.ts';
import type { IngestResult } from '../model/api/jobs.ts';
import type { InputFile, InputRow } from '../store/case-rows.ts';
import type { CaseAccess } from './case-access.ts';
import { adjoiningInputs } from './adjoining-inputs.ts';
import { captureFiles } from './capture-facts.ts';
import type { CaseRegistry } from './case-registry.ts';
import { rangeOf } from './case-resource.ts';
import { deleteInput, newId, replacedBy } from './cases.ts';
import type { FirstConnections, JobQueue, RawProgress } from './job-queue.ts';
import { type IngestContext, startIngest } from './jobs/ingest-job.ts';
import type { IngestFile, IngestProgress, IngestSettings } from './jobs/ingest-messages.ts';
import { dropKeyLogs } from './key-logs.ts';
import { Refusal } from './refusal.ts';

/** What runs when an input has been sealed: detectors, over several inputs at once where they queue. It never rejects. */
export type AfterSealed = (caseId: string, inputId: string, more: () => boolean) => Promise<void>;

export interface IngestParts extends Pick<IngestContext, 'childPath' | 'engine' | 'warm'> {
  readonly afterSealed: AfterSealed;
  /** Paths of the rule files that a case runs over its payloads. */
  readonly ruleFiles: (caseId: string) => Promise<readonly string[]>;
}

/** Our names of the options → the pipeline's. */
export function settingsOf(options: InputOptions = {}): IngestSettings {
  const { vlan_key: vlanKey, packets_table: packetsTable, file_hashes: fileHashes, ...rest } = options;
  return defined({ ...rest, vlanKey, packetsTable, fileHashes });
}

/** Without what was left undefined. */
function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function optionsOf({
  checksums,
  midstream,
  async,
  vlanKey,
  packetsTable,
  shards,
  protocols,
  fileHashes,
  keylog,
}: IngestSettings): InputOptions {
  return defined({
    checksums,
    midstream,
    async,
    vlan_key: vlanKey,
    packets_table: packetsTable,
    shards,
    protocols,
    file_hashes: fileHashes,
    keylog,
  }) as InputOptions;
}

const PHASES: Readonly<Record<string, RawProgress['phase']>> = { checkpoint: 'seal', rename: 'seal' };
const rawProgress = (progress: IngestProgress): RawProgress => ({
  ...progress,
  phase: PHASES[progress.phase] ?? (progress.phase as RawProgress['phase']),
});

/** `name` of an input of several files says how many. */
const inputName = (files: readonly { name: string }[]): string =>
  files.length === 1
    ? (files[0]?.name ?? 'capture')
    : `${files[0]?.name ?? 'capture'} and ${files.length - 1} more`;

const openInput = ({
  id,
  name,
  state,
  problem,
  created,
  files,
}: InputRow & { state: OpenInput['state'] }): OpenInput => ({
  id,
  name,
  state,
  problem,
  created,
  files: files.map((file) => ({ sha256: file.sha256, name: file.name, size: file.size })),
});

const isSealed = ({ state }: InputRow): boolean => state === 'sealed';

export class Ingests {
  readonly #registry: CaseRegistry;
  readonly #cases: CaseAccess;
  readonly #queue: JobQueue;
  readonly #parts: IngestParts;

  constructor(registry: CaseRegistry, cases: CaseAccess, queue: JobQueue, parts: IngestParts) {
    this.#registry = registry;
    this.#cases = cases;
    this.#queue = queue;
    this.#parts = parts;
  }

  async list(caseId: string, signal?: AbortSignal): Promise<InputList> {
    const rows = this.#registry.manifest(caseId).inputs;
    const files = await this.#cases.read(caseId, (reader) => captureFiles(reader, undefined, { signal }));
    return {
      inputs: rows.filter(isSealed).map((row): Input => ({
        id: row.id,
        name: row.name,
        owner_id: row.owner_id,
        created: row.created,
        engine: this.#parts.engine,
        options: optionsOf(row.settings),
        packets: row.counts?.packets ?? 0,
        connections: row.counts?.connections ?? 0,
        bytes: row.counts?.bytes ?? 0,
        disk_bytes: row.counts?.disk_bytes ?? 0,
        read_s: row.counts?.decode_s ?? null,
        range: rangeOf([row]),
        files: files.filter(({ input }) => input === row.id),
      })),
      open: rows
        .filter((row): row is InputRow & { state: OpenInput['state'] } => !isSealed(row))
        .map(openInput),
    };
  }

  async adjoining(caseId: string, signal?: AbortSignal): Promise<AdjoiningInputs> {
    const sealed = this.#registry.manifest(caseId).inputs.filter(isSealed);
    return this.#cases.read(caseId, (reader) => adjoiningInputs(reader, sealed, { signal }));
  }

  /** Queues stored captures: one input of all, which may take the place of inputs of some of them, or one of each. */
  async create(
    caseId: string,
    ownerId: string,
    { files, separate = false, options, replaces = [] }: InputCreate,
  ): Promise<{ jobs: string[] }> {
    this.#assertReplaceable(caseId, files, separate, replaces);
    const stored = await Promise.all(files.map((file) => this.#stored(file)));
    const inputs = separate ? stored.map((file) => [file]) : [stored];
    return { jobs: this.enqueue(caseId, ownerId, inputs, options, replaces) };
  }

  /** Nothing leaves a case that does not come again with the new input. */
  #assertReplaceable(
    caseId: string,
    files: readonly { sha256: string }[],
    separate: boolean,
    replaces: readonly string[],
  ): void {
    if (separate && replaces.length > 0)
      throw new Refusal('conflict', 'Only one input of all the files can take the place of others.');
    const given = new Set(files.map(({ sha256 }) => sha256));
    for (const id of replaces) {
      const row = this.#registry.input(caseId, id);
      if (!isSealed(row))
        throw new Refusal('conflict', `${row.name} is not read yet: nothing can take its place.`);
      if (row.files.some(({ sha256 }) => !given.has(sha256)))
        throw new Refusal(
          'conflict',
          `${row.name} holds a capture that is not among these files: it would leave the case.`,
        );
    }
  }

  /** Queues one ingest for each list of files; answers the jobs. Files need not be objects yet. */
  enqueue(
    caseId: string,
    ownerId: string,
    inputs: readonly (readonly IngestFile[])[],
    options?: InputOptions,
    replaces: readonly string[] = [],
  ): string[] {
    return inputs.map((files) => {
      const job = this.#queue.enqueue({
        caseId,
        ownerId,
        files: files.map((file) => ({ name: file.name, size: 'size' in file ? file.size : 0 })),
        run: (report, signal) => this.ingest(caseId, ownerId, files, options, report, signal, replaces),
        settle: async (outcome, more) => {
          if (!('input' in outcome)) return;
          const { inputs: known } = this.#registry.manifest(caseId);
          for (const { id } of known) if (replaces.includes(id)) await this.remove(caseId, id);
          await this.detect(caseId, outcome.input, more);
        },
      });
      return job.id;
    });
  }

  /** Ingests now; detection is the caller's (`detect`). Rejects with one sentence where it could not be done or was cancelled; the case is then as it was. */
  async ingest(
    caseId: string,
    ownerId: string,
    files: readonly IngestFile[],
    options: InputOptions | undefined,
    report: (progress: RawProgress | FirstConnections) => void,
    signal: AbortSignal,
    /** Inputs whose place it takes. Kept with it: where the process ends before they are gone, the next one removes them. */
    replaces: readonly string[] = [],
  ): Promise<IngestResult> {
    signal.throwIfAborted();
    const state = await this.#registry.state(caseId);
    const name = inputName(files);
    const { childPath, engine, warm } = this.#parts;
    const ruleFiles = await this.#parts.ruleFiles(caseId);
    const settings = { ...settingsOf(options), ...(replaces.length > 0 ? { replaces: [...replaces] } : {}) };
    const running = startIngest(
      { caseId, inputId: newId(name), name, ownerId, files, settings, ruleFiles },
      {
        dir: this.#registry.dir,
        state,
        childPath,
        engine,
        warm,
        onProgress: (progress) => report(rawProgress(progress)),
        onFirst: (first) => report({ first }),
      },
    );
    const cancel = (): void => void running.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { input, packets, connections, bytes, import_s, decode_s, load_s, seal_s, total_s, peak_bytes } =
        await running.promise;
      return {
        input,
        case: caseId,
        packets,
        connections,
        bytes,
        import_s,
        decode_s,
        load_s,
        seal_s,
        total_s,
        peak_bytes,
      };
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Looks for findings in an input that `ingest` sealed; `more`: other inputs are about to follow, and may be looked at with it. */
  detect(caseId: string, inputId: string, more: () => boolean = () => false): Promise<void> {
    return this.#parts.afterSealed(caseId, inputId, more);
  }

  async remove(caseId: string, inputId: string): Promise<undefined> {
    if (this.#registry.input(caseId, inputId).state === 'ingesting') {
      throw new Refusal('conflict', 'This input is being read: cancel its job instead.');
    }
    const { settings } = this.#registry.input(caseId, inputId);
    const state = await this.#registry.state(caseId);
    this.#cases.forget(caseId);
    await deleteInput(this.#registry.dir, caseId, state, inputId);
    dropKeyLogs(this.#registry.dir, [settings]);
  }

  /** Reads an input again that was not read to its end, with its own settings; the row that says so goes. */
  async retry(caseId: string, ownerId: string, inputId: string): Promise<{ jobs: string[] }> {
    const row = this.#registry.input(caseId, inputId);
    if (row.state !== 'failed' && row.state !== 'interrupted')
      throw new Refusal(
        'conflict',
        'This input was read to its end or is being read: there is nothing to read again.',
      );
    const files = await Promise.all(row.files.map((file) => this.#stored(file)));
    await this.remove(caseId, inputId);
    return { jobs: this.enqueue(caseId, ownerId, [files], optionsOf(row.settings), replacedBy(row)) };
  }

  async #stored({ sha256, name }: { sha256: string; name: string }): Promise<InputFile> {
    try {
      const { size } = await stat(this.#registry.dir.object(sha256));
      return { sha256, name, size };
    } catch {
      throw new Refusal('not_found', `${name} is not stored here (no object ${sha256}): upload it first.`);
    }
  }
}
