/** The door of the pipeline: readers in, column batches out. Wires the stages; each of them knows only model/. */

import type { CaptureReader } from '../../model/capture.ts';
import type { Inspector } from '../../model/inspection.ts';
import type { BatchSink, PayloadSink, Progress, RowSink } from '../../model/sinks.ts';
import { PacketRows } from '../columns/packet-rows.hot.ts';
import { RowWriter } from '../columns/row-writer.ts';
import { ConnRows } from '../flow/conn-rows.hot.ts';
import { FlowTable } from '../flow/flow-table.hot.ts';
import { type CopyOf, FileTracker } from '../files/file-tracker.ts';
import { applicationOf } from '../protocol/application-names.ts';
import { ProtocolEngine } from '../protocol/engine/engine.ts';
import { KeyLog } from '../protocol/engine/key-log.ts';
import { PROTOCOLS } from '../protocol/registry.ts';
import { writeCaptureRows } from './capture-rows.ts';
import { ContentStage } from './content-stage.ts';
import { DuplicateWatch } from './duplicate-watch.hot.ts';
import { FileTally } from './file-tally.ts';
import { FlowRows } from './flow-rows.ts';
import { InspectionStage } from './inspection-stage.ts';
import type { PipelineInput } from './input.ts';
import { mergeFiles } from './merge-files.ts';
import { DEFAULT_OPTIONS, PACKET_INDEX_STEP, type PipelineOptions } from './options.ts';
import { PacketStage } from './packet-stage.hot.ts';
import { InlineDispatch, type PayloadDispatch, type SinkFailure } from './shards/dispatch.ts';
import { ShardedDispatch, type ShardStart } from './shards/sharded-dispatch.ts';

export interface PipelineHooks {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Sinks of this thread: used where there is one shard. */
  payloadSinks?: readonly PayloadSink[];
  /** Rules over packets, streams and what parsers find in them. They write their rows to the sink that they are made with. */
  inspectors?: (rows: RowSink) => readonly Inspector[];
  /** Where the bytes of carried files go; undefined for those that nobody wants. */
  carve?: CopyOf;
  /** Key log files' text: secrets by which TLS is decrypted. */
  keyLogs?: readonly string[];
  /** How to start the threads where there are more shards than one. */
  shardWorkers?: Omit<ShardStart, 'shards'>;
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
  const readers = files.map((file) => file.reader);
  const rows = new RowWriter(sink);
  const at = { sec: 0, nsec: 0, file: 0, frame: 0 };
  const flowRows = new FlowRows(rows, at);
  const verifyChecksums = options.checksums !== 'ignore';
  const flows = new FlowTable(
    { timeouts: options.timeouts, vlanKey: options.vlanKey, verifyChecksums },
    flowRows,
  );
  const conns = new ConnRows(sink, flows.store, (end) => flows.tcp.space.size(end));
  flowRows.bind(flows.store, conns);
  const packetRows = options.packetsTable === 'none' ? undefined : new PacketRows(sink);
  const tallies = files.map(() => new FileTally());
  const dispatch = dispatchOf(options, hooks, rows);
  const keyLog = new KeyLog();
  for (const text of hooks.keyLogs ?? []) keyLog.add(text);
  for (const { info } of readers) keyLog.follow(info.secrets);
  const inspectors = hooks.inspectors?.(rows) ?? [];
  const inspection = inspectors.length > 0 ? new InspectionStage(flows, inspectors) : undefined;
  const engine = new ProtocolEngine({
    protocols: PROTOCOLS,
    rows,
    file: (fuid, meta, at, row) => new FileTracker(fuid, meta, at, options.fileHashes, row, hooks.carve),
    salt: files.map(({ sha256 }) => sha256).join(' '),
    listener: inspection,
    applicationOf,
    secrets: (label, random) => keyLog.secret(label, random),
  });
  const content = options.protocols
    ? new ContentStage(flows, engine, options.midstream, inspection)
    : undefined;
  const stage = new PacketStage({
    flows,
    at,
    rows,
    tallies,
    packetRows,
    packetStep: options.packetsTable === 'index' ? PACKET_INDEX_STEP : 1,
    duplicates: files.length > 1 ? new DuplicateWatch() : undefined,
    dispatch,
    content,
    inspection,
    inspectDepth: options.inspectDepth,
    listing: options.packetListing,
    verifyChecksums,
    forgiveOffload: options.checksums === 'auto',
  });
  if (content ?? inspection)
    flowRows.beforeRow = (slot) => {
      content?.closed(slot);
      inspection?.closed(slot);
    };
  if (dispatch) flowRows.onEnded = (ended) => dispatch.closed(ended);

  const rowCount = (): number =>
    Object.values(rows.rows).reduce((a, b) => a + b, 0) + conns.rows + (packetRows?.rows ?? 0);
  const totalBytes = readers.reduce((sum, reader) => sum + reader.info.size, 0);
  const pause = async (): Promise<void> => {
    hooks.signal?.throwIfAborted();
    hooks.onProgress?.({
      phase: 'decode',
      bytes: readers.reduce((sum, reader) => sum + reader.consumed, 0),
      totalBytes,
      packets: stage.packets,
      connections: flows.connections,
      rows: rowCount(),
      faults: stage.faults,
    });
    await dispatch?.ready();
    await sink.ready();
  };
  await mergeFiles(readers, (view, file) => stage.packet(view, file), pause);
  flows.finish();
  inspection?.finish();
  await dispatch?.finish();
  writeCaptureRows(rows, files, tallies, {
    fragments: stage.fragments,
    flows,
    notInspected: stage.notInspected,
    engine,
    outOfOrderDropped: content?.budget.dropped ?? 0,
  });
  conns.flush();
  packetRows?.flush();
  rows.flush();
  await sink.finish();
  const tables: Record<string, number> = { conn: conns.rows, ...rows.rows };
  if (packetRows) tables['packets'] = packetRows.rows;
  return {
    packets: totals(readers, tallies),
    connections: flows.connections,
    tables,
    bytes: readers.reduce((sum, reader) => sum + reader.info.bytesRead, 0),
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
    failedSinks: [
      ...(dispatch?.failures ?? []),
      ...(inspection?.failures ?? []),
      ...[...engine.failures].map(([id, { why }]) => ({ id: `protocol ${id}`, why })),
    ],
    tallies,
  };
}

/** Nobody inspects payloads, one thread does, or several do. */
function dispatchOf(
  options: PipelineOptions,
  hooks: PipelineHooks,
  rows: RowSink,
): PayloadDispatch | undefined {
  if ((hooks.payloadSinks?.length ?? 0) === 0) return undefined;
  if (options.shards > 1 && hooks.shardWorkers)
    return new ShardedDispatch({ ...hooks.shardWorkers, shards: options.shards }, rows);
  return new InlineDispatch(hooks.payloadSinks ?? [], rows);
}

function totals(readers: readonly CaptureReader[], tallies: readonly FileTally[]): PipelineResult['packets'] {
  const side = (recovered: 0 | 1): PacketTotals => {
    const faults: Record<string, number> = {};
    for (const tally of tallies)
      for (const [name, count] of Object.entries(tally.faultCounts(recovered)))
        faults[name] = (faults[name] ?? 0) + count;
    const total = readers.reduce(
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
