/** A capture held against its labels: of committed ones, and of those that a test makes with a seed of its own. */

import { expect } from 'vitest';
import type { Finding } from '../../../src/lib/analysis/detect/contract.ts';
import type { Query } from '../../../src/lib/analysis/query.ts';
import { listedRecords } from '../../../src/lib/analysis/rules/ioc/listed.ts';
import { askRecordRules } from '../../../src/lib/analysis/rules/record-rules.ts';
import { loadRules } from '../../../src/lib/analysis/rules/registry.ts';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { detectorSettings } from '../../../src/lib/analysis/detect/run/settings.ts';
import { cardNumberSink } from '../../../src/processes/card-numbers.ts';
import { type Activity, labelsOf, SAMPLES, sealedSamples } from './sealed-sample.ts';

/** Severities from which a finding has to be explained: of committed captures, and of those of any seed. */
const MEDIUM = 40;
export const HIGH = 70;

const notices = (activity: Activity) => {
  const notice = activity.expect?.notice;
  return notice ? [{ ...notice, params: activity.expect?.params ?? {} }] : [];
};

const addresses = (value: string | readonly string[] | null | undefined): string[] =>
  value === null || value === undefined ? [] : [value].flat();

const finds = (
  found: Finding,
  notice: { note: string; sub?: string; src: string | null; dst?: string | readonly string[] },
): boolean =>
  found.rule.id === notice.note &&
  (notice.sub === undefined || found.sub === notice.sub) &&
  (notice.src === null || found.src.includes(notice.src)) &&
  (addresses(notice.dst).length === 0 ||
    addresses(notice.dst).some((address) => found.dst.includes(address)));

/** A label explains a finding of its hosts: by name, by technique, or because the deed is an attack of which it shows another side. */
const explains = (activity: Activity, found: Finding): boolean => {
  if (notices(activity).some((notice) => finds(found, notice))) return true;
  const hosts = new Set(activity.flows.flatMap(({ src, dst }) => [src, dst]));
  if (![...found.src, ...found.dst].some((address) => hosts.has(address))) return false;
  const ofCredentials = found.rule.id === 'clear-text-credentials';
  return (
    activity.malicious ||
    activity.technique.startsWith(found.rule.id) ||
    (ofCredentials &&
      (activity.details?.credential !== undefined || activity.details?.credentials !== undefined))
  );
};

/** What a list that names some addresses has to lead to: whoever the labels say spoke with them. */
const listedNotices = (activities: readonly Activity[], indicators: readonly string[]) =>
  activities
    .flatMap(({ flows }) => flows)
    .flatMap(({ src, dst }) =>
      src !== undefined && dst !== undefined && indicators.includes(dst)
        ? [{ note: 'reputation', src, dst, params: {} }]
        : [],
    );

/** Every attack that a label tells of is found by its detector with the right actors, and nothing from `explained` on that no label explains. */
export async function holdsItsLabels(name: string, folder = SAMPLES, explained = MEDIUM): Promise<void> {
  const { activities, indicators = [] } = await labelsOf(name, folder);
  const wanted = [...activities.flatMap(notices), ...listedNotices(activities, indicators)];
  const detectors = Object.assign({}, ...wanted.map(({ params }) => params)) as object;
  const { reader, close } = await sealedSamples([name], [cardNumberSink()], folder);
  const query: Query = (sql, params) => reader.rows(sql, params, { maxRows: 1_000_000 });
  const list = loadRules(indicators.join('\n'), 'labels.txt').records;
  const { hits } = await askRecordRules(list ? [list] : [], query);
  const { findings, refused } = await runDetectors(query, {
    listed: listedRecords(hits),
    settings: detectorSettings.parse({ detectors }),
  });
  close();
  expect(refused).toEqual([]);
  for (const { params: _, ...notice } of wanted) {
    const hits = findings.filter((found) => finds(found, notice));
    expect(hits.length, `${JSON.stringify(notice)} was not found`).toBeGreaterThan(0);
    expect(hits[0]?.evidence[0]?.frames.length).toBeGreaterThan(0);
    expect(hits[0]?.technique).toMatch(/^T\d{4}(\.\d{3})?$/u);
  }
  const unexplained = findings.filter(
    (found) => found.severity >= explained && !activities.some((activity) => explains(activity, found)),
  );
  expect(unexplained.map(({ severity, title }) => `${severity} ${title}`)).toEqual([]);
  for (const { severity, why } of findings)
    expect(Math.abs(why.reduce((sum, { weight }) => sum + weight, 0) - severity)).toBeLessThanOrEqual(0.5);
}

/** Sent alike: what a Window scan looks at is in the answers' meaning, not in what it sends. */
const SAME_ON_THE_WIRE: Readonly<Record<string, string>> = { 'tcp-window': 'tcp-ack' };

/** The scanner, its technique and its targets, and nothing else. */
export async function holdsItsScans(name: string, folder = SAMPLES): Promise<void> {
  const { activities } = await labelsOf(name, folder);
  const expected = activities.flatMap(({ expect: e }) => (e?.notice?.note === 'scan' ? [e.notice] : []));
  expect(expected.length).toBeGreaterThan(0);
  const { reader, close } = await sealedSamples([name], [], folder);
  const { findings, refused } = await runDetectors((sql, params) => reader.rows(sql, params), {
    ids: ['scan'],
  });
  close();
  expect(refused).toEqual([]);
  expect(findings.map(({ sub, src }) => ({ sub, src: src[0] }))).toEqual(
    expected.map(({ sub, src }) => ({ sub: SAME_ON_THE_WIRE[sub] ?? sub, src })),
  );
  for (const [at, found] of findings.entries()) {
    const targets = [expected[at]?.dst ?? []].flat();
    expect(targets).toEqual(expect.arrayContaining(found.dst.slice(0, 100)));
    if (targets.length <= 3) expect(found.dst).toEqual(targets);
    expect(found.severity).toBeGreaterThanOrEqual(40);
    expect(found.evidence[0]?.frames.length).toBeGreaterThan(10);
    expect(found.why.reduce((sum, { weight }) => sum + weight, 0)).toBe(found.severity);
  }
}
