/** The door of the pipeline: captures in, column batches out, on this thread or on several. */

import type { BatchSink } from '../../model/sinks.ts';
import { RowWriter } from '../columns/row-writer.ts';
import { writeCaptureRows } from './capture-rows.ts';
import { faultCounts, type FileTally } from './file-tally.ts';
import type { PipelineInput } from './input.ts';
import { DEFAULT_OPTIONS, type PipelineOptions } from './options.ts';
import { readInPartitions, type PartitionStart } from './partitions/partitioned-reading.ts';
import { readPackets, type ReadingHooks } from './read-packets.ts';
import type { ReadCapture, Reading } from './reading.ts';
import type { SinkFailure } from './sink-group.ts';

export interface PipelineHooks extends Omit<ReadingHooks, 'partition'> {
  /** How to start the threads where there are more shards than one. What they do not know of, inspectors and carving, needs one thread. */
  threads?: PartitionStart;
}

export interface PacketTotals {
  total: number;
  decoded: number;
  faults: Record<string, number>;
}

export interface PipelineResult {
  packets: PacketTotals & { recovered: PacketTotals };
  connections: number;
  /** Rows by table. */
  tables: Record<string, number>;
  /** Wire bytes read (decompressed). */
  bytes: number;
  firstNs: bigint | undefined;
  lastNs: bigint | undefined;
  /** Sinks that threw and were left out. */
  failedSinks: readonly SinkFailure[];
  /** The capture files as they were found to be, in the order of the input. */
  captures: readonly ReadCapture[];
  tallies: readonly FileTally[];
}

/** Reads every packet of `files` into `sink`. Rejects with the signal's reason when aborted, and where the sink fails. */
export async function runPipeline(
  files: readonly PipelineInput[],
  sink: BatchSink,
  given: Partial<PipelineOptions> = {},
  hooks: PipelineHooks = {},
): Promise<PipelineResult> {
  const options = { ...DEFAULT_OPTIONS, ...given };
  const { threads, ...own } = hooks;
  const reading =
    threads && options.shards > 1
      ? await readInPartitions(threads, sink, options, own)
      : await readPackets(files, sink, options, own);
  const rows = new RowWriter(sink);
  writeCaptureRows(rows, reading);
  rows.flush();
  await sink.finish();
  return resultOf(reading, rows.rows);
}

function resultOf(
  { captures, tallies, connections, tables: read, failedSinks }: Reading,
  about: Readonly<Record<string, number>>,
): PipelineResult {
  const tables: Record<string, number> = { ...read };
  for (const [name, rows] of Object.entries(about)) tables[name] = (tables[name] ?? 0) + rows;
  return {
    packets: totals(captures, tallies),
    connections,
    tables,
    bytes: captures.reduce((sum, { info }) => sum + info.bytesRead, 0),
    firstNs: bound(
      tallies,
      (t) => [t.firstSec, t.firstNsec],
      (a, b) => a < b,
    ),
    lastNs: bound(
      tallies,
      (t) => [t.lastSec, t.lastNsec],
      (a, b) => a > b,
    ),
    failedSinks,
    captures,
    tallies,
  };
}

function totals(captures: readonly ReadCapture[], tallies: readonly FileTally[]): PipelineResult['packets'] {
  const side = (recovered: 0 | 1): PacketTotals => {
    const faults: Record<string, number> = {};
    for (const tally of tallies)
      for (const [name, count] of Object.entries(faultCounts(tally, recovered)))
        faults[name] = (faults[name] ?? 0) + count;
    const total = captures.reduce(
      (sum, { info }) => sum + (recovered ? info.recoveredPackets : info.packets),
      0,
    );
    return { total, decoded: tallies.reduce((sum, t) => sum + t.decoded[recovered], 0), faults };
  };
  return { ...side(0), recovered: side(1) };
}

function bound(
  tallies: readonly FileTally[],
  of: (tally: FileTally) => readonly [number, number],
  better: (a: bigint, b: bigint) => boolean,
): bigint | undefined {
  let best: bigint | undefined;
  for (const tally of tallies) {
    const [sec, nsec] = of(tally);
    if (!Number.isFinite(sec)) continue;
    const ns = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
    if (best === undefined || better(ns, best)) best = ns;
  }
  return best;
}
