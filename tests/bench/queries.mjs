/**
 * How long the questions of the overview take on a sealed case of a million connections, on one core.
 * @import { DuckDBConnection } from '@duckdb/node-api'
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { CACHE, cachedCapture, captureOptions, wholeNumber } from './generate.mjs';
import { measure } from './measure/process.mjs';
import { spread } from './measure/statistics.mjs';
import { CHECKOUT, TOOLS } from './measure/tools.mjs';

const LIMIT_MS = 150;
const INGEST_LIMIT_SECONDS = 900;
const HELP = `Usage: npm run bench:queries -- [options]
  --connections N   of the capture that is ingested (default 1000000)
  --records FILE    a records.duckdb that is there already, instead
  --rounds N        counted runs of each query, after one that is not (default 7)
  --json FILE       write all figures there`;

/** Addresses as the tables hold them: IPv4 mapped, two unsigned halves. 10.20.200.0/24 is where the generator puts scanners. */
const MAPPED = 0xffff00000000n;
const SCANNERS = { from: MAPPED | 0x0a14c800n, to: MAPPED | 0x0a14c8ffn };

/** @typedef {{ name: string, sql: string, check: (rows: readonly (readonly unknown[])[]) => string | null }} Question */

/** @param {readonly (readonly unknown[])[]} rows @returns {string | null} a sentence where there are none */
const some = (rows) => (rows.length > 0 ? null : 'has no rows');

/** @type {readonly Question[]} */
const QUESTIONS = [
  {
    name: 'top talkers',
    sql: `SELECT id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, sum(orig_ip_bytes + resp_ip_bytes) AS bytes, count(*) AS conns
          FROM conn GROUP BY ALL ORDER BY bytes DESC LIMIT 20`,
    check: some,
  },
  {
    name: 'port fan-out',
    sql: `SELECT id_orig_h_hi, id_orig_h_lo, count(*) AS ports
          FROM (SELECT DISTINCT id_orig_h_hi, id_orig_h_lo, id_resp_p FROM conn WHERE proto = 'tcp')
          GROUP BY ALL ORDER BY ports DESC LIMIT 20`,
    // The generator's scanners come back only where source and ports were stored right, over IPv4 or IPv6.
    check: (rows) => {
      const lows = rows.map((row) => row[1]).filter((low) => typeof low === 'bigint');
      const found = lows.slice(0, 6).some((low) => low >= SCANNERS.from && low <= SCANNERS.to);
      return found ? null : 'does not begin with the scanners that the capture holds';
    },
  },
  {
    name: 'time histogram',
    sql: `SELECT ts // 10000000000 AS bucket, count(*) AS conns, sum(orig_ip_bytes + resp_ip_bytes) AS bytes
          FROM conn GROUP BY bucket ORDER BY bucket`,
    check: some,
  },
  {
    name: 'one address',
    sql: `SELECT ts, uid, id_orig_h_lo, id_orig_p, id_resp_h_lo, id_resp_p, orig_bytes, resp_bytes FROM conn
          WHERE (id_orig_h_hi = 0 AND id_orig_h_lo = ${MAPPED | 0x0a140169n}) OR (id_resp_h_hi = 0 AND id_resp_h_lo = ${MAPPED | 0x0a140169n})
          ORDER BY ts LIMIT 500`,
    check: some,
  },
];

/** @param {number} connections @param {string} scratch @returns {Promise<string>} path of the sealed records */
async function ingested(connections, scratch) {
  const ingest = TOOLS.find((tool) => tool.name === 'us');
  const why = ingest === undefined ? 'there is no ingest' : ingest.missing();
  if (ingest === undefined || why !== null) throw new Error(`Nothing can be ingested: ${why}`);
  const { path, facts } = cachedCapture(captureOptions({ profile: 'small', connections }));
  console.log(
    `small: ${facts.packets.toLocaleString('en')} packets, ${connections.toLocaleString('en')} connections`,
  );
  const run = await measure(ingest.command, ingest.args(path, scratch), {
    cwd: CHECKOUT,
    limitSeconds: INGEST_LIMIT_SECONDS,
  });
  if (run.exit !== 0)
    throw new Error(`coldwire ingest ended with ${run.exit ?? 'a signal'}: ${run.stderr.trim()}`);
  console.log(
    `ingested in ${ingest.timing(run).seconds.toFixed(1)} s, ${(run.peak_bytes / 1e6).toFixed(0)} MB`,
  );
  const records = readdirSync(join(scratch, 'cases'), { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('records.duckdb'),
  );
  if (records === undefined)
    throw new Error(`No records.duckdb lies under ${scratch}/cases after the ingest`);
  return join(scratch, 'cases', records);
}

/** @param {DuckDBConnection} connection @param {Question} question @param {number} rounds */
async function timed(connection, question, rounds) {
  /** @type {number[]} */
  const times = [];
  let wrong = null;
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    const rows = (await connection.runAndReadAll(question.sql)).getRows();
    if (round > 0) times.push(performance.now() - began);
    wrong = question.check(rows);
  }
  return { name: question.name, ms: spread(times), wrong };
}

/** @param {string} path @param {number} rounds */
async function ask(path, rounds) {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  try {
    const [[conns = 0] = []] = (
      await connection.runAndReadAll('SELECT count(*)::INTEGER FROM conn')
    ).getRows();
    console.log(`\n${Number(conns).toLocaleString('en')} rows in conn, one thread`);
    console.log('  query            median ms     min–max ms   target');
    const results = [];
    for (const question of QUESTIONS) {
      const result = await timed(connection, question, rounds);
      const { median, min, max } = result.ms;
      const verdict =
        result.wrong === null ? (median <= LIMIT_MS ? 'met' : 'NOT MET') : `WRONG: ${result.wrong}`;
      console.log(
        `  ${result.name.padEnd(16)} ${median.toFixed(1).padStart(9)} ${`${min.toFixed(1)}–${max.toFixed(1)}`.padStart(14)}   ≤ ${LIMIT_MS} ${verdict}`,
      );
      results.push(result);
    }
    return { rows: Number(conns), results };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** @returns {Promise<boolean>} whether every answer was right, fast or not */
async function main() {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '1000000' },
      records: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return true;
  }
  const scratch = join(CACHE, `queries-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    const path =
      values.records ?? (await ingested(wholeNumber(values.connections, '--connections', 1), scratch));
    const report = await ask(path, wholeNumber(values.rounds, '--rounds', 1));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    return report.results.every((result) => result.wrong === null);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
