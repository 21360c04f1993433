import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadedTables, submitRows } from '../../../tests/store/sample-rows.ts';
import { csvLines } from '../export/csv.ts';
import { tableQuery } from '../model/api/tables.ts';
import { NAMES } from '../model/tables.ts';
import { LocalBatchSink } from '../store/local-batch-sink.ts';
import { CaseAccess } from './case-access.ts';
import { exportRows, type TextFormat } from './table-export.ts';
import { TableRows } from './table-rows.ts';

/** What spreadsheets, CSV and JSON stumble over. */
const HOSTILE = [
  '=cmd|x',
  '+1',
  '-1',
  '-1.5e3',
  '+1+2',
  '-',
  '@a',
  '\tx',
  '\r',
  '\n=1',
  '＝1',
  '－x',
  'a,b',
  'a"b',
  '"',
  ' spaces ',
  "it's",
  'line\nbreak',
  'carriage\rreturn',
  '',
  '.5',
  '-.5',
  '日本',
  '\\x00',
  '\u0001\u007f',
  '=1,"2"',
];

const root = mkdtempSync(join(tmpdir(), 'coldwire-export-'));
let cases: CaseAccess;

beforeAll(async () => {
  const path = join(root, 'records.duckdb');
  const sink = await LocalBatchSink.create(path, { meta: {} });
  await submitRows(sink, loadedTables, 60, 7);
  const batch = sink.lease(NAMES);
  for (const name of HOSTILE) {
    const row = batch.rows++;
    batch.set(batch.index('address'), row, [0n, 0xffff0a000001n]);
    batch.set(batch.index('name'), row, name);
    batch.set(batch.index('source'), row, 'dns');
    batch.set(batch.index('first_seen'), row, 1n);
  }
  sink.submit(batch);
  await sink.finish();
  await sink.seal({});
  cases = new CaseAccess(() => Promise.resolve([{ id: '=input', path }]));
}, 60_000);
afterAll(() => {
  cases.close();
  rmSync(root, { recursive: true, force: true });
});

async function textOf(table: string, format: TextFormat): Promise<string> {
  let text = '';
  const { limit: _limit, offset: _offset, ...all } = tableQuery.parse({});
  for await (const piece of exportRows(cases, 'x', table, all, format)) text += piece;
  return text;
}

it.each(loadedTables.map(({ name }) => name))('%s as text says what its page shows', async (table) => {
  const page = await new TableRows(cases).page('x', table, tableQuery.parse({ limit: '1000' }));
  expect(page.rows.length).toBe(page.total);
  const asNumber = (text: string): string =>
    text !== '' && Number.isFinite(Number(text)) ? `${Number(text)}` : text;
  const cells = (csv: string): string[][] => parse(csv).map((row) => row.map(asNumber));
  expect(cells(await textOf(table, 'csv'))).toEqual(cells(csvLines([page.columns, ...page.rows])));

  const lines = (await textOf(table, 'ndjson')).split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    page.rows.map((row) =>
      Object.fromEntries(
        page.columns.flatMap((name, at) =>
          row[at] === null || row[at] === undefined ? [] : [[name, row[at]]],
        ),
      ),
    ),
  );
});

it('hostile names are neutralised and quoted as the rest of the program does it', async () => {
  const { columns, rows } = await new TableRows(cases).page(
    'x',
    'names',
    tableQuery.parse({ limit: '1000', columns: 'name,input' }),
  );
  const text = await textOf('names', 'csv');
  for (const hostile of HOSTILE) {
    const row = rows[rows.findIndex(([name]) => name === hostile)];
    expect(row).toBeDefined();
    const [name = ''] = csvLines([[row?.[0] ?? null]]).split('\r\n');
    expect(text).toContain(name);
  }
  expect(columns).toEqual(['name', 'input']);
  expect(text).toContain("'=input");
});
