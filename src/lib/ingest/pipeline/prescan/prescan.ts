/**
 * Looks for what payload rules seek before the packets are decoded, in a thread of its own that reads the file a little ahead: nearly
 * all payloads hold nothing of it, and of those the decoding thread is spared the search. What was found is where a rule has to look
 * itself, no more: results are the same with and without.
 */

import { Worker } from 'node:worker_threads';
import { SIDE_THREAD_LIMITS } from '../../../model/limits.ts';
import type { PayloadSink, Sought } from '../../../model/sinks.ts';
import { PrescanRing, ringBytes } from './prescan-ring.hot.ts';

/** What the thread begins with. */
export interface PrescanStart {
  readonly sought: readonly Sought[];
  readonly ring: SharedArrayBuffer;
}

/** What it is told to read. */
export interface PrescanJob {
  readonly path: string;
  readonly bytes: number;
}

/** What the decoding thread asks. */
export interface LookAhead {
  /** Number of what the sink seeks, -1 for nothing. */
  seekerOf(sinkId: string): number;
  readonly ring: PrescanRing;
}

export class Prescan implements LookAhead {
  readonly #worker: Worker;
  readonly #ring: PrescanRing;
  /** Sink → number of what it seeks. */
  readonly #seekers: readonly string[];

  private constructor(worker: Worker, ring: PrescanRing, seekers: readonly string[]) {
    this.#worker = worker;
    this.#ring = ring;
    this.#seekers = seekers;
  }

  /**
   * Starts the thread, for what the sinks seek; undefined where none seeks anything. Until it reads, and where it fails, it has found
   * nothing, and everybody searches for himself.
   */
  static start(workerPath: string, sinks: readonly PayloadSink[]): Prescan | undefined {
    const seeking = sinks.flatMap(({ id, sought }) => (sought === undefined ? [] : [{ id, sought }]));
    if (seeking.length === 0) return undefined;
    const ring = new SharedArrayBuffer(ringBytes(seeking.length));
    const start: PrescanStart = { sought: seeking.map(({ sought }) => sought), ring };
    const worker = new Worker(workerPath, {
      workerData: start,
      name: 'prescan',
      resourceLimits: SIDE_THREAD_LIMITS,
    });
    worker.on('error', () => undefined);
    return new Prescan(
      worker,
      new PrescanRing(ring),
      seeking.map(({ id }) => id),
    );
  }

  /** Begins to read `path`, an uncompressed capture of `bytes` bytes. */
  look(path: string, bytes: number): void {
    const job: PrescanJob = { path, bytes };
    this.#worker.postMessage(job);
  }

  seekerOf(sinkId: string): number {
    return this.#seekers.indexOf(sinkId);
  }

  get ring(): PrescanRing {
    return this.#ring;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
