/** What a reading of captures came to: plain data, so that a thread can tell it, and the readings of several threads are one. */

import type { CaptureInfo } from '../../model/capture.ts';
import type { CaptureFault } from '../../model/faults.ts';
import { FileTally } from './file-tally.ts';
import type { SinkFailure } from './sink-group.ts';

/** What an input lost to caps and damage, beside what each file did: counts. */
export interface Losses {
  /** Figures of reassembling fragments. */
  readonly fragments: {
    readonly timedOut: number;
    readonly incomplete: number;
    readonly capped: number;
    readonly overlaps: number;
    readonly conflicts: number;
  };
  readonly strayingTimes: number;
  /** Wrong checksums among the first packets, where they were so many that none were judged by theirs. */
  readonly meaninglessChecksums: number;
  readonly cappedConnections: number;
  /** Payload bytes that no rule looked at. */
  readonly notInspected: number;
  /** Payloads before which rules could not look: what came before was no longer at hand. */
  readonly bordersNotJoined: number;
  /** Segments beyond holes that the cap of reassembly let go. */
  readonly outOfOrderDropped: number;
  /** What the caps of protocols cut off, by kind. */
  readonly cuts: Readonly<Record<string, number>>;
  readonly expectationsDropped: number;
  readonly parserFailures: number;
}

/** A capture file after it was read. */
export interface ReadCapture {
  readonly info: CaptureInfo;
  readonly faults: readonly CaptureFault[];
  readonly sha256: string;
}

export interface Reading {
  readonly captures: readonly ReadCapture[];
  readonly tallies: readonly FileTally[];
  readonly losses: Losses;
  readonly connections: number;
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Sinks that threw and were left out. */
  readonly failedSinks: readonly SinkFailure[];
}

/** The readings of all partitions of the same captures, the first partition's first. */
export function mergedReading(parts: readonly Reading[]): Reading {
  const [first, ...others] = parts;
  if (!first) throw new Error('A reading has at least one part.');
  return others.reduce(merged, first);
}

function added(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function merged(a: Reading, b: Reading): Reading {
  const known = new Set(a.failedSinks.map(({ id }) => id));
  return {
    captures: a.captures,
    tallies: a.tallies.map((tally, file) => mergedTally(tally, b.tallies[file])),
    // Fragments and times are every partition's alike: the first's count.
    losses: {
      fragments: a.losses.fragments,
      strayingTimes: a.losses.strayingTimes,
      meaninglessChecksums: a.losses.meaninglessChecksums,
      cappedConnections: a.losses.cappedConnections + b.losses.cappedConnections,
      notInspected: a.losses.notInspected + b.losses.notInspected,
      bordersNotJoined: a.losses.bordersNotJoined + b.losses.bordersNotJoined,
      outOfOrderDropped: a.losses.outOfOrderDropped + b.losses.outOfOrderDropped,
      cuts: added(a.losses.cuts, b.losses.cuts),
      expectationsDropped: a.losses.expectationsDropped + b.losses.expectationsDropped,
      parserFailures: a.losses.parserFailures + b.losses.parserFailures,
    },
    connections: a.connections + b.connections,
    tables: added(a.tables, b.tables),
    failedSinks: [...a.failedSinks, ...b.failedSinks.filter(({ id }) => !known.has(id))],
  };
}

/** Every partition sees all times; each packet is counted where it belongs. */
function mergedTally(a: FileTally, b: FileTally): FileTally {
  const out = new FileTally();
  Object.assign(out, {
    firstSec: a.firstSec,
    firstNsec: a.firstNsec,
    lastSec: a.lastSec,
    lastNsec: a.lastNsec,
    duplicates: a.duplicates + b.duplicates,
  });
  for (const [at, count] of a.decoded.entries()) out.decoded[at] = count + b.decoded[at];
  for (const [at, count] of a.faults.entries()) out.faults[at] = count + b.faults[at];
  return out;
}
