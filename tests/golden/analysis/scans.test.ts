import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { holdsItsScans } from './held-to-labels.ts';
import { labelsOf, SAMPLES as samples, sealedSamples } from './sealed-sample.ts';

const scans = existsSync(samples)
  ? readdirSync(samples)
      .filter((file) => /^scan-.*\.pcap$/u.test(file))
      .map((file) => file.replace('.pcap', ''))
  : [];

/** Needs the FTP parser: PORT commands tell who asked for the connections. */
const NOT_YET: ReadonlySet<string> = new Set(['scan-ftp-bounce']);

it.each(scans.filter((name) => !NOT_YET.has(name)))(
  '%s: the scanner, its technique and its targets, and nothing else',
  (name) => holdsItsScans(name),
);

it.each([
  ['scan-tcp-xmas', 'xmas'],
  ['scan-tcp-null', 'null'],
  ['scan-tcp-fin', 'fin'],
  ['scan-tcp-maimon', 'maimon'],
])('%s: flag probes %s', async (name, sub) => {
  const { activities } = await labelsOf(name);
  const { reader, close } = await sealedSamples([name]);
  const { findings } = await runDetectors((sql, params) => reader.rows(sql, params), {
    ids: ['flag-probes'],
  });
  close();
  expect(findings.map((f) => [f.sub, f.src[0]])).toEqual([
    [sub, activities.find((a) => a.malicious)?.expect?.notice?.src],
  ]);
});

it.each(['office-hour', 'before', 'after', 'signature-demo'])('%s: no scan, no flag probes', async (name) => {
  const { reader, close } = await sealedSamples([name]);
  const { findings, ran } = await runDetectors((sql, params) => reader.rows(sql, params), {
    ids: ['scan', 'flag-probes'],
  });
  close();
  expect(ran.map(({ id }) => id)).toEqual(['scan', 'flag-probes']);
  expect(findings).toEqual([]);
});
