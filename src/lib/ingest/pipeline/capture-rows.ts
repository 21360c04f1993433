/** Rows about the capture itself: its files, the completeness ledger, names that it carries. */

import { isIP } from 'node:net';
import type { CaptureInfo } from '../../model/capture.ts';
import { faultName } from '../../model/faults.ts';
import { parseAddress } from '../../model/address.ts';
import type { RowSink } from '../../model/sinks.ts';
import { CAPTURES, LEDGER, NAMES } from '../../model/tables.ts';
import type { FlowTable } from '../flow/flow-table.hot.ts';
import type { Fragments } from '../flow/fragments.ts';
import type { ProtocolEngine } from '../protocol/engine/engine.ts';
import type { FileTally } from './file-tally.ts';
import type { PipelineInput } from './input.ts';

/** What the whole input lost to caps and damage, beside what each file did. */
interface Losses {
  readonly fragments: Fragments;
  readonly flows: FlowTable;
  /** Payload bytes that no rule looked at. */
  readonly notInspected: number;
  readonly engine: ProtocolEngine;
  /** Segments beyond holes that the cap of reassembly let go. */
  readonly outOfOrderDropped: number;
}

export function writeCaptureRows(
  rows: RowSink,
  files: readonly PipelineInput[],
  tallies: readonly FileTally[],
  losses: Losses,
): void {
  for (const [file, { reader, sha256 }] of files.entries()) {
    const tally = tallies[file];
    if (!tally) continue;
    captureRow(rows, file, reader.info, sha256, tally);
    for (const fault of reader.faults) {
      rows.row(LEDGER, {
        file,
        scope: 'capture',
        code: faultName(fault.code),
        count: 1,
        offset: fault.offset,
        skipped: fault.skipped,
        recovered: false,
        detail: fault.detail,
      });
    }
    for (const recovered of [0, 1] as const) {
      for (const [code, count] of Object.entries(tally.faultCounts(recovered)))
        rows.row(LEDGER, { file, scope: 'packet', code, count, recovered: recovered === 1 });
    }
    nameRows(rows, reader.info);
  }
  lossRows(rows, losses);
}

function captureRow(rows: RowSink, file: number, info: CaptureInfo, sha256: string, tally: FileTally): void {
  const ns = (sec: number, nsec: number): bigint | undefined =>
    Number.isFinite(sec) ? BigInt(sec) * 1_000_000_000n + BigInt(nsec) : undefined;
  rows.row(CAPTURES, {
    file,
    name: info.name,
    size: info.size,
    sha256,
    format: info.format,
    compression: info.compression,
    byte_order: info.byteOrder,
    link_types: info.linkTypes,
    snaplen: Math.min(info.snaplen, 0xffffffff),
    packets: info.packets,
    recovered_packets: info.recoveredPackets,
    decoded: tally.decoded[0],
    recovered_decoded: tally.decoded[1],
    duplicates: tally.duplicates,
    cut_short: info.cutShort,
    first_ts: ns(tally.firstSec, tally.firstNsec),
    last_ts: ns(tally.lastSec, tally.lastNsec),
    blocks: info.blocks && JSON.stringify(info.blocks),
    interfaces: JSON.stringify(info.interfaces),
    comments: info.comments.length > 0 ? JSON.stringify(info.comments) : undefined,
    hardware: info.hardware,
    os: info.os,
    application: info.application,
  });
}

function nameRows(rows: RowSink, info: CaptureInfo): void {
  const written = new Set<string>();
  for (const { address, name } of info.names) {
    const key = `${address} ${name}`;
    const halves = isIP(address) > 0 ? parseAddress(address) : undefined;
    if (!halves || written.has(key)) continue;
    written.add(key);
    rows.row(NAMES, { address: [halves.hi, halves.lo], name, source: 'nrb' });
  }
}

function lossRows(
  rows: RowSink,
  { fragments, flows, notInspected, engine, outOfOrderDropped }: Losses,
): void {
  const { counts } = fragments;
  const lines: [code: string, count: number, detail: string][] = [
    ['fragments_timed_out', counts.timedOut, 'datagrams of which fragments are missing'],
    ['fragments_incomplete', fragments.waiting, 'datagrams that were not whole when the capture ended'],
    ['fragments_capped', counts.capped, 'datagrams given up at a cap'],
    ['fragment_overlaps', counts.overlaps, 'fragments that overlap; the first to arrive wins'],
    ['fragment_conflicts', counts.conflicts, 'overlapping fragments with different bytes'],
    [
      'connections_capped',
      flows.cappedConnections,
      'connections written out early because too many were open',
    ],
    ['payload_not_inspected', notInspected, 'bytes of payload beyond the depth to which rules look'],
    [
      'segments_capped',
      outOfOrderDropped,
      'segments beyond a hole that were let go at a cap; their bytes are gaps',
    ],
    [
      'streams_cut',
      engine.cut.get('unparsed_bytes') ?? 0,
      'connections whose parser was ended because it left too many bytes unread',
    ],
    ['names_capped', engine.cut.get('names') ?? 0, 'names of hosts beyond the number that is remembered'],
    [
      'expectations_capped',
      engine.expectations.dropped,
      'announced connections that were forgotten at a cap',
    ],
    [
      'parser_failures',
      [...engine.failures.values()].reduce((sum, { count }) => sum + count, 0),
      'connections whose parser failed: its records of them are incomplete',
    ],
    ['straying_times', flows.strayingTimes, "packets whose time lay far ahead of the capture's clock"],
  ];
  for (const [code, count, detail] of lines) {
    if (count > 0) rows.row(LEDGER, { file: 0, scope: 'connection', code, count, recovered: false, detail });
  }
}
