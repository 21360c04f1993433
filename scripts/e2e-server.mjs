import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './checkout.mjs';

/** The server that browser tests talk to: what `npm start` starts, on an empty data folder that goes with it. */

// Tests stand in for the DNS server that it asks: on the port after its own.
const [, port = '4499'] = /--port[= ](\d+)/.exec(process.argv.join(' ')) ?? [];
const data = mkdtempSync(join(tmpdir(), 'coldwire-e2e-'));
const server = spawn(
  process.execPath,
  [join(root, 'scripts/start.mjs'), '--data', data, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, COLDWIRE_DNS: `127.0.0.1:${Number(port) + 1}` },
  },
);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => server.kill('SIGTERM'));
server.on('exit', (code) => {
  rmSync(data, { recursive: true, force: true });
  process.exit(code ?? 1);
});
