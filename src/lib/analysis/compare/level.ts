/** What a level of comparison says about itself: what is one row, what may change in it, where it comes from. */

import type { SqlPiece } from './sql-piece.ts';
import type { RecordsSide, SnapshotSide } from './side.ts';

/** What a column of a key holds. An addr is two columns, NAME_hi and NAME_lo. */
export type KeyKind = 'addr' | 'port' | 'text';

export interface KeyColumn {
  readonly name: string;
  readonly title: string;
  readonly kind: KeyKind;
}

/**
 * When two values of a field differ:
 * - exact: always, also from or to nothing
 * - known: where both are there: that something was not seen is no change
 * - subset: lists of words with spaces between, where neither holds the other
 */
export type Compared = 'exact' | 'known' | 'subset';

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly compared: Compared;
  /** The value as text, where the level holds it otherwise: rendered for the rows that are shown, not for all. */
  readonly text?: (column: string) => string;
}

export interface LevelOptions {
  /**
   * A port at or above this one, with no known protocol and one connection alone, is a connection that two ends agreed on (passive
   * FTP, RPC), not a service. 32768: the first ephemeral port of Linux (ip_local_port_range).
   */
  readonly ephemeralFrom: number;
}

export interface Level {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  /** What `n` counts. */
  readonly counted: string;
  readonly key: readonly KeyColumn[];
  /** Physical columns of the key by which rows fall into parts: see `inPart`. */
  readonly parted: readonly string[];
  /** Tables whose rows are read: how many there are tells in how many parts the level is compared. */
  readonly tables: readonly string[];
  readonly fields: readonly Field[];
  /** Shown beside the key, not compared: text. */
  readonly shown: readonly { readonly name: string; readonly title: string }[];
  /** Bytes are there, and changed where they differ by much. */
  readonly bytes: boolean;
  /**
   * One row a key: the key, `fields` and `shown` as text, `n`, `bytes`, `first`, `last` (ns). Keys are never NULL. Undefined: such a
   * side knows nothing of the level.
   */
  ofRecords(side: RecordsSide): SqlPiece;
  ofSnapshot?(side: SnapshotSide): SqlPiece;
  /**
   * Key, `input` and `uid` of the connections that carried it: where rows have no bytes of their own, those of these connections are
   * shown, and never compared.
   */
  carriedBy?(side: RecordsSide): SqlPiece;
  /** Condition over the joined rows (a_n, b_n, key, a_FIELD, b_FIELD): those that count. */
  kept?(options: LevelOptions): SqlPiece;
  /** Keys of rows that two ends agreed on are folded: SQL of the condition, and the key column that then is 0. */
  folded?: { readonly column: string; when(options: LevelOptions): SqlPiece };
  /**
   * Key columns by which the ignore list leaves rows out; `names` and `words` may be fields and shown columns too. Of `words` each word
   * counts, where words have spaces, commas or `=` between them. A level without addresses and ports leaves out records instead
   * (`heldRecordsOf`).
   */
  readonly ignored: {
    readonly addresses: readonly string[];
    readonly ports: readonly string[];
    readonly names: readonly string[];
    readonly words?: readonly string[];
  };
}
