import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { node } from '../commands.mjs';
import { readJson, root } from '../checkout.mjs';
import { outcome, sum } from '../outcome.mjs';

/** Unit, golden and oracle tests (Vitest), and the coverage of src/lib without ui. */

const report = '.cache/vitest.json';
const coverageReport = 'coverage/coverage-summary.json';
const linesWanted = 85;

export async function unit() {
  for (const path of [report, coverageReport]) rmSync(join(root, path), { force: true });
  const code = await node('node_modules/vitest/vitest.mjs', [
    'run',
    '--coverage',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  return sum([counted(code), coverage()]);
}

function counted(code) {
  const result = readJson(report);
  if (result === undefined) return outcome({ failed: 1, notes: [`vitest ended with ${code} and no report`] });
  const tests = result.testResults.flatMap((file) => file.assertionResults);
  const names = (states) => tests.filter((test) => states.includes(test.status)).map((test) => test.fullName);
  const failed = names(['failed']);
  const skipped = names(['skipped', 'pending', 'todo', 'disabled']);
  // A file that cannot be loaded, or an error after the last test, fails no test of its own.
  const outside = code !== 0 && failed.length === 0 ? 1 : 0;
  return outcome({
    passed: names(['passed']).length,
    failed: failed.length + outside,
    skipped: skipped.length,
    notes: [
      ...failed.map((name) => `failed: ${name}`),
      ...(outside ? [`vitest ended with ${code} outside of a test`] : []),
      ...skipped.map((name) => `skipped: ${name}`),
    ],
  });
}

function coverage() {
  const lines = readJson(coverageReport)?.total.lines;
  if (lines === undefined) return outcome({ failed: 1, notes: ['coverage was not measured'] });
  const said = `coverage of src/lib without ui: ${lines.pct} % of lines, ${linesWanted} % wanted`;
  return lines.pct >= linesWanted
    ? outcome({ passed: 1, notes: [said] })
    : outcome({ failed: 1, notes: [said] });
}
