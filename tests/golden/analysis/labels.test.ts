/** Every attack that a label tells of is found by its detector with the right actors, and nothing above low that no label explains. */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Finding } from '../../../src/lib/analysis/detect/contract.ts';
import { DETECTORS } from '../../../src/lib/analysis/detect/registry.ts';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { detectorSettings } from '../../../src/lib/analysis/detect/run/settings.ts';
import { cardNumberSink } from '../../../src/processes/card-numbers.ts';
import { type Activity, labelsOf, sealedSamples } from './sealed-sample.ts';

const samples = fileURLToPath(new URL('../../../sample-pcaps/', import.meta.url));
/** Scans have a test of their own: techniques that look alike on the wire. Encapsulations carry the same traffic again. */
const captures = existsSync(samples)
  ? readdirSync(samples)
      .filter((file) => file.endsWith('.pcap') && !/^(scan|tunnel|link)-/u.test(file))
      .map((file) => file.replace('.pcap', ''))
  : [];

/** Detectors of other workers: their label stands, the finding comes with them. */
const NOT_YET: ReadonlySet<string> = new Set(['reputation']);

const LOW = 40;

const notices = (activity: Activity) => {
  const notice = activity.expect?.notice;
  return notice && !NOT_YET.has(notice.note) ? [{ ...notice, params: activity.expect?.params ?? {} }] : [];
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

it.each(captures)('%s', async (name) => {
  const { activities } = await labelsOf(name);
  const wanted = activities.flatMap(notices);
  const detectors = Object.assign({}, ...wanted.map(({ params }) => params)) as object;
  const { reader, close } = await sealedSamples([name], [cardNumberSink()]);
  const { findings, refused } = await runDetectors((sql, params) => reader.rows(sql, params), {
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
    (found) => found.severity >= LOW && !activities.some((activity) => explains(activity, found)),
  );
  expect(unexplained.map(({ severity, title }) => `${severity} ${title}`)).toEqual([]);
  for (const { severity, why } of findings)
    expect(Math.abs(why.reduce((sum, { weight }) => sum + weight, 0) - severity)).toBeLessThanOrEqual(0.5);
});

/** Of these other tests tell: flag probes in scans.test.ts, what needs a baseline or countries in behaviours.test.ts. */
const ELSEWHERE = ['flag-probes', 'new-service', 'new-country', 'first-contacts'];

it('every other detector has a labelled capture', async () => {
  const labelled = new Set<string>();
  for (const file of readdirSync(samples).filter(
    (one) => one.endsWith('.labels.json') && one !== 'changes.labels.json',
  )) {
    const { activities } = await labelsOf(file.replace('.labels.json', ''));
    for (const { expect: e } of activities) if (e?.notice) labelled.add(e.notice.note);
  }
  const without = DETECTORS.map(({ id }) => id).filter((id) => !labelled.has(id) && !ELSEWHERE.includes(id));
  expect(without).toEqual([]);
});
