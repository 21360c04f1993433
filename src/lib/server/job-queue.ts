/** Work that outlasts a request: one job after the other, with progress for whoever listens. */

import type { FirstConnection, IngestResult, Job, JobProgress } from '../model/api/jobs.ts';
import { Refusal } from './refusal.ts';

/** What a job does. Rejects with an error whose message is one sentence; `report` may be called as often as it likes. */
/** What came of a job: an input, or a run. */
export type JobOutcome = IngestResult | { readonly run: string };

export interface JobWork {
  /** Absent: an ingest. */
  readonly kind?: Job['kind'] | undefined;
  readonly caseId: string;
  readonly ownerId: string;
  readonly files: Job['files'];
  run(report: (progress: RawProgress | FirstConnections) => void, signal: AbortSignal): Promise<JobOutcome>;
  /**
   * What is still to be done with what came of it: the job is done only afterwards, but the next one runs meanwhile.
   * `more`: others of the case wait or run. Never rejects.
   */
  settle?(outcome: JobOutcome, more: () => boolean): Promise<void>;
}

export interface RawProgress {
  readonly phase: JobProgress['phase'];
  readonly bytes: number;
  readonly totalBytes: number;
  readonly packets: number;
  readonly connections: number;
  readonly rows: number;
  readonly faults: number;
}

/** Told once, when there are any. */
export interface FirstConnections {
  readonly first: readonly FirstConnection[];
}

export interface JobEvent {
  readonly event: 'state' | 'progress';
  readonly data: Job | JobProgress;
}

type Listener = (event: JobEvent) => void;

interface Entry {
  job: Job;
  readonly ownerId: string;
  readonly work: JobWork;
  readonly cancel: AbortController;
  readonly listeners: Set<Listener>;
  /** Its run is over. */
  settling?: boolean;
}

/** Jobs that ended are remembered, the newest of them. */
const REMEMBERED = 500;
const ENDED: ReadonlySet<Job['state']> = new Set(['done', 'failed', 'cancelled']);
/** A time left is told once this share is done: before, it would be a guess. */
const ETA_FROM = 0.02;

export const hasEnded = ({ state }: Job): boolean => ENDED.has(state);

const IDLE: JobProgress = {
  phase: 'queued',
  bytes: 0,
  total_bytes: 0,
  packets: 0,
  connections: 0,
  rows: 0,
  faults: 0,
  elapsed_s: 0,
  eta_s: null,
};

function progressOf(raw: RawProgress, elapsedS: number): JobProgress {
  const share = raw.phase === 'decode' && raw.totalBytes > 0 ? raw.bytes / raw.totalBytes : 0;
  return {
    phase: raw.phase,
    bytes: raw.bytes,
    total_bytes: raw.totalBytes,
    packets: raw.packets,
    connections: raw.connections,
    rows: raw.rows,
    faults: raw.faults,
    elapsed_s: Math.round(elapsedS * 10) / 10,
    eta_s: share >= ETA_FROM ? Math.ceil((elapsedS / share) * (1 - Math.min(1, share))) : null,
  };
}

export class JobQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #newId: () => string;
  readonly #concurrency: number;
  #running = 0;
  #closed = false;

  constructor(newId: () => string, concurrency = 1) {
    this.#newId = newId;
    this.#concurrency = concurrency;
  }

  enqueue(work: JobWork): Job {
    if (this.#closed) throw new Refusal('busy', 'The server is stopping; ask again when it runs.');
    const id = this.#newId();
    const job: Job = {
      id,
      case: work.caseId,
      kind: work.kind ?? 'ingest',
      state: 'queued',
      files: work.files,
      created: new Date().toISOString(),
      started: null,
      ended: null,
      progress: IDLE,
      first: [],
      error: null,
      input: null,
      run: null,
      result: null,
    };
    this.#entries.set(id, {
      job,
      ownerId: work.ownerId,
      work,
      cancel: new AbortController(),
      listeners: new Set(),
    });
    this.#forget();
    this.#next();
    return job;
  }

  list(ownerId: string, caseId?: string): Job[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.ownerId === ownerId && (caseId === undefined || entry.job.case === caseId))
      .map(({ job }) => job)
      .reverse();
  }

  get(ownerId: string, id: string): Job {
    return this.#entry(ownerId, id).job;
  }

  /** Resolves when the job has ended, one way or the other. */
  async cancel(ownerId: string, id: string): Promise<Job> {
    const entry = this.#entry(ownerId, id);
    if (hasEnded(entry.job)) return entry.job;
    entry.cancel.abort();
    if (entry.job.state === 'queued') {
      this.#change(entry, {
        state: 'cancelled',
        ended: new Date().toISOString(),
        error: `The ${entry.job.kind} was cancelled before it began.`,
      });
      return entry.job;
    }
    return this.#untilEnded(entry);
  }

  /** Tells the state now, then every change; answers how to stop listening. */
  listen(ownerId: string, id: string, listener: Listener): () => void {
    const entry = this.#entry(ownerId, id);
    listener({ event: 'state', data: entry.job });
    entry.listeners.add(listener);
    return () => entry.listeners.delete(listener);
  }

  /** Jobs of a case that have not ended. */
  busy(caseId: string): Job[] {
    return [...this.#entries.values()]
      .map(({ job }) => job)
      .filter((job) => job.case === caseId && !hasEnded(job));
  }

  /** Whether a case has jobs whose run is not over. */
  #awaited(caseId: string): boolean {
    return [...this.#entries.values()].some(
      ({ job, settling }) => job.case === caseId && !settling && !hasEnded(job),
    );
  }

  /** Cancels everything and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#entries.values()].map(({ ownerId, job }) => this.cancel(ownerId, job.id)));
  }

  #entry(ownerId: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry || entry.ownerId !== ownerId)
      throw new Refusal('not_found', `There is no job ${id}; jobs are remembered until the server stops.`);
    return entry;
  }

  #untilEnded(entry: Entry): Promise<Job> {
    return new Promise((resolve) => {
      const listener: Listener = () => {
        if (!hasEnded(entry.job)) return;
        entry.listeners.delete(listener);
        resolve(entry.job);
      };
      entry.listeners.add(listener);
    });
  }

  #change(entry: Entry, values: Partial<Job>): void {
    entry.job = { ...entry.job, ...values };
    for (const listener of entry.listeners) listener({ event: 'state', data: entry.job });
  }

  #next(): void {
    while (this.#running < this.#concurrency) {
      const entry = [...this.#entries.values()].find(({ job }) => job.state === 'queued');
      if (!entry) return;
      this.#running++;
      void this.#run(entry, () => {
        this.#running--;
        this.#next();
      });
    }
  }

  /** `leave` is called once, when the next job may run. */
  async #run(entry: Entry, leave: () => void): Promise<void> {
    const began = performance.now();
    this.#change(entry, { state: 'running', started: new Date().toISOString() });
    const report = (raw: RawProgress | FirstConnections): void => {
      if ('first' in raw) {
        this.#change(entry, { first: [...raw.first] });
        return;
      }
      const progress = progressOf(raw, (performance.now() - began) / 1000);
      entry.job = { ...entry.job, progress };
      for (const listener of entry.listeners) listener({ event: 'progress', data: progress });
    };
    try {
      const result = await entry.work.run(report, entry.cancel.signal).finally(() => {
        entry.settling = true;
        leave();
      });
      await entry.work.settle?.(result, () => this.#awaited(entry.work.caseId));
      const ingested = 'run' in result ? null : result;
      const progress: JobProgress = {
        ...entry.job.progress,
        phase: 'done',
        ...(ingested ? { packets: ingested.packets, connections: ingested.connections } : {}),
        eta_s: 0,
      };
      this.#change(entry, {
        state: 'done',
        first: [],
        ended: new Date().toISOString(),
        result: ingested,
        input: ingested?.input ?? null,
        run: 'run' in result ? result.run : null,
        progress,
      });
    } catch (error) {
      const cancelled = entry.cancel.signal.aborted;
      this.#change(entry, {
        state: cancelled ? 'cancelled' : 'failed',
        ended: new Date().toISOString(),
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #forget(): void {
    for (const [id, { job }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED) return;
      if (hasEnded(job)) this.#entries.delete(id);
    }
  }
}
