import '../bin/require-node.js';
import { spawn } from 'node:child_process';
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

/** `coldwire serve` looks too; here it is said before a minute of installing and building. */
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

const options = readOptions();
yieldToRunning(options.data);
await checkPort(options);
await makeReady();

const { port, host, data } = options;
const server = spawn(
  process.execPath,
  [join(root, 'bin/coldwire.js'), 'serve', '--host', host, '--port', String(port), '--data', data],
  { cwd: root, env: { ...process.env, NODE_ENV: 'production' }, stdio: 'inherit' },
);
// A terminal's Ctrl-C reaches the server too; we only wait for it to close its cases.
process.on('SIGINT', () => process.stdin.isTTY || server.kill('SIGINT'));
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.on('exit', (code, signal) =>
  process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)),
);
