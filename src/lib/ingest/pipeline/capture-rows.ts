/** Rows about the capture itself: its files, the completeness ledger, names that it carries. */

import { isIP } from 'node:net';
import type { CaptureInfo } from '../../model/capture.ts';
import { faultName } from '../../model/faults.ts';
import { parseAddress } from '../../model/address.ts';
import type { RowSink } from '../../model/sinks.ts';
import { CAPTURES, LEDGER, NAMES } from '../../model/tables.ts';
import { faultCounts, type FileTally } from './file-tally.ts';
import type { Losses, Reading } from './reading.ts';

export function writeCaptureRows(rows: RowSink, { captures, tallies, losses }: Reading): void {
  for (const [file, { info, faults, sha256 }] of captures.entries()) {
    const tally = tallies[file];
    if (!tally) continue;
    captureRow(rows, file, info, sha256, tally);
    for (const fault of faults) {
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
      for (const [code, count] of Object.entries(faultCounts(tally, recovered)))
        rows.row(LEDGER, { file, scope: 'packet', code, count, recovered: recovered === 1 });
    }
    nameRows(rows, info);
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

function lossRows(rows: RowSink, losses: Losses): void {
  const { fragments, cuts } = losses;
  const lines: [code: string, count: number, detail: string][] = [
    ['fragments_timed_out', fragments.timedOut, 'datagrams of which fragments are missing'],
    ['fragments_incomplete', fragments.incomplete, 'datagrams that were not whole when the capture ended'],
    ['fragments_capped', fragments.capped, 'datagrams given up at a cap'],
    ['fragment_overlaps', fragments.overlaps, 'fragments that overlap; the first to arrive wins'],
    ['fragment_conflicts', fragments.conflicts, 'overlapping fragments with different bytes'],
    [
      'connections_capped',
      losses.cappedConnections,
      'connections written out early because too many were open',
    ],
    ['payload_not_inspected', losses.notInspected, 'bytes of payload beyond the depth to which rules look'],
    [
      'payload_borders_not_joined',
      losses.bordersNotJoined,
      'payloads for which rules asked for bytes of earlier packets that were no longer at hand',
    ],
    [
      'segments_capped',
      losses.outOfOrderDropped,
      'segments beyond a hole that were let go at a cap; their bytes are gaps',
    ],
    [
      'streams_cut',
      cuts['unparsed_bytes'] ?? 0,
      'connections whose parser was ended because it left too many bytes unread',
    ],
    ['names_capped', cuts['names'] ?? 0, 'names of hosts beyond the number that is remembered'],
    [
      'bodies_encoded',
      cuts['bodies_encoded'] ?? 0,
      'compressed bodies beyond a cap, kept as they were sent or with gaps',
    ],
    [
      'logins_beyond',
      cuts['logins_beyond'] ?? 0,
      'bodies of requests in which only the beginning was searched for a login',
    ],
    [
      'headers_cut',
      cuts['headers_cut'] ?? 0,
      'HTTP messages with a line or a header beyond a cap: what lies beyond is in no record',
    ],
    [
      'layers_capped',
      cuts['layers'] ?? 0,
      'protocols inside one another that were not opened because there were too many',
    ],
    ['archives_capped', cuts['archives'] ?? 0, 'archives beyond a cap, of which not every member has a row'],
    ['expectations_capped', losses.expectationsDropped, 'announced connections that were forgotten at a cap'],
    [
      'parser_failures',
      losses.parserFailures,
      'connections whose parser failed: its records of them are incomplete',
    ],
    [
      'checksums_ignored',
      losses.meaninglessChecksums,
      'of the first packets have a wrong checksum, more than have a right one: none was judged by its checksum',
    ],
    ['straying_times', losses.strayingTimes, "packets whose time lay far ahead of the capture's clock"],
  ];
  for (const [code, count, detail] of lines) {
    if (count > 0) rows.row(LEDGER, { file: 0, scope: 'connection', code, count, recovered: false, detail });
  }
}
