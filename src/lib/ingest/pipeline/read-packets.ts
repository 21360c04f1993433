/** The stages, wired: every packet of some captures through decoding, flows, content and rules, into column batches. */

import type { CaptureReader } from '../../model/capture.ts';
import { BATCH_ROWS, FLOW_LIMITS } from '../../model/limits.ts';
import type { Inspector } from '../../model/inspection.ts';
import type { BatchSink, PayloadSink, Progress, RowSink } from '../../model/sinks.ts';
import { PacketRows } from '../columns/packet-rows.hot.ts';
import { RowWriter } from '../columns/row-writer.ts';
import type { HashThread } from '../files/hash-thread.ts';
import { type CopyOf, FileTracker } from '../files/file-tracker.ts';
import { ConnRows } from '../flow/conn-rows.hot.ts';
import { connectionsOf } from '../flow/flow-store.ts';
import { FlowTable } from '../flow/flow-table.hot.ts';
import { applicationOf } from '../protocol/application-names.ts';
import { ProtocolEngine } from '../protocol/engine/engine.ts';
import type { OpenedBytes } from '../protocol/engine/conversation.ts';
import { KeyLog } from '../protocol/engine/key-log.ts';
import { PROTOCOLS } from '../protocol/registry.ts';
import { ContentStage } from './content-stage.ts';
import { DuplicateWatch } from './duplicate-watch.hot.ts';
import { FileTally } from './file-tally.ts';
import { FlowRows } from './flow-rows.ts';
import { InspectionStage } from './inspection-stage.ts';
import { IcmpRows } from './icmp-rows.hot.ts';
import type { PipelineInput } from './input.ts';
import { mergeFiles } from './merge-files.ts';
import { PACKET_INDEX_STEP, type PipelineOptions } from './options.ts';
import { entriesOf } from './payload-trail.hot.ts';
import { PacketStage } from './packet-stage.hot.ts';
import { Partition } from './partitions/partition.hot.ts';
import type { LookAhead } from './prescan/prescan.ts';
import type { Reading } from './reading.ts';
import { SinkGroup } from './sink-group.ts';

export interface ReadingHooks {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Rules over payloads. */
  payloadSinks?: readonly PayloadSink[];
  /** The look ahead for the payload sinks, of the one uncompressed file that is read. */
  prescan?: LookAhead;
  /** Rules over packets, streams and what parsers find in them. They write their rows to the sink that they are made with. */
  inspectors?: (rows: RowSink) => readonly Inspector[];
  /** Where the bytes of carried files go; undefined for those that nobody wants. */
  carve?: CopyOf;
  /** Hashes carried files in a thread of its own; absent: they are hashed here. */
  hashing?: HashThread;
  /** Where bytes go that such secrets opened, beside the parsers. */
  opened?: OpenedBytes;
  /** Key log files' text: secrets by which TLS is decrypted. */
  keyLogs?: readonly string[];
  /** The share of the connections that is read; absent: all. */
  partition?: { readonly index: number; readonly count: number };
}

/** Ports of protocols whose transactions go over several connections. */
const joinedPorts = (): number[] =>
  PROTOCOLS.flatMap(({ acrossConnections, ports }) => (acrossConnections === true ? ports : []));

/** Reads every packet of `files` into `sink`, whose last batches are submitted but not waited for. Rejects with the signal's reason when aborted. */
export async function readPackets(
  files: readonly PipelineInput[],
  sink: BatchSink,
  options: PipelineOptions,
  hooks: ReadingHooks,
): Promise<Reading> {
  const readers = files.map((file) => file.reader);
  const totalBytes = readers.reduce((sum, { info }) => sum + info.size, 0);
  const partition =
    hooks.partition && new Partition(hooks.partition.index, hooks.partition.count, joinedPorts());
  const rows = new RowWriter(sink);
  const at = { sec: 0, nsec: 0, file: 0, frame: 0 };
  const flowRows = new FlowRows(rows, at, partition);
  const meaningless = options.checksums === 'auto' ? options.wrongChecksums : 0;
  const verifyChecksums = options.checksums !== 'ignore' && meaningless === 0;
  const flows = new FlowTable(
    {
      timeouts: options.timeouts,
      vlanKey: options.vlanKey,
      verifyChecksums,
      maxOpen: Math.ceil(FLOW_LIMITS.maxOpenConnections / (hooks.partition?.count ?? 1)),
      roomFor: connectionsOf(totalBytes),
    },
    flowRows,
  );
  const conns = new ConnRows(sink, flows.store, (end) => flows.tcp.space.size(end));
  flowRows.bind(flows.store, conns);
  const packetRows = options.packetsTable === 'none' ? undefined : new PacketRows(sink);
  const icmpRows = options.protocols ? new IcmpRows(sink) : undefined;
  const tallies = files.map(() => new FileTally());
  const sinks = hooks.payloadSinks?.length
    ? new SinkGroup(hooks.payloadSinks, rows, hooks.prescan)
    : undefined;
  const inspectors = hooks.inspectors?.(rows) ?? [];
  const inspection = inspectors.length > 0 ? new InspectionStage(flows, options, inspectors) : undefined;
  const engine = protocolEngine(files, rows, options, hooks, inspection);
  const content = options.protocols ? new ContentStage(flows, engine, options, inspection) : undefined;
  const stage = new PacketStage({
    flows,
    at,
    rows,
    tallies,
    packetRows,
    icmpRows,
    packetStep: options.packetsTable === 'index' ? PACKET_INDEX_STEP : 1,
    duplicates: new DuplicateWatch(
      () => files.length > 1 || (files[0]?.reader.info.interfaces.length ?? 0) > 1,
    ),
    sinks,
    trailEntries: entriesOf(totalBytes),
    reread: (file, offset, into) => readers[file]?.reread?.(offset, into) ?? false,
    rereadable: readers.map((reader) => reader.reread?.(0, new Uint8Array(0)) ?? false),
    partition,
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
  if (sinks) flowRows.onEnded = (connNo) => sinks.closed(connNo);

  const rowCount = (): number =>
    Object.values(rows.rows).reduce((a, b) => a + b, 0) +
    conns.rows +
    (packetRows?.rows ?? 0) +
    (icmpRows?.rows ?? 0);
  const pause = async (): Promise<void> => {
    hooks.signal?.throwIfAborted();
    hooks.onProgress?.({
      phase: 'decode',
      bytes: readers.reduce((sum, reader) => sum + reader.consumed, 0),
      totalBytes,
      packets: stage.packets,
      connections: flowRows.connections,
      rows: rowCount(),
      faults: stage.faults,
    });
    await hooks.hashing?.pause();
    await inspection?.ready();
    await sink.ready();
  };
  await mergeFiles(readers, (view, file) => stage.packet(view, file), pause);
  // Hundreds of thousands may be open: their batches wait for room as those before did, and those of several threads take turns.
  while (flows.finish(BATCH_ROWS)) await pause();
  inspection?.finish();
  await inspection?.settle();
  await hooks.hashing?.finish();
  conns.flush();
  packetRows?.flush();
  icmpRows?.flush();
  rows.flush();
  const { counts, waiting } = stage.fragments;
  return {
    captures: files.map(({ reader: { info, faults }, sha256 }) => ({ info, faults, sha256 })),
    tallies,
    losses: {
      fragments: {
        timedOut: counts.timedOut,
        incomplete: waiting,
        capped: counts.capped,
        overlaps: counts.overlaps,
        conflicts: counts.conflicts,
      },
      strayingTimes: flows.strayingTimes,
      cappedConnections: flows.cappedConnections,
      notInspected: stage.notInspected,
      bordersNotJoined: stage.earlier.lost,
      outOfOrderDropped: content?.budget.dropped ?? 0,
      meaninglessChecksums: meaningless,
      cuts: Object.fromEntries(engine.cut),
      expectationsDropped: engine.expectations.dropped,
      parserFailures: [...engine.failures.values()].reduce((sum, { count }) => sum + count, 0),
    },
    connections: flowRows.connections,
    tables: {
      conn: conns.rows,
      ...rows.rows,
      ...(icmpRows && icmpRows.rows > 0 ? { icmp: icmpRows.rows } : {}),
      ...(packetRows ? { packets: packetRows.rows } : {}),
    },
    failedSinks: [
      ...(sinks?.failures ?? []),
      ...(inspection?.failures ?? []),
      ...[...engine.failures].map(([id, { why }]) => ({ id: `protocol ${id}`, why })),
    ],
  };
}

function protocolEngine(
  files: readonly PipelineInput[],
  rows: RowSink,
  options: PipelineOptions,
  hooks: ReadingHooks,
  listener: InspectionStage | undefined,
): ProtocolEngine {
  const keyLog = new KeyLog();
  for (const text of hooks.keyLogs ?? []) keyLog.add(text);
  for (const { reader } of files) keyLog.follow(secretsOf(reader));
  return new ProtocolEngine({
    protocols: PROTOCOLS,
    rows,
    file: (fuid, meta, begun, row, onCapped) =>
      new FileTracker(fuid, meta, begun, options.fileHashes, row, hooks.carve, hooks.hashing, onCapped),
    salt: files.map(({ sha256 }) => sha256).join(' '),
    listener,
    applicationOf,
    opened: hooks.opened,
    secrets: (label, random) => keyLog.secret(label, random),
  });
}

/** The list that the reader goes on filling. */
const secretsOf = (reader: CaptureReader): CaptureReader['info']['secrets'] => reader.info.secrets;
