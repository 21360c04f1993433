/** A format in which findings leave: how they are written, and what a file of it is called. */

import type { ListedFinding } from '../../model/api/findings.ts';

/** A finding with what the tables know of its ends and its files. */
export interface Incident {
  readonly finding: ListedFinding;
  /** Names by address. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** ISO 3166 codes by address. */
  readonly countries: ReadonlyMap<string, string>;
  /** SHA-256 of files that its connections carried. */
  readonly fileHashes: readonly string[];
}

export interface Report {
  readonly caseName: string;
  readonly engine: string;
  /** Name of the run, where it is not what the ingests found. */
  readonly run: string | undefined;
  readonly incidents: readonly Incident[];
}

export interface FindingFormat {
  readonly id: string;
  readonly file: string;
  readonly media: string;
  write(report: Report): Iterable<string>;
}

export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
