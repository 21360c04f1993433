/** The columns that most detectors' rows end with, and how they are read: how many, when, and the first rows in evidence. */

import { big, list, num, text, type QueryRow } from '../../query.ts';
import { frames, LISTED, type Frame } from '../contract.ts';

/** End of a connection, for `evidenceColumns`. */
export const CONN_ENDED = 'ts + coalesce(duration, 0)';

/** Aggregates n, first, last, uids, frames of a group of rows that have ts, uid, file and first_frame. */
export const evidenceColumns = (
  ended = 'ts',
): string => `count(*) AS n, min(ts) AS first, max(${ended}) AS last,
    coalesce(arg_min(uid, (ts, file, first_frame), ${LISTED}) FILTER (uid IS NOT NULL), []) AS uids,
    arg_min(file::VARCHAR || ':' || first_frame::VARCHAR, (ts, file, first_frame), ${LISTED}) AS frames`;

/** The first `LISTED` distinct values of an expression that has one, in order. */
export const firstOf = (expression: string): string =>
  `coalesce(list_sort(list(DISTINCT ${expression}) FILTER ((${expression}) IS NOT NULL))[:${LISTED}], [])`;

export interface Seen {
  readonly input: string;
  readonly n: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly uids: readonly string[];
  readonly frames: readonly Frame[];
}

/** What `evidenceColumns` gave, with the input. */
export const seenIn = (row: QueryRow): Seen => ({
  input: text(row['input']),
  n: num(row['n']),
  first: big(row['first']),
  last: big(row['last']),
  uids: [...new Set(list(row['uids']).map(text))],
  frames: frames(row['frames']),
});
