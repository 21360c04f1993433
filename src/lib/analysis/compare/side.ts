/** The two halves of a comparison: inputs of a case, or a window of them, or a snapshot. */

import type { Snapshot } from '../../model/snapshot.ts';
import { every, some, sql, value, whole, type SqlPiece } from './sql-piece.ts';

export interface RecordsSide {
  readonly kind: 'records';
  /** Ids of inputs, as the reader has them. */
  readonly inputs: readonly string[];
  /** Nanoseconds since the epoch; `to` is exclusive. Absent: from the first packet, to the last. */
  readonly from?: bigint;
  readonly to?: bigint;
}

export interface SnapshotSide {
  readonly kind: 'snapshot';
  readonly snapshot: Snapshot;
}

export type Side = RecordsSide | SnapshotSide;

/** Whole inputs have their hosts summed up already. */
export const isWholeInput = ({ inputs, from, to }: RecordsSide): boolean =>
  inputs.length === 1 && from === undefined && to === undefined;

const ofInputs = (inputs: readonly string[]): SqlPiece =>
  some(inputs.map((input) => sql`input = ${value(input)}`));

/** Connections that had packets in the window. */
export const connsOf = ({ inputs, from, to }: RecordsSide): SqlPiece =>
  every([
    ofInputs(inputs),
    ...(from === undefined ? [] : [sql`ts + coalesce(duration, 0) >= ${whole(from)}`]),
    ...(to === undefined ? [] : [sql`ts < ${whole(to)}`]),
  ]);

/** Records that began in the window. `time` is their column. */
export const recordsOf = ({ inputs, from, to }: RecordsSide, time = 'ts'): SqlPiece =>
  every([
    ofInputs(inputs),
    ...(from === undefined ? [] : [sql`${time} >= ${whole(from)}`]),
    ...(to === undefined ? [] : [sql`${time} < ${whole(to)}`]),
  ]);
