import '../bin/require-node.js';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { node } from './commands.mjs';
import { install, isBuilt, isInstalled } from './freshness.mjs';
import { runningServer, whyNotListen } from './running-server.mjs';

/** `npm start`: installs and builds what is stale, then starts the server. Plain Node: it runs before anything is installed. */

const help = `npm start -- [--port 4400] [--host 127.0.0.1] [--data ./data]

  --port   where to listen (or PORT)
  --host   127.0.0.1 unless told otherwise: there is no login, so another address lets everyone who reaches it in
  --data   the folder of captures and cases (or COLDWIRE_DATA)
`;

function fail(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}

function readOptions() {
  // HOST is not read: shells and containers set it to the machine's name, and that would open the server to the network.
  const defaults = {
    port: process.env['PORT'] || '4400',
    host: '127.0.0.1',
    data: process.env['COLDWIRE_DATA'] || 'data',
  };
  let values;
  try {
    const string = /** @type {const} */ ({ type: 'string' });
    ({ values } = parseArgs({
      options: { port: string, host: string, data: string, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    fail(`${error.message.split('. ')[0]}. npm start takes --port, --host and --data.`, 2);
  }
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const port = Number(values.port ?? defaults.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    fail(`"${values.port ?? defaults.port}" is not a port: choose a number from 1 to 65535.`, 2);
  }
  return { port, host: values.host ?? defaults.host, data: resolve(root, values.data ?? defaults.data) };
}

const isFresh = () => isInstalled() && isBuilt('engine') && isBuilt('web');

/** Ends here where a server already owns the data: two cannot, and what it runs from must not be replaced under it. */
function yieldToRunning(data) {
  const running = runningServer(data);
  if (running === undefined) return;
  if (!isFresh()) {
    fail(
      `Coldwire runs as process ${running.pid} (${running.url}) and its files have changed: stop it, then run npm start again; nothing is replaced under a running server.`,
    );
  }
  console.log(`Coldwire already runs: ${running.url} (process ${running.pid}).`);
  process.exit(0);
}

async function makeReady() {
  if (!isInstalled()) {
    console.log('Installing packages …');
    if (!(await install())) fail('npm ci failed: its message above says why. Nothing was started.');
  }
  if (!isFresh()) {
    console.log('Building …');
    if ((await node('scripts/build.mjs', ['--if-stale'])) !== 0) {
      fail('The build failed: its message above says why. Nothing was started.');
    }
  }
}

async function checkPort({ port, host }) {
  const why = await whyNotListen(port, host);
  if (why === undefined) return;
  const reasons = {
    EADDRINUSE: `Port ${port} on ${host} is in use by another program: stop it, or choose another port with npm start -- --port ${port < 65535 ? port + 1 : 4400}.`,
    EACCES: `Port ${port} needs more rights than this user has: choose one above 1023 with npm start -- --port 4400.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: choose another with npm start -- --host 127.0.0.1.`,
  };
  fail(
    reasons[why] ??
      `Cannot listen on ${host}, port ${port} (${why}): choose others with npm start -- --host 127.0.0.1 --port 4400.`,
  );
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** The address that a browser can open: for "every address", this machine's first outer one. */
function openAddress({ port, host }) {
  const everywhere = host === '0.0.0.0' || host === '::';
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === 'IPv4');
  const name = everywhere ? (outer?.address ?? '127.0.0.1') : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function startServer({ port, host, data }) {
  const args = existsSync(join(root, 'src/processes/cli/serve.ts'))
    ? ['bin/coldwire.js', 'serve', '--host', host, '--port', String(port), '--data', data]
    : ['build/index.js'];
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    HOST: host,
    PORT: String(port),
    // adapter-node takes every request for https unless told its origin.
    ORIGIN: process.env['ORIGIN'] ?? openAddress({ port, host }),
    // Uploads are streamed and capped by us; adapter-node's 512 KB would refuse every capture.
    BODY_SIZE_LIMIT: 'Infinity',
    COLDWIRE_DATA: data,
  };
  return spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
}

function accepts({ port, host }) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host });
    socket.once('connect', () => resolve(socket.end() && true));
    socket.once('error', () => resolve(false));
  });
}

async function announceWhenUp(options, child) {
  while (child.exitCode === null && !(await accepts(options)))
    await new Promise((next) => setTimeout(next, 50));
  if (child.exitCode !== null) return;
  console.log(`\n  Coldwire: ${openAddress(options)}\n`);
  if (!loopback.has(options.host)) {
    console.log(
      `  ${options.host} is not loopback: there is no login, everyone who reaches this address sees every case.\n`,
    );
  }
}

const options = readOptions();
yieldToRunning(options.data);
await checkPort(options);
await makeReady();
const server = startServer(options);
// A terminal's Ctrl-C reaches the server too; we only wait for it to close its cases.
process.on('SIGINT', () => process.stdin.isTTY || server.kill('SIGINT'));
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.on('exit', (code, signal) =>
  process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)),
);
await announceWhenUp(options, server);
