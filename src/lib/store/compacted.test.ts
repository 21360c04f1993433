import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadedTables, submitRows } from '../../../tests/store/sample-rows.ts';
import { openCaseReader, type SealedInput } from './case-reader.ts';
import { compact, compactedIn, dropCompacted } from './compacted.ts';
import { LocalBatchSink } from './local-batch-sink.ts';
import { tableDigests } from './table-digest.ts';

const INPUTS = 12;
let dir: string;
let inputs: SealedInput[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-compact-'));
  inputs = [];
  for (let n = 0; n < INPUTS; n++) {
    const path = join(dir, `${n}.duckdb`);
    const sink = await LocalBatchSink.create(path, { meta: { engine: `it's ${n}` } });
    await submitRows(sink, n === 5 ? loadedTables : loadedTables.slice(0, 3), 20, n + 1);
    await sink.finish();
    await sink.seal({});
    inputs.push({ id: `input-${n}`, path });
  }
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeEach(() => dropCompacted(dir));

/** Digests of every table, readable rows of one, and the facts of the inputs. */
async function everything(of: readonly SealedInput[]): Promise<unknown> {
  const reader = await openCaseReader(of, { connections: 1, threads: 1 });
  try {
    const { columns, rows } = await reader.query('SELECT * FROM v.conn ORDER BY input, ts');
    const packets = await reader.query('SELECT input, file, n, uid FROM v.packets ORDER BY ALL');
    return {
      meta: Object.fromEntries(reader.meta),
      columns,
      rows,
      packets: packets.rows,
      digests: await tableDigests(reader),
    };
  } finally {
    reader.close();
  }
}

const copied = (of: readonly SealedInput[]): SealedInput[] => {
  const copy = compactedIn(dir);
  return of.map((one) => (copy?.inputs.has(one.id) ? { ...one, compacted: copy.path } : one));
};

it('reads from the copy what the inputs say, all of them, some of them, and one that is not in it', async () => {
  await compact(inputs.slice(0, -1), dir);
  const asked = copied(inputs);
  expect(asked.map(({ compacted }) => compacted !== undefined)).toEqual([
    ...Array<boolean>(11).fill(true),
    false,
  ]);
  const gone = asked.map((one) => (one.compacted ? { ...one, path: join(dir, 'not there') } : one));
  expect(await everything(gone)).toEqual(await everything(inputs));
  const some = await openCaseReader(gone.slice(1), { connections: 1, threads: 1 });
  expect(
    (await some.query('SELECT count(*), min(input) FROM r.conn WHERE input < ?', ['input-10'])).rows,
  ).toEqual([[20, 'input-1']]);
  expect((await some.query('SELECT DISTINCT input FROM r.conn')).rows.length).toBe(INPUTS - 1);
  some.close();
}, 120_000);

it('of few inputs opens their own files, and so where the copy is gone', async () => {
  await compact(inputs, dir);
  const asked = copied(inputs).map((one) => ({ ...one, compacted: join(dir, 'not there.duckdb') }));
  const reader = await openCaseReader(asked, { connections: 1 });
  expect((await reader.query('SELECT count(DISTINCT input) FROM r.conn')).rows).toEqual([[INPUTS]]);
  reader.close();
  const few = await openCaseReader(
    copied(inputs)
      .slice(0, 3)
      .map(({ id, path }) => ({ id, path, compacted: join(dir, 'not there.duckdb') })),
    { connections: 1 },
  );
  expect(few.meta.get('input-2')?.['engine']).toBe("it's 2");
  few.close();
});

it('takes the place of an earlier copy; what an interrupted one left is no copy', async () => {
  writeFileSync(join(dir, 'compacted-zz.duckdb.part'), 'half');
  expect(compactedIn(dir)).toBeUndefined();
  await compact(inputs.slice(0, 4), dir);
  const first = compactedIn(dir);
  await compact(inputs, dir);
  const second = compactedIn(dir);
  expect([first?.inputs.size, second?.inputs.size]).toEqual([4, INPUTS]);
  expect(readdirSync(dir).filter((name) => name.startsWith('compacted')).length).toBe(2);
  dropCompacted(dir);
  expect(readdirSync(dir).filter((name) => name.startsWith('compacted'))).toEqual([]);
  await expect(compact([{ id: 'x', path: join(dir, 'none.duckdb') }], dir)).rejects.toThrow('none.duckdb');
  expect(readdirSync(dir).filter((name) => name.startsWith('compacted'))).toEqual([]);
});
