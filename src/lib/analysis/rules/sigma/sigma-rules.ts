/** Loaded Sigma rules, asked of the tables. */

import { text, type Query, type QueryRow } from '../../query.ts';
import type { Table } from '../../../model/tables.ts';
import { hitOf, holdsForAny, MAX_HITS, type RecordHit, type RecordHits, type RecordRules, type Statement } from '../record-rules.ts';
import { EXTRA } from './compile.ts';
import { correlate, type Correlated, type CorrelatedHit } from './correlation.ts';
import { type CorrelationDocument, type RuleDocument, severityOf } from './document.ts';
import type { NamedRule, PreparedCorrelation } from './prepare-correlation.ts';

/** Hits of which a correlation names the frames. */
const NAMED = 100;

export class SigmaRules implements RecordRules {
  readonly #rules: readonly NamedRule[];
  readonly #correlations: readonly PreparedCorrelation[];
  /** Rules that only serve correlations: they do not alert themselves. */
  readonly #silent: ReadonlySet<string>;

  constructor(rules: readonly NamedRule[], correlations: readonly PreparedCorrelation[]) {
    this.#rules = rules;
    this.#correlations = correlations;
    this.#silent = new Set(correlations.filter(({ document }) => !document.correlation.generate).flatMap(({ parts }) => parts.map(({ rule }) => rule.id)));
  }

  async run(query: Query, signal?: AbortSignal): Promise<RecordHits> {
    const hits: RecordHit[] = [];
    const failed: { id: string; why: string }[] = [];
    const guarded = async (id: string, work: () => Promise<readonly RecordHit[]>): Promise<void> => {
      signal?.throwIfAborted();
      try {
        for (const hit of await work()) hits.push(hit);
      } catch (error) {
        if (signal?.aborted) throw error;
        failed.push({ id, why: error instanceof Error ? error.message : String(error) });
      }
    };
    const rows = async (id: string, { sql, params }: Statement): Promise<readonly QueryRow[]> => {
      const found = await query(sql, params);
      if (found.length <= MAX_HITS) return found;
      failed.push({ id, why: `More than ${MAX_HITS} records match: the first of them are told.` });
      return found.slice(0, MAX_HITS);
    };
    const asked = this.#rules.filter(({ id }) => !this.#silent.has(id));
    for (const rule of await withHits(asked, query, signal)) await guarded(rule.id, async () => hitsOfRule(rule, await rows(rule.id, rule.compiled.statement)));
    for (const correlation of this.#correlations) {
      await guarded(correlation.id, async () => {
        const all: CorrelatedHit[] = [];
        for (const [index, { rule, statement }] of correlation.parts.entries()) for (const row of await rows(correlation.id, statement)) all.push(correlatedHit(row, rule, index));
        return correlate(all, correlation.test).map((found) => hitOfCorrelation(found, correlation.id, correlation.document));
      });
    }
    return { hits, failed };
  }
}

/** Rules that are asked together. */
const BATCH = 100;

/**
 * Rules that any record of their table satisfies. Planning a statement takes longer than running it on most tables, and most rules hit
 * nothing: many are asked at once first. Where that fails, each of them stands, and whoever is to blame is found out when it is asked.
 */
async function withHits(rules: readonly NamedRule[], query: Query, signal: AbortSignal | undefined): Promise<NamedRule[]> {
  const byTable = new Map<Table, NamedRule[]>();
  for (const rule of rules) {
    const { table } = rule.compiled;
    const others = byTable.get(table);
    if (others) others.push(rule);
    else byTable.set(table, [rule]);
  }
  const standing = new Set<NamedRule>();
  for (const [table, all] of byTable) {
    for (let at = 0; at < all.length; at += BATCH) {
      signal?.throwIfAborted();
      const batch = all.slice(at, at + BATCH);
      for (const rule of batch.length > 1 ? await standingOf(table, batch, query, signal) : batch) standing.add(rule);
    }
  }
  return rules.filter((rule) => standing.has(rule));
}

async function standingOf(table: Table, batch: readonly NamedRule[], query: Query, signal: AbortSignal | undefined): Promise<readonly NamedRule[]> {
  const conditions = batch.map(({ compiled }) => compiled.condition);
  try {
    const [row] = await query(
      holdsForAny(table, conditions.map(({ sql }) => sql)),
      conditions.flatMap(({ params }) => params),
    );
    return batch.filter((_, i) => row[`h${i}`] === true);
  } catch (error) {
    if (signal?.aborted) throw error;
    return batch;
  }
}

const plainHits = (rule: NamedRule, rows: readonly QueryRow[]): RecordHit[] =>
  rows.map((row) =>
    hitOf(row, rule.compiled.table.name, {
      ruleId: rule.id,
      msg: rule.document.title,
      severity: severityOf(rule.document.level),
      classtype: undefined,
      metadata: metadataOf(rule.document, rule.compiled.table.name),
    }),
  );

const hitsOfRule = (rule: NamedRule, rows: readonly QueryRow[]): RecordHit[] => {
  const { aggregation: counts } = rule.compiled;
  if (!counts) return plainHits(rule, rows);
  const { aggregation, span } = counts;
  if (aggregation.function !== 'count') return extremes(rule, rows);
  const correlated = rows.map((row) => correlatedHit(row, rule, 0));
  const type = aggregation.field === undefined ? 'event_count' : 'value_count';
  const test = { type, span: span ?? 1n << 62n, rules: 1, holds: (count: number) => COMPARE[aggregation.op](count, aggregation.value) } as const;
  return correlate(correlated, test).map((found) => hitOfCorrelation(found, rule.id, rule.document));
};

const COMPARE: Readonly<Record<'>' | '>=' | '<' | '<=' | '=', (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
};

/** min, max, avg and sum of a group over the whole capture: told at its last record. */
const extremes = (rule: NamedRule, rows: readonly QueryRow[]): RecordHit[] => {
  const { aggregation } = rule.compiled.aggregation ?? {};
  if (!aggregation) return [];
  const groups = new Map<string, { hits: RecordHit[]; values: number[] }>();
  for (const row of rows) {
    const { hit, group, value } = correlatedHit(row, rule, 0);
    const of = groups.get(group) ?? { hits: [], values: [] };
    groups.set(group, of);
    of.hits.push(hit);
    if (value !== undefined && Number.isFinite(Number(value))) of.values.push(Number(value));
  }
  return [...groups].flatMap(([group, { hits, values }]) => {
    if (values.length === 0) return [];
    const sum = values.reduce((a, b) => a + b, 0);
    const result = { min: Math.min, max: Math.max, sum: () => sum, avg: () => sum / values.length, count: () => values.length }[aggregation.function](...values);
    const last = hits.at(-1);
    return last && COMPARE[aggregation.op](result, aggregation.value) ? [hitOfCorrelation({ last, group, count: result, hits }, rule.id, rule.document)] : [];
  });
};

const correlatedHit = (row: QueryRow, rule: NamedRule, index: number): CorrelatedHit => {
  const value = row[EXTRA.counted];
  return {
    hit: plainHits(rule, [row])[0],
    rule: index,
    group: text(row[EXTRA.group]),
    value: value === null || value === undefined || value === '' ? undefined : text(value),
  };
};

const hitOfCorrelation = ({ last, group, count, hits }: Correlated, ruleId: string, document: CorrelationDocument | RuleDocument): RecordHit => ({
  ...last,
  ruleId,
  msg: document.title,
  severity: severityOf(document.level),
  firstFrame: hits[0]?.firstFrame ?? last.firstFrame,
  file: hits[0]?.file ?? last.file,
  metadata: {
    ...metadataOf(document, last.table),
    group: group.split('\u001f'),
    count,
    frames: hits.slice(0, NAMED).map(({ captureFrame }) => captureFrame),
    uids: [...new Set(hits.slice(0, NAMED).flatMap(({ uid }) => (uid === undefined ? [] : [uid])))],
  },
});

const metadataOf = ({ tags, status, author, references }: RuleDocument | CorrelationDocument, table: string): Record<string, unknown> => ({
  table,
  ...(tags.length > 0 ? { tags } : {}),
  ...(status === undefined ? {} : { status }),
  ...(author === undefined ? {} : { author }),
  ...(references.length > 0 ? { references } : {}),
});
