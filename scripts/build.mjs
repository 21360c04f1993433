import '../bin/require-node.js';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { node } from './commands.mjs';
import { root } from './checkout.mjs';
import { engineEntries } from './engine-entries.js';
import { buildState, isBuilt, recordBuild } from './freshness.mjs';

/** `npm run build`: the engine (src/processes → dist/), then the pages (Kit → build/). `--engine`: the engine alone; `--if-stale`: only what changed. */

async function buildEngine() {
  if (Object.keys(engineEntries(root)).length === 0) {
    mkdirSync(join(root, 'dist'), { recursive: true });
    console.log('engine: src/processes has no entry yet, nothing to build');
    return true;
  }
  const { build } = await import('rolldown');
  const { default: config } = await import('../rolldown.config.js');
  let output;
  try {
    ({ output } = await build(config));
  } catch (error) {
    console.error(error.message);
    return false;
  }
  removeAllBut(new Set(output.flatMap((file) => [file.fileName, `${file.fileName}.map`])));
  console.log(
    `engine: ${output.filter((file) => file.type === 'chunk' && file.isEntry).length} entries in dist/`,
  );
  return true;
}

/** Chunks of the build before go only now, so that dist/ is never without what a running process may still start. */
function removeAllBut(kept) {
  const dist = join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true })) {
    const path = name.replaceAll('\\', '/');
    if (/\.js(\.map)?$/.test(path) && !kept.has(path)) rmSync(join(dist, name), { force: true });
  }
}

const buildWeb = async () =>
  (await node('node_modules/vite/bin/vite.js', ['build', '--logLevel', 'warn'])) === 0;

const steps = { engine: buildEngine, web: buildWeb };

/** @param {'engine' | 'web'} name */
async function buildOne(name) {
  const state = buildState(name);
  recordBuild(name, undefined);
  const done = await steps[name]();
  if (done) recordBuild(name, state);
  return done;
}

const wanted = process.argv.includes('--engine') ? ['engine'] : ['engine', 'web'];
for (const name of wanted) {
  if (process.argv.includes('--if-stale') && isBuilt(name)) continue;
  if (!(await buildOne(name))) process.exit(1);
}
