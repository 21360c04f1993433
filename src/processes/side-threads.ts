/** The threads of an ingest: how many read, and what is done beside the reading. */

import { availableParallelism } from 'node:os';
import { ALL_HASHES } from '../lib/ingest/files/file-tracker.ts';
import { HashThread } from '../lib/ingest/files/hash-thread.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import type { PipelineOptions } from '../lib/ingest/pipeline/options.ts';
import type { PipelineHooks } from '../lib/ingest/pipeline/run.ts';
import { Prescan } from '../lib/ingest/pipeline/prescan/prescan.ts';
import { PARTITION_LIMITS, PRESCAN_LIMITS } from '../lib/model/limits.ts';
import type { PayloadSink } from '../lib/model/sinks.ts';
import { HASH_WORKER, PRESCAN_WORKER } from './paths.ts';

/** Threads that read so many bytes of captures: a small one is read before a second has begun, and two cores have enough to do beside. */
export function readersFor(bytes: number): number {
  const cores = availableParallelism();
  // One core of many is the loading thread's.
  return cores <= 2 || bytes < PARTITION_LIMITS.minBytes
    ? 1
    : Math.min(PARTITION_LIMITS.maxThreads, cores - 1);
}

export interface FileToRead {
  readonly path: string;
  readonly size: number;
}

/** What goes on beside the one thread that reads a large input. */
export class SideThreads {
  readonly prescan: Prescan | undefined;
  readonly hashing: HashThread | undefined;

  /** Starts none where it would not be worth while. What they are to read need not be there yet. */
  constructor(
    files: readonly Pick<FileToRead, 'size'>[],
    sinks: readonly PayloadSink[],
    options: Pick<Partial<PipelineOptions>, 'fileHashes'>,
    /** Rules hear of files: they need the hashes when the file ends. */
    inspected: boolean,
  ) {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes < PRESCAN_LIMITS.minBytes || availableParallelism() < 2) return;
    if (files.length === 1) this.prescan = Prescan.start(PRESCAN_WORKER, sinks);
    const { fileHashes = ALL_HASHES } = options;
    if (fileHashes.length > 0 && !inspected) {
      this.hashing = new HashThread(HASH_WORKER, fileHashes);
      this.hashing.begin();
    }
  }

  /** The captures are open: what looks ahead may read. */
  look(inputs: readonly PipelineInput[], files: readonly FileToRead[]): void {
    const [file] = files;
    // Offsets are into one file as it lies there.
    if (file && inputs.length === 1 && inputs[0]?.reader.info.compression === 'none')
      this.prescan?.look(file.path, file.size);
  }

  /** What the pipeline needs to ask them. */
  get hooks(): Pick<PipelineHooks, 'prescan' | 'hashing'> {
    return {
      ...(this.prescan ? { prescan: this.prescan } : {}),
      ...(this.hashing ? { hashing: this.hashing } : {}),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.prescan?.stop(), this.hashing?.stop()]);
  }
}
