/** Rows of case.duckdb as objects. Times are ISO 8601 in UTC. */

import type { JsonValue } from './values.ts';

export interface CaseInfo {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly owner_id: string;
  readonly sample: boolean;
  readonly created: string;
  readonly modified: string;
}

/**
 * - waiting: accepted, its child has not begun
 * - ingesting: a child works on it
 * - sealed: its records file is there for good
 * - interrupted: the child or the server ended before it was sealed; it can be begun again
 * - failed: see `problem`
 */
export type InputState = 'waiting' | 'ingesting' | 'sealed' | 'interrupted' | 'failed';

/** A capture file of an input: the object, and what the user calls it. */
export interface InputFile {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** What an ingest found and how long it took; seconds and bytes. */
export interface InputCounts {
  readonly packets: number;
  readonly connections: number;
  /** Bytes of the capture files. */
  readonly bytes: number;
  /** Bytes of records.duckdb. */
  readonly disk_bytes: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Nanoseconds since the epoch, as decimal text. */
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly home_networks: readonly string[];
  readonly import_s: number;
  readonly decode_s: number;
  readonly load_s: number;
  readonly seal_s: number;
  readonly total_s: number;
  readonly peak_bytes: number;
}

export interface InputRow {
  readonly id: string;
  readonly name: string;
  readonly owner_id: string;
  readonly state: InputState;
  /** One sentence, where it failed. */
  readonly problem: string | null;
  readonly files: readonly InputFile[];
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly counts: InputCounts | null;
  readonly created: string;
  readonly sealed_at: string | null;
  /** When what detection found in it was kept; null until then. */
  readonly detected_at: string | null;
  /** How often detection was begun again, because a process ended before it was over. */
  readonly detection_retries: number;
}

/** The run of findings that came with the ingest; others have the id of their replay. */
export const INGEST_RUN = 'ingest';

export interface FindingRow {
  readonly input: string;
  /** The same across runs. */
  readonly key: string;
  readonly source: string;
  readonly rule_id: string;
  /** 0 to 100. */
  readonly severity: number;
  readonly title: string;
  /** Nanoseconds since the epoch, as decimal text. */
  readonly first: string | null;
  readonly last: string | null;
  /** The whole finding. */
  readonly doc: JsonValue;
}

/** What a replay found. */
export interface RunFindingRow extends FindingRow {
  readonly run: string;
}

export interface TriageRow {
  readonly key: string;
  readonly state: string;
  readonly note: string | null;
  readonly owner_id: string;
  readonly at: string;
}

/** notes have `subject` and `body`, runs `kind`, snapshots `name`; what they hold is JSON of the caller. */
export interface NoteRow {
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  readonly owner_id: string;
  readonly created: string;
}

export interface RunRow {
  readonly id: string;
  readonly kind: string;
  readonly doc: JsonValue;
  readonly owner_id: string;
  readonly created: string;
}

export interface SnapshotRow {
  readonly id: string;
  readonly name: string;
  readonly doc: JsonValue;
  readonly owner_id: string;
  readonly created: string;
}

export interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly input: string | null;
  readonly state: string;
  readonly doc: JsonValue;
  readonly owner_id: string;
  readonly created: string;
  readonly started: string | null;
  readonly ended: string | null;
}

/** What a person decided for the case as a whole, such as its home networks. */
export interface SettingRow {
  readonly key: string;
  readonly doc: JsonValue;
}

export interface CaseTables {
  readonly case_info: CaseInfo;
  readonly inputs: InputRow;
  readonly findings: FindingRow;
  readonly run_findings: RunFindingRow;
  readonly triage: TriageRow;
  readonly notes: NoteRow;
  readonly runs: RunRow;
  readonly snapshots: SnapshotRow;
  readonly jobs: JobRow;
  readonly settings: SettingRow;
}

/** Columns that hold JSON as text. */
export const JSON_COLUMNS: ReadonlySet<string> = new Set(['files', 'settings', 'counts', 'doc']);

/** Columns of each table, in order. */
export const CASE_COLUMNS: { readonly [T in keyof CaseTables]: readonly (keyof CaseTables[T] & string)[] } = {
  case_info: ['id', 'name', 'description', 'owner_id', 'sample', 'created', 'modified'],
  inputs: [
    'id',
    'name',
    'owner_id',
    'state',
    'problem',
    'files',
    'settings',
    'counts',
    'created',
    'sealed_at',
    'detected_at',
    'detection_retries',
  ],
  findings: ['input', 'key', 'source', 'rule_id', 'severity', 'title', 'first', 'last', 'doc'],
  run_findings: ['run', 'input', 'key', 'source', 'rule_id', 'severity', 'title', 'first', 'last', 'doc'],
  triage: ['key', 'state', 'note', 'owner_id', 'at'],
  notes: ['id', 'subject', 'body', 'owner_id', 'created'],
  runs: ['id', 'kind', 'doc', 'owner_id', 'created'],
  snapshots: ['id', 'name', 'doc', 'owner_id', 'created'],
  jobs: ['id', 'kind', 'input', 'state', 'doc', 'owner_id', 'created', 'started', 'ended'],
  settings: ['key', 'doc'],
};

/** case.json: what others may know of a case without opening case.duckdb. */
export interface CaseManifest {
  readonly schema_version: number;
  readonly case: CaseInfo;
  readonly inputs: readonly InputRow[];
  readonly findings: {
    readonly count: number;
    readonly max_severity: number | null;
    readonly top_title: string | null;
  };
  /** How many snapshots and scans there are; absent in files of an earlier engine. */
  readonly kept?: { readonly snapshots: number; readonly scans: number };
}
