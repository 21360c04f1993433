/** The sample case: captures that come with Coldwire, ingested there and then. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { SampleCase } from '../model/api/cases.ts';
import type { CaseRegistry } from './case-registry.ts';
import { caseResource } from './case-resource.ts';
import type { Ingests } from './ingests.ts';
import { Refusal } from './refusal.ts';

const NAME = 'Sample';

const indexSchema = z.object({
  captures: z.array(
    z.object({ file: z.string(), title: z.string().optional(), sample_case: z.boolean().optional() }),
  ),
});

/** Paths of the captures of the sample case; `directory` is where index.json lies. */
async function samplePaths(directory: string): Promise<string[]> {
  const path = join(directory, 'index.json');
  if (!existsSync(path))
    throw new Refusal(
      'gone',
      'This installation has no sample captures (sample-pcaps/index.json is missing).',
    );
  const { captures } = indexSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  return captures
    .filter(({ sample_case: chosen }) => chosen === true)
    .map(({ file }) => join(directory, basename(file)));
}

export async function openSample(
  registry: CaseRegistry,
  ingests: Ingests,
  ownerId: string,
  directory: string,
): Promise<SampleCase> {
  const existing = registry.list(ownerId).find((manifest) => manifest.case.sample);
  if (existing) return { case: caseResource(existing), jobs: [] };
  const paths = await samplePaths(directory);
  const made = await registry.create({
    name: NAME,
    description:
      'Captures that come with Coldwire: an ordinary office hour, scans, and a network before and after a change.',
    ownerId,
    sample: true,
  });
  const jobs = ingests.enqueue(
    made.case.id,
    ownerId,
    paths.map((path) => [{ name: basename(path), path }]),
  );
  return { case: caseResource(registry.manifest(made.case.id)), jobs };
}
