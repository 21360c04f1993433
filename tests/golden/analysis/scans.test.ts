import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { labelsOf, sealedSamples } from './sealed-sample.ts';

const samples = fileURLToPath(new URL('../../../sample-pcaps/', import.meta.url));
const scans = existsSync(samples)
  ? readdirSync(samples)
      .filter((file) => /^scan-.*\.pcap$/u.test(file))
      .map((file) => file.replace('.pcap', ''))
  : [];

/** Sent alike: what a Window scan looks at is in the answers' meaning, not in what it sends. */
const SAME_ON_THE_WIRE: Readonly<Record<string, string>> = { 'tcp-window': 'tcp-ack' };

/** Needs the FTP parser: PORT commands tell who asked for the connections. */
const NOT_YET: ReadonlySet<string> = new Set(['scan-ftp-bounce']);

it.each(scans.filter((name) => !NOT_YET.has(name)))(
  '%s: the scanner, its technique and its targets, and nothing else',
  async (name) => {
    const { activities } = await labelsOf(name);
    const expected = activities.flatMap(({ expect: e }) => (e?.notice?.note === 'scan' ? [e.notice] : []));
    expect(expected.length).toBeGreaterThan(0);
    const { reader, close } = await sealedSamples([name]);
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
  },
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
