/** The two halves of a comparison: inputs of a case, or a window of them, or a snapshot. */

import type { Snapshot } from '../../model/snapshot.ts';
import { every, some, sql, value, whole, type SqlPiece } from './sql-piece.ts';

/** One part of the keys, by their hash: what does not fit into memory at once is compared part by part. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

export interface RecordsSide {
  readonly kind: 'records';
  /** Ids of inputs, as the reader has them. */
  readonly inputs: readonly string[];
  /** Nanoseconds since the epoch; `to` is exclusive. Absent: from the first packet, to the last. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Only rows whose key falls into it. Absent: all. */
  readonly part?: Part;
  /** Condition over records of connections: those that are left out before anything is summed up. Absent: none. */
  readonly leftOut?: SqlPiece;
}

export interface SnapshotSide {
  readonly kind: 'snapshot';
  readonly snapshot: Snapshot;
}

export type Side = RecordsSide | SnapshotSide;

/** Whole inputs have their hosts summed up already. */
export const isWholeInput = ({ inputs, from, to }: RecordsSide): boolean =>
  inputs.length === 1 && from === undefined && to === undefined;

export const ofInputs = (inputs: readonly string[]): SqlPiece =>
  some(inputs.map((input) => sql`input = ${value(input)}`));

/** Whether these columns, of a key as it is stored, fall into a part. */
export const hashedInto = ({ number, of }: Part, columns: string): SqlPiece =>
  of === 1 ? sql`TRUE` : sql`hash(${columns}) % ${of} = ${number}`;

/**
 * For the WHERE of a level's own rows, before they are summed up: DuckDB leaves such a condition above a GROUP BY, and then each part
 * costs what the whole does. `columns` are those that the level is `parted` by.
 */
export const inPart = ({ part }: RecordsSide, columns: string): SqlPiece =>
  part ? hashedInto(part, columns) : sql`TRUE`;

/** Connections that had packets in the window. */
export const connsOf = ({ inputs, from, to }: RecordsSide): SqlPiece =>
  every([
    ofInputs(inputs),
    ...(from === undefined ? [] : [sql`ts + coalesce(duration, 0) >= ${whole(from)}`]),
    ...(to === undefined ? [] : [sql`ts < ${whole(to)}`]),
  ]);

/** Records of connections (`id_orig_h`, `id_resp_h`, `id_resp_p`) that began in the window, without those that are left out. */
export const heldRecordsOf = (side: RecordsSide): SqlPiece =>
  every([recordsOf(side), ...(side.leftOut ? [sql`NOT ${side.leftOut}`] : [])]);

/** Records that began in the window. `time` is their column. */
export const recordsOf = ({ inputs, from, to }: RecordsSide, time = 'ts'): SqlPiece =>
  every([
    ofInputs(inputs),
    ...(from === undefined ? [] : [sql`${time} >= ${whole(from)}`]),
    ...(to === undefined ? [] : [sql`${time} < ${whole(to)}`]),
  ]);
