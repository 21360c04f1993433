/** What a behaviour detector is: SQL over the tables, with typed parameters and an explained score. */

import type { z } from 'zod';
import { list, text, type Query } from '../query.ts';

export { big, list, num, text, type Query, type QueryRow } from '../query.ts';

/** Nanoseconds since the epoch; absent for no limit. It limits what is reported, not what is read. */
export interface Window {
  readonly from?: bigint;
  readonly to?: bigint;
}

/** One reason of a score: what was looked at, what was seen, and how many points it gave. */
export interface Why {
  readonly term: string;
  readonly value: string | number;
  readonly weight: number;
  /** The parameter that this was held against: the finding stands for every value of it up to `measured`. */
  readonly parameter?: string;
  readonly measured?: number;
}

export interface Frame {
  /** Index of the capture file in the input. */
  readonly file: number;
  /** Number of the frame in that file, from 1. */
  readonly n: number;
}

/** Rows that the finding rests on, the first of them. */
export interface Evidence {
  readonly table: string;
  readonly input: string;
  /** Connections; empty for tables without. */
  readonly uids: readonly string[];
  readonly frames: readonly Frame[];
  /** How many rows there are in all. */
  readonly of: number;
}

export interface Finding {
  /** The same whenever the same thing is found again in the same capture. */
  readonly key: string;
  readonly rule: { readonly id: string; readonly rev: number; readonly name: string };
  /** 0 to 100. */
  readonly severity: number;
  readonly title: string;
  /** Kind, such as tcp-syn of a scan. */
  readonly sub: string;
  /** ATT&CK technique. */
  readonly technique: string;
  readonly input: string;
  /** Addresses as text; the first `LISTED` of `ofDst`. */
  readonly src: readonly string[];
  readonly dst: readonly string[];
  readonly ofDst: number;
  readonly ports: readonly number[];
  readonly ofPorts: number;
  readonly proto: string;
  /** How many attempts, packets or connections it is made of. */
  readonly n: number;
  /** Nanoseconds since the epoch. */
  readonly first: bigint;
  readonly last: bigint;
  readonly why: readonly Why[];
  readonly evidence: readonly Evidence[];
}

/** Entries that a finding lists of anything; the totals stand beside them. */
export const LISTED = 100;

/** Which addresses are inside. */
export interface Home {
  /** CIDR blocks. */
  readonly networks: readonly string[];
  /** override: set by the analyst; inferred: from this capture; assumed: nobody said anything, all private blocks. */
  readonly source: 'override' | 'inferred' | 'assumed';
}

/** A record that shows what an indicator list names. */
export interface ListedRecord {
  readonly input: string;
  /** Nanoseconds since the epoch. */
  readonly ts: bigint;
  readonly uid: string | undefined;
  /** Addresses as text. */
  readonly orig: string;
  readonly resp: string;
  readonly respPort: number;
  readonly proto: string | undefined;
  readonly table: string;
  readonly file: number;
  readonly frame: number;
  /** What the list says of it. */
  readonly name: string;
  /** 0 to 100. */
  readonly severity: number;
  /** ip, domain, url, ja3, ja4, md5, sha1, sha256. */
  readonly type: string;
  readonly indicator: string;
  /** The record's own value. */
  readonly seen: string;
}

export interface DetectorContext<P> {
  readonly query: Query;
  readonly params: P;
  readonly window: Window;
  readonly home: Home;
  /** What the case's indicator lists name, where it has any. */
  readonly listed?: readonly ListedRecord[];
  readonly signal?: AbortSignal;
}

export interface Detector<P> {
  readonly id: string;
  /** Raised whenever the same records could give another result. */
  readonly rev: number;
  readonly name: string;
  /** One sentence, and the source of the algorithm. */
  readonly doc: string;
  /** Every parameter with its default. */
  readonly params: z.ZodType<P>;
  readonly reads: readonly string[];
  /** Parameters (“at least”) whose term every finding that depends on them keeps as `measured`: curves over them need one run. */
  readonly measures?: readonly (keyof P & string)[];
  run(context: DetectorContext<P>): AsyncIterable<Finding>;
}

/** Frames that a query gave as "file:n". */
export const frames = (value: unknown): Frame[] =>
  list(value).map((item) => {
    const [file = '0', n = '0'] = text(item).split(':');
    return { file: Number(file), n: Number(n) };
  });

/** Points of all reasons, as a severity. */
export const severityOf = (why: readonly Why[]): number =>
  Math.max(0, Math.min(100, Math.round(why.reduce((sum, { weight }) => sum + weight, 0))));
