/** A curve that one run tells is the curve that a run for each value tells. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../src/lib/analysis/detect/registry.ts';
import type { ListedRecord } from '../../../src/lib/analysis/detect/contract.ts';
import { curveValues, thresholdCurve } from '../../../src/lib/analysis/detect/run/curve.ts';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import type { CaseReader } from '../../../src/lib/store/case-reader.ts';
import { type GivenRow, recordsDb, type RecordsDb } from './records-db.ts';
import { sealedSamples } from './sealed-sample.ts';

const NAMES = ['brute-force', 'beacon', 'dga', 'syn-flood', 'tcp-overlap', 'icmp-tunnel', 'exfiltration'];
const SCANS = [
  'slow-scan',
  'distributed-scan',
  'scan-arp',
  'scan-ip-protocol',
  'scan-tcp-syn-sweep',
  'scan-tcp-null',
  'scan-tcp-xmas',
  'scan-tcp-maimon',
];
let reader: CaseReader;
let close: () => void;
beforeAll(async () => {
  ({ reader, close } = await sealedSamples([...NAMES, ...SCANS]));
}, 60_000);
afterAll(() => {
  close();
});

const query = (sql: string, params?: Parameters<CaseReader['rows']>[1]) => reader.rows(sql, params ?? []);

interface Case {
  readonly detector: string;
  readonly parameter: string;
  readonly values: readonly number[];
  readonly others?: Readonly<Record<string, number>>;
}

/** Values around what the samples hold. */
const VALUES: readonly Case[] = [
  { detector: 'exfiltration', parameter: 'megabytes', values: [0.001, 0.1, 1, 10, 100] },
  { detector: 'exfiltration', parameter: 'upward', values: [0, 1, 5, 100, 1e6], others: { megabytes: 0.1 } },
  { detector: 'dga', parameter: 'names', values: [2, 10, 20, 40, 80, 1000] },
  { detector: 'beacon', parameter: 'least_score', values: [0, 0.5, 0.7, 0.9, 1] },
  { detector: 'flag-probes', parameter: 'least', values: [1, 3, 100, 10_000] },
  { detector: 'flag-probes', parameter: 'least_maimon', values: [1, 10, 100, 10_000] },
  { detector: 'tcp-overlap', parameter: 'least', values: [1, 2, 3] },
  { detector: 'icmp-tunnel', parameter: 'packets', values: [1, 20, 100, 10_000] },
  { detector: 'flood', parameter: 'rate', values: [10, 100, 500, 10_000] },
  { detector: 'flood', parameter: 'half_open', values: [0, 0.5, 0.8, 1] },
  { detector: 'flood', parameter: 'change', values: [1, 10, 100, 1e6] },
  { detector: 'scan', parameter: 'ports', values: [2, 15, 25, 30, 60, 99, 1000] },
  { detector: 'scan', parameter: 'hosts', values: [2, 10, 25, 50, 100, 1000] },
  { detector: 'scan', parameter: 'protocols', values: [2, 10, 40, 60, 200] },
  { detector: 'scan', parameter: 'arp_targets', values: [2, 15, 60, 100, 300] },
  {
    detector: 'scan',
    parameter: 'slow_ports',
    values: [2, 20, 30, 35, 40, 50, 100],
    others: { ports: 1000 },
  },
  { detector: 'scan', parameter: 'slow_hosts', values: [2, 10, 60, 100, 1000], others: { hosts: 1000 } },
  { detector: 'scan', parameter: 'sources', values: [2, 3, 5, 6, 8, 20] },
  { detector: 'scan', parameter: 'shared_ports', values: [2, 30, 50, 100, 1000] },
  { detector: 'brute-force', parameter: 'ssh', values: [2, 5, 10, 20, 30, 31, 40, 60, 200] },
  { detector: 'brute-force', parameter: 'ftp', values: [2, 10, 20, 25, 30, 200] },
  { detector: 'brute-force', parameter: 'http', values: [2, 20, 30, 40, 60, 1000], others: { http_min: 1 } },
  { detector: 'rare-client', parameter: 'population', values: [2, 5, 20] },
];

describe('one run', () => {
  it.each(VALUES)('$detector by $parameter', async ({ detector, parameter, values, others = {} }) => {
    const asked = { detector, parameter, values };
    const curve = await thresholdCurve(query, asked, { settings: { detectors: { [detector]: others } } });
    expect(curve.passes).toBe(1);
    for (const { value, findings, sources } of curve.points) {
      const settings = { detectors: { [detector]: { ...others, [parameter]: value } } };
      const run = await runDetectors(query, { ids: [detector], settings });
      expect(run.refused).toEqual([]);
      expect(findings, `at ${value}`).toBe(run.findings.length);
      expect(sources).toBe(new Set(run.findings.flatMap(({ src }) => src)).size);
    }
    const counts = curve.points.map(({ findings }) => findings);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts[0]).toBeGreaterThan(0);
  });
});

describe('rows', () => {
  let db: RecordsDb;
  const HOUR = 3_600;
  const conn = (more: GivenRow): GivenRow => ({
    id_orig_h: '10.0.0.5',
    id_orig_p: 40_000,
    id_resp_h: '203.0.113.9',
    id_resp_p: 443,
    proto: 'tcp',
    ip_proto: 6,
    conn_state: 'SF',
    orig_pkts: 5,
    resp_pkts: 5,
    ...more,
  });
  it('long connections: each stands up to its own length', async () => {
    db = await recordsDb();
    await db.insert(
      'conn',
      [1.5, 3, 9].map((hours, i) => conn({ id_resp_p: 1_000 + i, duration: hours * HOUR })),
    );
    const { points, passes } = await thresholdCurve(db.query, {
      detector: 'long-connection',
      parameter: 'hours',
      values: [1, 2, 3, 3.5, 9, 10],
    });
    expect(passes).toBe(1);
    expect(points.map(({ findings }) => findings)).toEqual([3, 2, 2, 1, 1, 0]);
    expect(points.map(({ sources }) => sources)).toEqual([1, 1, 1, 1, 1, 0]);
  });
});

it('reputation: a host stands up to the records in which it met a list', async () => {
  const listed = [1, 2, 3, 4].map((at): ListedRecord => ({
    input: 'beacon',
    ts: BigInt(at),
    uid: undefined,
    orig: at === 1 ? '10.0.0.1' : '10.0.0.2',
    resp: '203.0.113.1',
    respPort: 443,
    proto: 'tcp',
    table: 'conn',
    file: 0,
    frame: at,
    name: 'listed',
    severity: 75,
    type: 'ip',
    indicator: '203.0.113.0/24',
    seen: '203.0.113.1',
  }));
  const { points, passes } = await thresholdCurve(
    query,
    { detector: 'reputation', parameter: 'least', values: [1, 2, 3, 4] },
    { listed },
  );
  expect([passes, points.map(({ findings }) => findings)]).toEqual([1, [2, 1, 1, 0]]);
});

it('runs once a value where nothing is kept, and says so', async () => {
  const values = [0.001, 15, 80_000];
  const { points, passes } = await thresholdCurve(query, { detector: 'scan', parameter: 'window_s', values });
  expect(passes).toBe(3);
  expect(points[2]?.findings).toBeGreaterThan(points[0]?.findings ?? Infinity);
});

it('says what is wrong with a value', async () => {
  const asked = { detector: 'flood', parameter: 'half_open', values: [7] };
  await expect(thresholdCurve(query, asked)).rejects.toThrow(/half_open/u);
});

it('every parameter that one run tells of is one of the detector', () => {
  for (const { measures, parameters } of DETECTORS)
    for (const name of measures) expect(parameters.map((one) => one.name)).toContain(name);
});

describe('values', () => {
  it('walks a wide range in ratios, a narrow one in steps, whole where it has to be, with those in force', () => {
    expect(curveValues({ from: 1, to: 1_000, points: 4, whole: true })).toEqual([1, 10, 100, 1_000]);
    expect(curveValues({ from: 0, to: 1, points: 5, whole: false, also: [0.7, 9] })).toEqual([
      0, 0.25, 0.5, 0.7, 0.75, 1,
    ]);
    expect(curveValues({ from: 2, to: 4, points: 9, whole: true })).toEqual([2, 3, 4]);
  });
});
