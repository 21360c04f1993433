import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './checkout.mjs';

/** The server that browser tests talk to: what `npm start` starts, on an empty data folder that goes with it. */

const data = mkdtempSync(join(tmpdir(), 'coldwire-e2e-'));
const server = spawn(
  process.execPath,
  [join(root, 'scripts/start.mjs'), '--data', data, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => server.kill('SIGTERM'));
server.on('exit', (code) => {
  rmSync(data, { recursive: true, force: true });
  process.exit(code ?? 1);
});
