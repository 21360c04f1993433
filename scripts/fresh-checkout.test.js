import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from './checkout.mjs';

/** `npm start` of a checkout that was made for the test: what it does when something is missing, stale or already runs. */

let checkout;
let data;

const write = (path, text) => {
  mkdirSync(join(checkout, path, '..'), { recursive: true });
  writeFileSync(join(checkout, path), text);
};

const json = (path, value) => write(path, JSON.stringify(value));

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'coldwire-checkout-'));
  data = join(checkout, 'data');
  mkdirSync(join(checkout, 'scripts'));
  for (const name of readdirSync(join(root, 'scripts')))
    if (name.endsWith('.mjs')) cpSync(join(root, 'scripts', name), join(checkout, 'scripts', name));
  cpSync(join(root, 'bin/require-node.js'), join(checkout, 'bin/require-node.js'));
  write('src/lib/a.ts', 'export const a = 1;\n');
  // One package, needed for building alone, that lies beside it: no registry is asked.
  json('tool/package.json', { name: 'tool', version: '1.0.0' });
  json('package.json', { name: 'made', type: 'module', devDependencies: { tool: 'file:tool' } });
  json('package-lock.json', {
    name: 'made',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'made', devDependencies: { tool: 'file:tool' } },
      'node_modules/tool': { resolved: 'tool', link: true },
      tool: { version: '1.0.0', dev: true },
    },
  });
  write('scripts/build.mjs', 'process.exit(1);\n');
});
afterEach(() => rmSync(checkout, { recursive: true }));

/** On a free port, with npm kept from the network. */
function start(env = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(checkout, 'scripts/start.mjs'), '--port', '47113', '--data', data],
    {
      encoding: 'utf8',
      cwd: checkout,
      env: { ...process.env, npm_config_offline: 'true', npm_config_loglevel: 'error', ...env },
    },
  );
  return { status, stdout: stdout.trim(), stderr: stderr.trim().split('\n').at(-1) };
}

/** All is there as `npm ci` and the build leave it. */
async function makeFresh() {
  const { buildState, isInstalled, recordBuild } = await import(
    pathToFileURL(join(checkout, 'scripts/freshness.mjs')).href
  );
  json('node_modules/.package-lock.json', { packages: { 'node_modules/tool': {}, tool: {} } });
  expect(isInstalled()).toBe(true);
  write('dist/cli.js', '');
  write('build/handler.js', '');
  for (const build of ['engine', 'web']) recordBuild(build, buildState(build));
}

const announceUs = () => json('data/server.json', { pid: process.pid, url: 'http://127.0.0.1:4400' });

it('installs what the build needs, also where NODE_ENV is production', () => {
  expect(start({ NODE_ENV: 'production' })).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Building'),
    stderr: 'The build failed: its message above says why. Nothing was started.',
  });
  expect(existsSync(join(checkout, 'node_modules/tool/package.json'))).toBe(true);
});

it('gives the address of a server that runs from what is there', async () => {
  await makeFresh();
  announceUs();
  expect(start()).toMatchObject({
    status: 0,
    stdout: `Coldwire already runs: http://127.0.0.1:4400 (process ${process.pid}).`,
  });
});

it('replaces nothing under a server that runs from older sources', async () => {
  await makeFresh();
  announceUs();
  write('src/lib/a.ts', 'export const a = 2;\n');
  expect(start()).toEqual({
    status: 1,
    stdout: '',
    stderr: `Coldwire runs as process ${process.pid} (http://127.0.0.1:4400) and its files have changed: stop it, then run npm start again; nothing is replaced under a running server.`,
  });
  expect(existsSync(join(checkout, 'node_modules/tool'))).toBe(false);
});
