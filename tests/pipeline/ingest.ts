/** The whole pipeline over packets in memory, for the tests: rows come back as plain values. */

import type { CaptureInfo, CaptureReader, PacketView } from '../../src/lib/model/capture.ts';
import type { CaptureFault } from '../../src/lib/model/faults.ts';
import { addressText } from '../../src/lib/model/address.ts';
import { type CellValue, ColumnBatch } from '../../src/lib/model/column-batch.ts';
import type { BatchSink } from '../../src/lib/model/sinks.ts';
import type { Table } from '../../src/lib/model/tables.ts';
import type { PipelineOptions } from '../../src/lib/ingest/pipeline/options.ts';
import { type PipelineHooks, type PipelineResult, runPipeline } from '../../src/lib/ingest/pipeline/run.ts';

/** Second 0 of the tests' packets: 2023-11-14 22:13:20 UTC. */
export const T0 = 1_700_000_000;

export interface TestPacket {
  /** Seconds since `T0`, to the nanosecond. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Ethernet where it is not said. */
  readonly linkType?: number;
  /** Bytes on the wire; those captured otherwise. */
  readonly len?: number;
  readonly interfaceIndex?: number;
  readonly recovered?: boolean;
}

const ETHERNET = 1;

/** Packets as a capture of blocks of `blockPackets`. */
export class MemoryReader implements CaptureReader {
  readonly faults: CaptureFault[] = [];
  readonly info: CaptureInfo;
  consumed = 0;
  readonly #packets: readonly TestPacket[];
  readonly #blockPackets: number;
  #next = 0;
  #blockEnd = 0;
  #offset = 40;

  constructor(packets: readonly TestPacket[], blockPackets = 100, name = 'memory.pcap') {
    this.#packets = packets;
    this.#blockPackets = blockPackets;
    this.info = {
      name,
      size: packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24),
      format: 'pcap',
      compression: 'none',
      byteOrder: 'little',
      linkTypes: [...new Set(packets.map(({ linkType }) => linkType ?? ETHERNET))],
      snaplen: 262_144,
      packets: 0,
      recoveredPackets: 0,
      cutShort: false,
      bytesRead: 0,
      interfaces: Array.from(
        { length: Math.max(0, ...packets.map(({ interfaceIndex = 0 }) => interfaceIndex)) + 1 },
        () => ({ linkType: ETHERNET, snaplen: 262_144, tsResolution: '10^-6', tsOffsetS: 0 }),
      ),
      comments: [],
      names: [],
      secrets: [],
    };
  }

  refill(): Promise<boolean> {
    if (this.#next >= this.#packets.length) return Promise.resolve(false);
    this.#blockEnd = Math.min(this.#packets.length, this.#next + this.#blockPackets);
    return Promise.resolve(true);
  }

  next(view: PacketView): boolean {
    if (this.#next >= this.#blockEnd) return false;
    const packet = this.#packets[this.#next++];
    const { bytes } = packet;
    const ns = Math.round((packet.at - Math.floor(packet.at)) * 1e9);
    view.bytes = bytes;
    view.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.off = 0;
    view.caplen = bytes.length;
    view.len = packet.len ?? bytes.length;
    view.tsSec = T0 + Math.floor(packet.at) + Math.floor(ns / 1e9);
    view.tsNsec = ns % 1e9;
    view.linkType = packet.linkType ?? ETHERNET;
    view.interfaceIndex = packet.interfaceIndex ?? 0;
    view.fcsLen = 0;
    view.n = this.#next;
    view.fileOffset = this.#offset;
    view.recovered = packet.recovered ?? false;
    this.#offset += 16 + bytes.length;
    this.consumed = this.#offset;
    this.info.bytesRead = this.#offset;
    if (view.recovered) this.info.recoveredPackets++;
    else this.info.packets++;
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A row with addresses as text, counts and times as numbers (time: ns as bigint; span: seconds). */
export type Row = Record<string, unknown>;

function plain(table: Table, at: number, value: CellValue): unknown {
  const { kind } = table.columns[at];
  if (value === null) return undefined;
  if (kind === 'addr') {
    const [hi, lo] = value as readonly [bigint, bigint];
    return addressText({ hi, lo });
  }
  if (kind === 'u64') return Number(value);
  if (kind === 'span') return Number(value) / 1e9;
  return value;
}

/** Keeps every row, and one batch a table, used again and again. */
export class MemorySink implements BatchSink {
  readonly tables = new Map<string, Row[]>();
  readonly #free = new Map<Table, ColumnBatch[]>();
  finished = false;

  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table)?.pop() ?? new ColumnBatch(table);
    batch.clear();
    return batch;
  }

  submit(batch: ColumnBatch): void {
    const { table } = batch;
    const rows = this.rows(table.name);
    for (let row = 0; row < batch.rows; row++)
      rows.push(
        Object.fromEntries(table.columns.map(({ name }, c) => [name, plain(table, c, batch.get(c, row))])),
      );
    this.#free.set(table, [...(this.#free.get(table) ?? []), batch]);
  }

  rows(table: string): Row[] {
    const rows = this.tables.get(table) ?? [];
    this.tables.set(table, rows);
    return rows;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<void> {
    this.finished = true;
    return Promise.resolve();
  }
}

export interface Ingested {
  readonly conns: Row[];
  readonly packets: Row[];
  readonly result: PipelineResult;
  rows(table: string): Row[];
  /** Names of the weirds, in order. */
  readonly weirds: unknown[];
}

/** Reads the packets of one file or of several. Connections are in the order of their first packets. */
export async function ingestFiles(
  files: readonly (readonly TestPacket[])[],
  options: Partial<PipelineOptions> = {},
  hooks: PipelineHooks = {},
): Promise<Ingested> {
  const sink = new MemorySink();
  const inputs = files.map((packets, i) => ({
    reader: new MemoryReader(packets, 7, `${i}.pcap`),
    sha256: String(i).repeat(64).slice(0, 64),
  }));
  const result = await runPipeline(inputs, sink, options, hooks);
  const conns = sink.rows('conn').sort((a, b) => Number(a['conn_no']) - Number(b['conn_no']));
  return {
    conns,
    packets: sink.rows('packets'),
    result,
    rows: (table) => sink.rows(table),
    weirds: sink.rows('weird').map(({ name }) => name),
  };
}

export const ingest = (
  packets: readonly TestPacket[],
  options: Partial<PipelineOptions> = {},
  hooks: PipelineHooks = {},
): Promise<Ingested> => ingestFiles([packets], options, hooks);
