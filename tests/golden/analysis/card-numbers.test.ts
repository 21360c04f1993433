import { beforeEach, describe, expect, it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { type GivenRow, recordsDb, type RecordsDb } from './records-db.ts';

let db: RecordsDb;
beforeEach(async () => {
  db = await recordsDb();
});

const row = (i: number, more: GivenRow = {}): GivenRow => ({
  ts: i,
  uid: `C${String(i)}`,
  id_orig_h: '10.0.0.5',
  id_orig_p: 40_000,
  id_resp_h: '198.51.100.7',
  id_resp_p: 80,
  is_orig: true,
  brand: 'visa',
  number_masked: `492900******000${String(i)}`,
  digits: 16,
  is_test: false,
  file: 0,
  first_frame: i + 1,
  capture_file: 0,
  capture_frame: i + 1,
  ...more,
});

const found = async (rows: readonly GivenRow[], overrides: object = {}): Promise<string[]> => {
  await db.insert('card_numbers', rows);
  const { findings, refused } = await runDetectors((sql, params) => db.query(sql, params), {
    ids: ['card-numbers'],
    ...overrides,
  });
  expect(refused).toEqual([]);
  return findings.map(({ severity, title }) => `${severity} ${title}`);
};

describe('card numbers in clear text', () => {
  it('are a finding from three different ones on, in the direction in which they were sent', async () => {
    expect(await found([row(1), row(2), row(3), row(3, { fuid: 'F1' })])).toEqual([
      '60 10.0.0.5 sent 3 card numbers in clear text to 198.51.100.7',
    ]);
    expect(await found([4, 5, 6].map((i) => row(i, { is_orig: false })))).toContain(
      '60 198.51.100.7 sent 3 card numbers in clear text to 10.0.0.5',
    );
  });

  it('are one from the first on where a word beside it speaks of cards, and none without', async () => {
    expect(await found([row(1), row(2)])).toEqual([]);
    expect(await found([row(3, { context: 'card', id_orig_h: '10.0.0.6' })])).toEqual([
      '50 10.0.0.6 sent 1 card number in clear text to 198.51.100.7',
    ]);
  });

  it('that are published for tests do not count', async () => {
    expect(await found([1, 2, 3, 4].map((i) => row(i, { is_test: true, context: 'card' })))).toEqual([]);
  });
});
