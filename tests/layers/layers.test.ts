import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixture = fileURLToPath(new URL('fixture', import.meta.url));

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** What dependency-cruiser finds in the fixture, a tree that breaks each rule: "rule: file" (or "rule: folder"). */
function violations(): string[] {
  const result = spawnSync(
    process.execPath,
    [
      `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`,
      '--config',
      `${root}.dependency-cruiser.cjs`,
      '--output-type',
      'json',
      'src',
    ],
    { cwd: fixture, encoding: 'utf8' },
  );
  const { summary } = JSON.parse(result.stdout) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort();
}

it('breaks a rule where, and only where, the fixture breaks it', () => {
  expect(violations()).toMatchSnapshot();
});
