/** Rules that ask tables, once the records of an input are complete: Sigma, indicators. Their hits are rows of `alert`. */

import type { Table } from '../../model/tables.ts';
import { dialect } from '../../store/dialect.ts';
import type { SqlParam } from '../filter/sql.ts';
import { big, num, text, type Query, type QueryRow } from '../query.ts';

/** A record that a rule is about. */
export interface RecordHit {
  readonly ruleId: string;
  readonly msg: string;
  /** 0 to 100. */
  readonly severity: number;
  readonly classtype: string | undefined;
  readonly table: string;
  /** Nanoseconds since the epoch. */
  readonly ts: bigint;
  readonly input: string;
  readonly uid: string | undefined;
  /** Originator and responder: addresses as text. */
  readonly orig: string;
  readonly origPort: number;
  readonly resp: string;
  readonly respPort: number;
  readonly proto: string | undefined;
  readonly service: string | undefined;
  readonly file: number;
  readonly firstFrame: number;
  readonly captureFile: number;
  readonly captureFrame: number;
  /** What else there is to say: tags, the indicator, the records of a correlation. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface RecordHits {
  readonly hits: readonly RecordHit[];
  /** Rules that could not be asked, and those whose hits were cut short. */
  readonly failed: readonly { readonly id: string; readonly why: string }[];
}

export interface RecordRules {
  /** Each rule's hits in order of time. One rule that fails never stops the others; an abort rejects. */
  run(query: Query, signal?: AbortSignal): Promise<RecordHits>;
}

/** Asks several files' rules. Rules that fail as a whole are named, and the others are asked; an abort rejects. */
export async function askRecordRules(rules: readonly RecordRules[], query: Query, signal?: AbortSignal): Promise<RecordHits> {
  const hits: RecordHit[] = [];
  const failed: { id: string; why: string }[] = [];
  for (const [i, rule] of rules.entries()) {
    try {
      const asked = await rule.run(query, signal);
      // Not spread into one call: there may be more hits than a call has room for arguments.
      for (const hit of asked.hits) hits.push(hit);
      failed.push(...asked.failed.slice(0, MAX_FAILED));
    } catch (error) {
      if (signal?.aborted) throw error;
      failed.push({ id: `rule file ${i + 1}`, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { hits, failed };
}

/** Rules of one file that are named where they failed. */
const MAX_FAILED = 10_000;

/** Hits of one rule on one input; past that they are counted out. */
export const MAX_HITS = 100_000;

/** Columns of a record that a hit is made of, of table `t` and its connection `c`. */
export const HIT_COLUMNS = [
  't.input AS input',
  't.ts AS ts',
  't.uid AS uid',
  `${dialect.addrText('t.id_orig_h')} AS orig`,
  't.id_orig_p AS orig_p',
  `${dialect.addrText('t.id_resp_h')} AS resp`,
  't.id_resp_p AS resp_p',
  'c.proto::VARCHAR AS proto',
  'c.service AS service',
  't.file AS file',
  't.first_frame AS first_frame',
  't.capture_file AS capture_file',
  't.capture_frame AS capture_frame',
].join(', ');

const recordsOf = (table: Table): string => `FROM r.${table.name} t LEFT JOIN r.conn c ON c.uid = t.uid AND c.input = t.input`;

/** One row that says of each condition, in columns `h0`, `h1` …, whether it holds for any record of the table. */
export const holdsForAny = (table: Table, conditions: readonly string[]): string =>
  `SELECT ${conditions.map((condition, i) => `coalesce(bool_or(${condition}), false) AS h${i}`).join(', ')} ${recordsOf(table)}`;

/** Rows of a table that a condition holds for, in order of time. `more`: columns besides those of hits. */
export const recordsWhere = (table: Table, condition: string, more = ''): string =>
  `SELECT ${HIT_COLUMNS}${more} ${recordsOf(table)} WHERE ${condition} ORDER BY t.ts, t.capture_file, t.capture_frame, t.uid LIMIT ${MAX_HITS + 1}`;

/** What stands in every hit of a record. */
export const hitOf = (row: QueryRow, table: string, rule: Pick<RecordHit, 'ruleId' | 'msg' | 'severity' | 'classtype' | 'metadata'>): RecordHit => ({
  ...rule,
  table,
  ts: big(row['ts']),
  input: text(row['input']),
  uid: optional(row['uid']),
  orig: text(row['orig']),
  origPort: num(row['orig_p']),
  resp: text(row['resp']),
  respPort: num(row['resp_p']),
  proto: optional(row['proto']),
  service: optional(row['service']),
  file: num(row['file']),
  firstFrame: num(row['first_frame']),
  captureFile: num(row['capture_file']),
  captureFrame: num(row['capture_frame']),
});

const optional = (value: unknown): string | undefined => (value === null || value === undefined || value === '' ? undefined : text(value));

export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlParam[];
}
