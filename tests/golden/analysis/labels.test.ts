/** Every attack that a label tells of is found by its detector with the right actors, and nothing above low that no label explains. */

import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DETECTORS } from '../../../src/lib/analysis/detect/registry.ts';
import { holdsItsLabels } from './held-to-labels.ts';
import { labelsOf, SAMPLES as samples } from './sealed-sample.ts';

/** Scans have a test of their own: techniques that look alike on the wire. Encapsulations carry the same traffic again. */
const captures = existsSync(samples)
  ? readdirSync(samples)
      .filter((file) => file.endsWith('.pcap') && !/^(scan|tunnel|link)-/u.test(file))
      .map((file) => file.replace('.pcap', ''))
  : [];

it.each(captures)('%s', (name) => holdsItsLabels(name));

/** Of these other tests tell: flag probes in scans.test.ts, what needs a baseline or countries in behaviours.test.ts. */
const ELSEWHERE = ['flag-probes', 'new-service', 'new-country', 'first-contacts'];

it('every other detector has a labelled capture', async () => {
  const labelled = new Set<string>();
  for (const file of readdirSync(samples).filter(
    (one) => one.endsWith('.labels.json') && one !== 'changes.labels.json',
  )) {
    const { activities, indicators } = await labelsOf(file.replace('.labels.json', ''));
    if (indicators && indicators.length > 0) labelled.add('reputation');
    for (const { expect: e } of activities) if (e?.notice) labelled.add(e.notice.note);
  }
  const without = DETECTORS.map(({ id }) => id).filter((id) => !labelled.has(id) && !ELSEWHERE.includes(id));
  expect(without).toEqual([]);
});
