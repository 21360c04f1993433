import { node } from '../commands.mjs';
import { check, sum } from '../outcome.mjs';

/** Checks that a program makes on the sources: each is one test. */

const bin = {
  eslint: 'node_modules/eslint/bin/eslint.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  kit: 'node_modules/@sveltejs/kit/svelte-kit.js',
  tsc: 'node_modules/typescript/bin/tsc',
  svelteCheck: 'node_modules/svelte-check/bin/svelte-check',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
};

const checked = async (name, script, args) => check(name, await node(script, args, { quiet: true }));

export async function lint() {
  return sum([
    await checked('eslint', bin.eslint, ['.', '--max-warnings', '0']),
    await checked('prettier', bin.prettier, ['--check', '.']),
  ]);
}

export async function types() {
  await node(bin.kit, ['sync'], { quiet: true });
  return sum([
    await checked('tsc', bin.tsc, ['-p', 'tsconfig.node.json']),
    await checked('svelte-check', bin.svelteCheck, ['--tsconfig', './tsconfig.json', '--fail-on-warnings']),
  ]);
}

export const layers = () =>
  checked('layer rules', bin.depcruise, ['--config', '.dependency-cruiser.cjs', 'src']);

export const notices = () => checked('third-party notices', 'scripts/notices.mjs', ['--check']);

export async function build() {
  return check('build', await node('scripts/build.mjs', ['--if-stale']));
}
