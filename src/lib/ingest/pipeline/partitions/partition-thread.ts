/** A reading thread: all packets of the captures, the connections of one partition. */

import type { MessagePort } from 'node:worker_threads';
import type { ColumnBatch } from '../../../model/column-batch.ts';
import { BatchLender } from '../../../model/lent-batches.ts';
import { PARTITION_LIMITS } from '../../../model/limits.ts';
import type { BatchSink } from '../../../model/sinks.ts';
import type { Table } from '../../../model/tables.ts';
import { openCaptures } from '../../capture/open.ts';
import type { PipelineInput } from '../input.ts';
import { readPackets, type ReadingHooks } from '../read-packets.ts';
import type { FromPartition, PartitionJob, ToPartition } from './messages.ts';

/** Batches are told to the thread that hands them on to the loader; each is free again once it is there. */
class PostedBatches implements BatchSink {
  readonly #port: MessagePort;
  readonly #batches = new BatchLender();
  #underWay = 0;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', ({ batch }: ToPartition) => this.#arrived(batch));
  }

  #arrived(number: number): void {
    this.#underWay -= this.#batches.back(number);
    // Half of it there before reading goes on: it then runs in longer stretches.
    if (this.#underWay <= PARTITION_LIMITS.bytesUnderWay / 2) this.#wake?.();
  }

  lease(table: Table): ColumnBatch {
    return this.#batches.lease(table);
  }

  submit(batch: ColumnBatch): void {
    const message: FromPartition = { say: 'batch', lent: this.#batches.lend(batch) };
    this.#underWay += batch.buffer.byteLength;
    this.#port.postMessage(message);
  }

  async ready(): Promise<void> {
    if (this.#underWay < PARTITION_LIMITS.bytesUnderWay) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  async finish(): Promise<void> {
    // Messages arrive in order: who reads `done` has had every batch.
  }
}

/** Does the one job that the thread was started for. `hooks` makes what differs from process to process: rules, and who wants files. */
export async function servePartition(
  port: MessagePort,
  job: PartitionJob,
  hooks: (more: unknown) => Pick<ReadingHooks, 'payloadSinks' | 'carve'>,
): Promise<void> {
  const say = (message: FromPartition): void => port.postMessage(message);
  const inputs: PipelineInput[] = [];
  try {
    for (const { path, name, sha256 } of job.captures)
      for (const reader of await openCaptures(path, { name })) inputs.push({ reader, sha256 });
    const sink = new PostedBatches(port);
    const reading = await readPackets(inputs, sink, job.options, {
      ...hooks(job.more),
      keyLogs: job.keyLogs,
      partition: { index: job.index, count: job.count },
      onProgress: (progress) => say({ say: 'block', progress }),
    });
    say({ say: 'done', reading });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    say({ say: 'failed', name, message });
  } finally {
    for (const { reader } of inputs) await reader.close();
  }
}
