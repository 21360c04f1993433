import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, npm } from './commands.mjs';
import { readJson, root } from './checkout.mjs';

/** Packs, installs the tarball into an empty folder and runs what it brought: the test that a stranger's install works. */

const wantedFiles = ['bin/coldwire.js', 'build/handler.js', 'LICENSE', 'THIRD_PARTY_NOTICES', 'README.md'];
const unwantedFile = /(^|\/)(src|tests|scripts|node_modules|data)\/|\.test\./;
const serverStart = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'coldwire-pack-'));
const installed = join(folder, 'node_modules/coldwire');
const command = join(installed, 'bin/coldwire.js');

function assert(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

function checkContents([{ files, size, unpackedSize }]) {
  const paths = files.map((file) => file.path);
  for (const path of wantedFiles) assert(paths.includes(path), `the tarball lacks ${path}`);
  const stray = paths.find(
    (path) => unwantedFile.test(path) && !path.startsWith('build/') && !path.startsWith('docs/'),
  );
  assert(stray === undefined, `the tarball holds ${stray}`);
  console.log(
    `tarball: ${paths.length} files, ${(size / 1e6).toFixed(1)} MB, ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`,
  );
}

async function install() {
  writeFileSync(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true }\n');
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  const args = [
    'install',
    '--omit=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    join(folder, tarball),
  ];
  assert((await npm(args, { cwd: folder, quiet: true })) === 0, 'the tarball does not install');
}

function checkCommand() {
  if (!existsSync(join(installed, 'dist/cli.js')))
    return console.log('no command in dist/ yet: nothing to run');
  const { version } = readJson('package.json');
  assert(
    capture(process.execPath, [command, '--version'])?.trim() === version,
    `coldwire --version is not ${version}`,
  );
  if (!existsSync(join(root, 'src/processes/cli/read.ts'))) return;
  const captures = join(installed, 'sample-pcaps');
  const sample =
    existsSync(captures) &&
    readdirSync(captures, { recursive: true }).find((name) => /\.pcap(ng)?$/.test(name));
  if (!sample) return console.log('no sample capture yet: nothing to read');
  const out = join(folder, 'read');
  assert(
    capture(process.execPath, [command, 'read', join(captures, sample), '--out', out]) !== undefined,
    `coldwire read fails on ${sample}`,
  );
  assert(existsSync(join(out, 'conn.ndjson')), `coldwire read wrote no conn.ndjson of ${sample}`);
  console.log(`coldwire ${version} read ${sample}`);
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function checkServer() {
  if (!existsSync(join(root, 'src/processes/cli/serve.ts')))
    return console.log('no serve command yet: not started');
  const port = await freePort();
  const args = [command, 'serve', '--port', String(port), '--data', join(folder, 'data')];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const response = await answer(`http://127.0.0.1:${port}/`, server);
    assert(response?.status === 200, `the installed server answers ${response?.status ?? 'nothing'}`);
    console.log('the installed server shows its first page');
  } finally {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill('SIGTERM')) await gone;
  }
}

/** The first answer that is not "I am starting" (503), or the last one where it never comes. */
async function answer(url, server) {
  const deadline = Date.now() + serverStart;
  let response;
  while (server.exitCode === null && Date.now() < deadline) {
    response = await fetch(url).catch(() => undefined);
    if (response !== undefined && response.status !== 503) return response;
    await new Promise((next) => setTimeout(next, 100));
  }
  return response;
}

try {
  const packed = capture('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  assert(packed !== undefined, 'npm pack fails');
  checkContents(Object.values(JSON.parse(packed)));
  await install();
  checkCommand();
  await checkServer();
} catch (error) {
  console.error(`npm pack: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
