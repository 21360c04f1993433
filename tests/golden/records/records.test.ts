import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenOf } from './golden-file.ts';

const samples = join(import.meta.dirname, '../../../sample-pcaps');
const IS_GOLDEN = /^(link|tunnel|scan)-.*\.pcap$|^signature-demo\.pcap$/;
const captures = readdirSync(samples).filter((name) => IS_GOLDEN.test(name));
const expected = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.tsv'));
const goldenName = (capture: string): string => capture.replace(/\.pcap$/, '.tsv');

/** UPDATE_GOLDEN=1 rewrites the expectations; what changed is then to be read in the diff. Never in CI. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1' && !process.env['CI'];

describe('connections, ARP, tunnels and anomalies of the sample captures are those expected, to the last field', () => {
  it.each(captures)('%s', async (capture) => {
    const path = join(import.meta.dirname, goldenName(capture));
    const golden = await goldenOf(join(samples, capture));
    if (isUpdate) await writeFile(path, golden);
    expect(existsSync(path), `${capture} has no expectation: make it with UPDATE_GOLDEN=1, and read it`).toBe(
      true,
    );
    expect(golden).toBe(await readFile(path, 'utf8'));
  });

  it('has no expectation without its capture', () => {
    expect(expected.filter((name) => !captures.map(goldenName).includes(name))).toEqual([]);
  });
});
