/**
 * All behaviour detectors one by one over a sealed input, with the time and memory that they take. No limit is asserted here.
 *
 *   COLDWIRE_RECORDS=data/cases/…/inputs/…/records.duckdb npx vitest run tests/bench/detectors.test.ts --disable-console-intercept
 *
 * A capture of a million connections comes from `npm run bench:queries`. Without COLDWIRE_RECORDS it is a sample capture, and only
 * that every detector can read records as they are sealed is tested.
 */

import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { DETECTORS } from '../../src/lib/analysis/detect/registry.ts';
import { runDetectors } from '../../src/lib/analysis/detect/run.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { sealedSamples } from '../golden/analysis/sealed-sample.ts';

const path = process.env['COLDWIRE_RECORDS'];

it('every detector runs over sealed records', { timeout: 600_000 }, async () => {
  const { reader, close } =
    path === undefined
      ? await sealedSamples(['signature-demo'])
      : await openCaseReader([{ id: 'bench', path }], { connections: 1 }).then((opened) => ({
          reader: opened,
          close: () => opened.close(),
        }));
  const lines: string[] = [];
  const [before, began] = [process.cpuUsage(), performance.now()];
  for (const { id } of DETECTORS) {
    const [cpu, from] = [process.cpuUsage(), performance.now()];
    const { findings, refused } = await runDetectors(
      (sql, params) => reader.rows(sql, params, { maxRows: 1e9 }),
      { ids: [id] },
    );
    expect(refused).toEqual([]);
    const { user, system } = process.cpuUsage(cpu);
    lines.push(
      `${id.padEnd(24)} ${seconds(performance.now() - from)}, cpu ${seconds((user + system) / 1e3)}, ${findings.length} findings`,
    );
  }
  close();
  if (path === undefined) return;
  const { user, system } = process.cpuUsage(before);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  lines.push(
    `all on ${availableParallelism()} cores: ${seconds(performance.now() - began)}, cpu ${seconds((user + system) / 1e3)}, largest resident ${peak} MiB`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
});

const seconds = (ms: number): string => `${(ms / 1e3).toFixed(2)} s`;
