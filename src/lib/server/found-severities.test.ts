import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadedTables, submitRows } from '../../../tests/store/sample-rows.ts';
import type { Finding } from '../model/api/findings.ts';
import { openCaseReader, type SealedInput } from '../store/case-reader.ts';
import { LocalBatchSink } from '../store/local-batch-sink.ts';
import { severitiesOf } from './found-severities.ts';

let dir: string;
let inputs: SealedInput[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-severities-'));
  inputs = [];
  for (const id of ['one', 'two']) {
    const path = join(dir, `${id}.duckdb`);
    const sink = await LocalBatchSink.create(path, { meta: {} });
    await submitRows(sink, loadedTables, 50, 1);
    await sink.finish();
    await sink.seal({});
    inputs.push({ id, path });
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const found = (more: Partial<Finding>): Finding => ({
  key: 'k',
  source: 'detector',
  rule: { id: 'scan', rev: 1, name: 'Scan' },
  severity: 40,
  word: 'medium',
  title: '',
  sub: null,
  technique: null,
  score: null,
  why: [],
  src: [],
  dst: [],
  of_dst: 0,
  ports: [],
  of_ports: 0,
  proto: null,
  first: 0,
  last: 0,
  input: 'one',
  uids: [],
  of_uids: 0,
  frames: [],
  ...more,
});

it('the gravest finding of a connection and of a host is a column of theirs; a connection of another input has none', async () => {
  const plain = await openCaseReader(inputs);
  const [row = {}] = await plain.rows(
    "SELECT uid, id_orig_h, id_resp_h FROM v.conn WHERE input = 'one' ORDER BY ts LIMIT 1",
  );
  const [before = {}] = await plain.rows('SELECT count(severity) AS n FROM v.conn');
  const hosts = await plain.rows('SELECT count(*) AS n, count(severity) AS found FROM v.hosts');
  plain.close();
  expect(before['n']).toBe(0);
  expect(hosts[0]?.['found']).toBe(0);

  const [uid, orig, resp] = [row['uid'], row['id_orig_h'], row['id_resp_h']].map(String);
  const severities = severitiesOf([
    found({ uids: [uid ?? ''], src: [orig ?? ''], severity: 25 }),
    found({ uids: [uid ?? '', 'CnobodyHasThis'], dst: [resp ?? '', 'no address'], severity: 71 }),
  ]);
  const reader = await openCaseReader(inputs, { kept: { severities } });
  expect(await reader.rows('SELECT input, uid, severity FROM v.conn WHERE severity IS NOT NULL')).toEqual([
    { input: 'one', uid, severity: 71 },
  ]);
  const of = await reader.rows(
    'SELECT DISTINCT address, severity FROM v.hosts WHERE severity IS NOT NULL ORDER BY severity',
  );
  expect(of).toEqual(
    orig === resp
      ? [{ address: orig, severity: 71 }]
      : [
          { address: orig, severity: 25 },
          { address: resp, severity: 71 },
        ],
  );
  expect(await reader.rows('SELECT count(*) AS n FROM v.hosts')).toEqual([{ n: hosts[0]?.['n'] }]);
  expect(await reader.rows('SELECT count(*) AS n FROM v.conn')).toEqual([{ n: 100 }]);
  reader.close();
});

it('nothing found: nothing is joined', () => {
  expect(severitiesOf([])).toBeUndefined();
});
