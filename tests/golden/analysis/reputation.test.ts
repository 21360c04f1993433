/** What a host met of the case's indicator lists, weighed. */

import { beforeEach, describe, expect, it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { listedRecords } from '../../../src/lib/analysis/rules/ioc/listed.ts';
import { askRecordRules } from '../../../src/lib/analysis/rules/record-rules.ts';
import { loadRules } from '../../../src/lib/analysis/rules/registry.ts';
import { type GivenRow, recordsDb, type RecordsDb } from './records-db.ts';

let db: RecordsDb;
beforeEach(async () => {
  db = await recordsDb(['one']);
});

const INSIDE = '10.0.0.5';
const LISTED = '203.0.113.9';
const conn = (more: GivenRow): GivenRow => ({
  id_orig_h: INSIDE,
  id_orig_p: 40_000,
  id_resp_h: LISTED,
  id_resp_p: 443,
  proto: 'tcp',
  ip_proto: 6,
  conn_state: 'SF',
  orig_bytes: 500,
  resp_bytes: 900,
  ...more,
});

const found = async (list: string, params: object = {}) => {
  const { records } = loadRules(list, 'list.txt');
  const { hits, failed } = await askRecordRules(records ? [records] : [], db.query);
  expect(failed).toEqual([]);
  const { findings, refused } = await runDetectors(db.query, {
    ids: ['reputation'],
    listed: listedRecords(hits),
    settings: { detectors: { reputation: { ...params } } },
  });
  expect(refused).toEqual([]);
  return findings;
};
const weight = (why: readonly { term: string; weight: number }[], term: string): number | undefined =>
  why.find((one) => one.term === term)?.weight;

describe('reputation', () => {
  it('a listed address that answered: medium, with its records, peer and connections', async () => {
    await db.insert('conn', [conn({}), conn({ id_orig_p: 40_001 }), conn({ id_resp_h: '203.0.113.80' })]);
    const [one, ...others] = await found(LISTED);
    expect(others).toEqual([]);
    // 0.6 × 75, and 20 for the answer.
    expect(one).toMatchObject({
      severity: 65,
      sub: 'address',
      technique: 'T1071',
      src: [INSIDE],
      dst: [LISTED],
      ports: [443],
      n: 2,
    });
    expect(one?.evidence[0]?.uids).toHaveLength(2);
    expect(one?.evidence[0]?.frames).toHaveLength(2);
    expect(one?.why.some(({ term }) => term === 'rests on')).toBe(true);
  });

  it('nobody answered: less; a listed host that only knocked: low, and Active Scanning', async () => {
    await db.insert('conn', [conn({ conn_state: 'S0', orig_bytes: 0, resp_bytes: 0 })]);
    expect((await found(LISTED))[0]).toMatchObject({ severity: 45, src: [INSIDE] });
    db = await recordsDb(['one']);
    await db.insert('conn', [
      conn({ id_orig_h: LISTED, id_resp_h: INSIDE, conn_state: 'S0', orig_bytes: 0, resp_bytes: 0 }),
    ]);
    expect((await found(LISTED))[0]).toMatchObject({
      severity: 25,
      technique: 'T1595',
      src: [INSIDE],
      dst: [LISTED],
    });
  });

  it('several indicators of several kinds weigh more; a resolver that was asked is no peer', async () => {
    await db.insert('conn', [conn({ uid: 'C1' })]);
    await db.insert('dns', [
      {
        uid: 'C2',
        id_orig_h: INSIDE,
        id_orig_p: 5353,
        id_resp_h: '10.0.0.53',
        id_resp_p: 53,
        query: 'a.evil.example',
      },
    ]);
    const [one] = await found(`${LISTED}\nevil.example\n`);
    expect(one).toMatchObject({ severity: 75, sub: 'several', dst: [LISTED], n: 2 });
    expect(weight(one?.why ?? [], 'indicators')).toBe(5);
    expect(weight(one?.why ?? [], 'kinds')).toBe(5);
  });

  it('much that was sent raises it, at the threshold and not below', async () => {
    await db.insert('conn', [conn({ orig_bytes: 2_000_000 })]);
    expect(weight((await found(LISTED, { megabytes: 2 }))[0]?.why ?? [], 'sent')).toBe(10);
    expect(weight((await found(LISTED, { megabytes: 2.1 }))[0]?.why ?? [], 'sent')).toBe(0);
  });

  it('leaves out what is below its parameters, and what was not listed at the time', async () => {
    await db.insert('conn', [conn({})]);
    expect(await found(LISTED, { severity: 76 })).toEqual([]);
    expect(await found(LISTED, { severity: 75 })).toHaveLength(1);
    expect(await found(LISTED, { least: 2 })).toEqual([]);
    expect(await found(`# valid_until: 2001-01-01\n${LISTED}`)).toEqual([]);
    expect(await found('nowhere.example')).toEqual([]);
  });
});
