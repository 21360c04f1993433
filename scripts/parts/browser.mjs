import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { node } from '../commands.mjs';
import { readJson, root } from '../checkout.mjs';
import { outcome } from '../outcome.mjs';
import { findChromium } from '../system-tools.mjs';

/** Browser tests (Playwright, tests/e2e) against the built server. */

const folder = 'tests/e2e';
const report = '.cache/playwright.json';

function countSpecs() {
  const path = join(root, folder);
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true }).filter((name) => /\.spec\.ts$/.test(name)).length;
}

/** Every test's title and how it ended, from Playwright's tree of suites. */
const endings = (suite) => [
  ...(suite.specs ?? []).flatMap((spec) =>
    spec.tests.map((test) => ({ title: spec.title, status: test.status })),
  ),
  ...(suite.suites ?? []).flatMap(endings),
];

export async function browser() {
  const specs = countSpecs();
  if (specs === 0) return outcome({ notes: [`no test in ${folder} yet`] });
  const chromium = await findChromium();
  if (chromium === undefined)
    return outcome({ skipped: specs, notes: [`${specs} files of browser tests skipped: no Chromium`] });

  rmSync(join(root, report), { force: true });
  const code = await node('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], {
    env: { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: join(root, report) },
  });
  const result = readJson(report);
  if (result === undefined)
    return outcome({ failed: 1, notes: [`playwright ended with ${code} and no report`] });
  const tests = endings(result);
  const titles = (status) => tests.filter((test) => test.status === status).map((test) => test.title);
  const failed = [...titles('unexpected'), ...titles('flaky')];
  const outside = code !== 0 && failed.length === 0 ? 1 : 0;
  return outcome({
    passed: titles('expected').length,
    failed: failed.length + outside,
    skipped: titles('skipped').length,
    notes: [
      ...failed.map((title) => `failed: ${title}`),
      ...(outside
        ? [`playwright ended with ${code} outside of a test: ${result.errors?.[0]?.message ?? ''}`]
        : []),
      ...titles('skipped').map((title) => `skipped: ${title}`),
    ],
  });
}
