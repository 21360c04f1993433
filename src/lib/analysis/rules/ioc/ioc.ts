/** Indicators of compromise, asked of the tables: plain lists (.txt), CSV (.csv), STIX 2.1 bundles (.stix, .stix.json). Judged as of each record's time. */

import { type Table, TABLES } from '../../../model/tables.ts';
import { dialect } from '../../../store/dialect.ts';
import { text, type Query } from '../../query.ts';
import type { LoadedRules, RuleLanguage } from '../contract.ts';
import { hitOf, MAX_HITS, type RecordHit, type RecordHits, type RecordRules, recordsWhere } from '../record-rules.ts';
import type { Indicator, IndicatorType } from './indicator.ts';
import { IndicatorSet } from './indicator-set.ts';
import { readCsvList, type ReadIndicators, readTextList } from './read-lists.ts';
import { readStix } from './read-stix.ts';

/** Where records show what an indicator names: an expression over table `t`. */
interface Observable {
  readonly type: IndicatorType;
  readonly table: string;
  readonly column: string;
  readonly sql: string;
  /** The column is a list: one of its items. */
  readonly list?: true;
}

const column = (type: IndicatorType, table: string, name: string): Observable => ({ type, table, column: name, sql: `t.${name}` });
const addr = (table: string, name: string): Observable => ({ type: 'ip', table, column: name, sql: dialect.addrText(`t.${name}`) });
const items = (type: IndicatorType, table: string, name: string): Observable => ({ ...column(type, table, name), list: true });

const OBSERVABLES: readonly Observable[] = [
  addr('conn', 'id_orig_h'),
  addr('conn', 'id_resp_h'),
  items('ip', 'dns', 'answers'),
  column('domain', 'dns', 'query'),
  column('domain', 'ssl', 'server_name'),
  column('domain', 'http', 'host'),
  { type: 'url', table: 'http', column: 'uri', sql: `lower(regexp_replace(t.host, ':(80|443)$', '')) || t.uri` },
  column('ja3', 'ssl', 'ja3'),
  column('ja3', 'ssl', 'ja3s'),
  column('ja4', 'ssl', 'ja4'),
  column('md5', 'files', 'md5'),
  column('sha1', 'files', 'sha1'),
  column('sha256', 'files', 'sha256'),
  column('sha1', 'x509', 'sha1'),
  column('sha256', 'x509', 'sha256'),
];

export class IndicatorRules implements RecordRules {
  readonly #set: IndicatorSet;

  constructor(indicators: readonly Indicator[]) {
    this.#set = new IndicatorSet(indicators);
  }

  async run(query: Query, signal?: AbortSignal): Promise<RecordHits> {
    const hits: RecordHit[] = [];
    const failed: { id: string; why: string }[] = [];
    for (const observable of OBSERVABLES) {
      if (!this.#set.has(observable.type)) continue;
      signal?.throwIfAborted();
      const id = `${observable.table}.${observable.column}`;
      try {
        const { found, cut } = await this.#ask(query, observable);
        for (const hit of found) hits.push(hit);
        if (cut) failed.push({ id, why: `More than ${MAX_HITS} records match: the first of them are told.` });
      } catch (error) {
        if (signal?.aborted) throw error;
        failed.push({ id, why: error instanceof Error ? error.message : String(error) });
      }
    }
    return { hits: hits.toSorted((a, b) => Number(a.ts - b.ts)), failed };
  }

  /** The distinct values first: few of them are met, and only their records are read. */
  async #ask(query: Query, { type, table: name, column: of, sql, list }: Observable): Promise<{ found: RecordHit[]; cut: boolean }> {
    const table = TABLES.find((one) => one.name === name) as Table;
    const from = list ? `(SELECT unnest(${sql}) AS v FROM r.${name} t)` : `(SELECT ${sql} AS v FROM r.${name} t)`;
    const values = await query(`SELECT DISTINCT v FROM ${from} WHERE v IS NOT NULL`, []);
    const met = new Map<string, readonly Indicator[]>();
    for (const row of values) {
      const value = text(row['v']);
      const indicators = this.#set.find(type, value);
      if (indicators.length > 0) met.set(value, indicators);
    }
    if (met.size === 0) return { found: [], cut: false };
    const wanted = `(SELECT unnest(from_json(?, '["VARCHAR"]')))`;
    const value = list ? `(SELECT min(x) FROM (SELECT unnest(${sql}) AS x) WHERE x IN ${wanted})` : sql;
    const asked = JSON.stringify([...met.keys()]);
    const rows = await query(recordsWhere(table, list ? `${value} IS NOT NULL` : `${sql} IN ${wanted}`, `, ${value} AS x_value`), list ? [asked, asked] : [asked]);
    const found = rows.slice(0, MAX_HITS).flatMap((row) => {
      const seen = text(row['x_value']);
      const ts = BigInt(text(row['ts']));
      return (met.get(seen) ?? []).filter((indicator) => isValid(indicator, ts)).map((indicator) => hitOf(row, name, ruleOf(indicator, type, `${name}.${of}`, seen)));
    });
    return { found, cut: rows.length > MAX_HITS };
  }
}

/** As of the time of the record, not of today. */
const isValid = ({ from, until }: Indicator, ts: bigint): boolean => ts >= (from ?? ts) && ts < (until ?? ts + 1n);

const ruleOf = ({ id, name, severity, value, from, until }: Indicator, type: IndicatorType, where: string, seen: string): Parameters<typeof hitOf>[2] => ({
  ruleId: id,
  msg: name,
  severity,
  classtype: 'indicator',
  metadata: {
    type,
    indicator: value,
    seen,
    where,
    ...(from === undefined ? {} : { valid_from: date(from) }),
    ...(until === undefined ? {} : { valid_until: date(until) }),
  },
});

const date = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();

const language = (ending: string, read: (text: string, file: string) => ReadIndicators | string): RuleLanguage => ({
  id: 'ioc',
  ending,
  load: (written, file) => loaded(read(written, file), file),
});

function loaded(found: ReadIndicators | string, file: string): LoadedRules {
  if (typeof found === 'string') {
    return { language: 'ioc', rules: [], refused: [{ file, line: null, sid: null, why: found }], refusedWhole: true, sink: undefined };
  }
  const { indicators, refused } = found;
  return {
    language: 'ioc',
    rules: indicators.map(({ id, name, severity }) => ({ id, name, rev: null, severity, file })),
    refused,
    refusedWhole: false,
    sink: undefined,
    records: indicators.length > 0 ? new IndicatorRules(indicators) : undefined,
  };
}

export const indicatorFiles: readonly RuleLanguage[] = [
  language('.txt', readTextList),
  language('.csv', readCsvList),
  language('.stix', readStix),
  language('.stix.json', readStix),
];
