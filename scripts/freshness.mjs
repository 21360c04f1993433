import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './commands.mjs';
import { readJson, root, writeJson } from './checkout.mjs';

/**
 * Whether what is installed and built is what the sources ask for. Stamps: the lockfile's hash, Node's major version
 * and the sources' hash. An install's stamp lies in node_modules, so that it goes when that goes.
 */
const installStamp = 'node_modules/.cache/coldwire/install.json';
const buildStamp = '.cache/build.json';

const nodeMajor = Number(process.versions.node.split('.')[0]);

/** Paths (files or folders) that each build is made from. */
const sources = {
  engine: [
    'src/lib',
    'src/processes',
    'package.json',
    'rolldown.config.js',
    'tsconfig.base.json',
    'tsconfig.node.json',
    'scripts/build.mjs',
    'scripts/engine-entries.js',
  ],
  web: [
    'src',
    'static',
    'package.json',
    'svelte.config.js',
    'vite.config.ts',
    'scripts/build.mjs',
    'scripts/kit-adapter.js',
  ],
};

/** What must be there for each build to count as done. */
const outputs = { engine: 'dist', web: 'build/handler.js' };

/** @typedef {keyof typeof sources} Build */

function hashFile(hash, path) {
  hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
}

function hashTree(hash, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isFile()) return hashFile(hash, path);
  for (const name of readdirSync(join(root, path)).sort()) {
    if (!/\.test\.ts$/.test(name)) hashTree(hash, `${path}/${name}`);
  }
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hashTree(hash, path);
  return hash.digest('hex');
}

const lockHash = () => hashOf(['package-lock.json']);

/** @param {Build} build */
export const buildState = (build) => ({ lock: lockHash(), nodeMajor, sources: hashOf(sources[build]) });

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {Build} build */
export function isBuilt(build) {
  return existsSync(join(root, outputs[build])) && same(readJson(buildStamp)?.[build], buildState(build));
}

/** @param {Build} build @param {ReturnType<typeof buildState> | undefined} state taken before the build began; undefined: not built */
export function recordBuild(build, state) {
  writeJson(buildStamp, { ...readJson(buildStamp), [build]: state });
}

/** Whether npm itself says that every package of the lockfile is there: an `npm ci` by hand needs no second one. */
function isInstalledByHand() {
  const wanted = readJson('package-lock.json')?.packages;
  const found = readJson('node_modules/.package-lock.json')?.packages;
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional ||
      entry.peer ||
      entry.devOptional ||
      found[path]?.integrity === entry.integrity,
  );
}

const installState = () => ({ lock: lockHash(), nodeMajor });

export function isInstalled() {
  if (!existsSync(join(root, 'node_modules'))) return false;
  const stamp = readJson(installStamp);
  if (stamp !== undefined) return same(stamp, installState());
  if (!isInstalledByHand()) return false;
  writeJson(installStamp, installState());
  return true;
}

/** Installs exactly the lockfile, development packages too: the build needs them even where NODE_ENV is production. @returns {Promise<boolean>} */
export async function install() {
  const code = await npm(['ci', '--include=dev', '--no-audit', '--no-fund']);
  if (code === 0) writeJson(installStamp, installState());
  return code === 0;
}
