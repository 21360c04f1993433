/** Behaviour detectors and rules over records of `coldwire read`: they ask questions of tables, so the rows go into a records file that is thrown away. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../lib/analysis/detect/contract.ts';
import { detectorIds, runDetectors } from '../lib/analysis/detect/run.ts';
import { secondsOf } from '../lib/export/ndjson-row.ts';
import type { NdjsonSink } from '../lib/export/ndjson-sink.ts';
import type { ColumnBatch } from '../lib/model/column-batch.ts';
import type { BatchSink } from '../lib/model/sinks.ts';
import { PACKET_LISTING, type Table } from '../lib/model/tables.ts';
import { openCaseReader } from '../lib/store/case-reader.ts';
import type { RefusedSetting } from '../lib/analysis/detect/run/settings.ts';
import { detectorSettingsWith } from './detector-settings.ts';
import { LocalBatchSink } from '../lib/store/local-batch-sink.ts';
import type { Query } from '../lib/analysis/query.ts';
import { listedRecords } from '../lib/analysis/rules/ioc/listed.ts';
import { askRecordRules, type RecordRules } from '../lib/analysis/rules/record-rules.ts';
import { alertLine } from './record-rules.ts';

const INPUT = 'read';

export interface Noticing {
  /** Takes the place of the sink that writes NDJSON, and hands everything on to it. */
  readonly sink: BatchSink;
  /** After the pipeline: what the detectors found, as rows of notice.ndjson; and those that were left out. */
  notices(): Promise<{
    lines: string[];
    /** Rows of alert.ndjson of rules that ask tables, and the rules that could not be asked. */
    alerts: string[];
    failed: readonly { id: string; why: string }[];
    refused: readonly { id: string; why: string }[];
    settings: readonly RefusedSetting[];
  }>;
  /** Removes the records. Safe to call at any time. */
  close(): Promise<void>;
}

/**
 * `detectors` as the option gives it: all, none, or ids with commas; `settingsFile`: parameters above the shipped ones. Answers
 * undefined where nothing is to be run.
 */
export async function noticing(
  detectors: string,
  ndjson: NdjsonSink,
  settingsFile?: string,
  rules: readonly RecordRules[] = [],
): Promise<Noticing | undefined> {
  const ids = detectorIds(detectors);
  if (ids.length === 0 && rules.length === 0) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'coldwire-read-'));
  const path = join(dir, 'records.duckdb');
  const records = await LocalBatchSink.create(path);
  let sealed = false;
  return {
    sink: new TeeSink(ndjson, records),
    async notices() {
      const { homeNetworks } = await records.seal();
      sealed = true;
      const { settings, refused: wrong } = detectorSettingsWith(settingsFile);
      const reader = await openCaseReader([{ id: INPUT, path }], { connections: 1 });
      try {
        const query: Query = (sql, params) => reader.rows(sql, params, { maxRows: Number.MAX_SAFE_INTEGER });
        const { hits, failed } = await askRecordRules(rules, query);
        const { findings, refused } = await runDetectors(query, {
          ids,
          settings,
          home: { networks: homeNetworks, source: 'inferred' },
          listed: listedRecords(hits),
        });
        return {
          lines: findings.map(noticeLine),
          alerts: hits.map(alertLine),
          failed,
          refused,
          settings: wrong,
        };
      } finally {
        reader.close();
      }
    },
    async close() {
      if (!sealed) await records.abort();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Writes a batch as NDJSON, then loads it. The listing of packets has no place in a records file. */
class TeeSink implements BatchSink {
  readonly #ndjson: NdjsonSink;
  readonly #records: BatchSink;

  constructor(ndjson: NdjsonSink, records: BatchSink) {
    this.#ndjson = ndjson;
    this.#records = records;
  }

  #of(table: Table): BatchSink {
    return table === PACKET_LISTING ? this.#ndjson : this.#records;
  }

  lease(table: Table): ColumnBatch {
    return this.#of(table).lease(table);
  }

  submit(batch: ColumnBatch): void {
    if (this.#of(batch.table) === this.#records) this.#ndjson.write(batch);
    this.#of(batch.table).submit(batch);
  }

  async ready(): Promise<void> {
    await this.#ndjson.ready();
    await this.#records.ready();
  }

  async finish(): Promise<void> {
    await this.#ndjson.finish();
    await this.#records.finish();
  }
}

/** A finding as a row of the `notice` table (READ contract). */
function noticeLine(found: Finding): string {
  return JSON.stringify({
    ts: Number(secondsOf(found.first, 6)),
    note: found.rule.id,
    msg: found.title,
    sub: found.sub || undefined,
    severity: found.severity,
    src: found.src.length === 1 ? found.src[0] : found.src,
    dst: found.dst.length === 1 ? found.dst[0] : found.dst,
    p: found.ports.length === 1 ? found.ports[0] : undefined,
    proto: found.proto || undefined,
    n: found.n,
    uids: [...new Set(found.evidence.flatMap(({ uids }) => uids))],
    frames: found.evidence.flatMap(({ frames }) => frames.map(({ n }) => n)),
    score: found.severity,
    why: found.why,
    technique: found.technique || undefined,
  });
}
