import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './checkout.mjs';
import { runningServer, whyNotListen } from './running-server.mjs';

let data;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'coldwire-start-'));
});
afterEach(() => rmSync(data, { recursive: true }));

/** `npm start` with these arguments, in cases that end before anything is installed, built or started. */
function start(args, env = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, PORT: '', COLDWIRE_DATA: data, ...env } };
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/start.mjs'), ...args], options);
  return { status, stderr: stderr.trim() };
}

/** A port that something listens on while `use` runs. */
function withPortInUse(use) {
  return new Promise((resolve, reject) => {
    const other = createServer().listen(0, '127.0.0.1', async () => {
      try {
        resolve(await use(other.address().port));
      } catch (error) {
        reject(error);
      } finally {
        other.close();
      }
    });
  });
}

describe('npm start says in one sentence', () => {
  it('that a port is in use, which, and what to do', async () => {
    const { port, result } = await withPortInUse((port) => ({
      port,
      result: start(['--port', String(port)]),
    }));
    expect(result.status).toBe(1);
    expect(result.stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use by another program: stop it, or choose another port with npm start -- --port ${port + 1}.`,
    );
  });

  it('that PORT is no port', () => {
    expect(start([], { PORT: '70000' })).toEqual({
      status: 2,
      stderr: '"70000" is not a port: choose a number from 1 to 65535.',
    });
  });

  it('which options there are', () => {
    const { status, stderr } = start(['--prot', '80']);
    expect(status).toBe(2);
    expect(stderr).toContain("'--prot'");
    expect(stderr).toContain('npm start takes --port, --host and --data.');
  });

  it('that an address is not this machine’s', () => {
    expect(start(['--host', '192.0.2.1']).stderr).toBe(
      '192.0.2.1 is not an address of this machine: choose another with npm start -- --host 127.0.0.1.',
    );
  });
});

describe('the server of a data folder', () => {
  const announce = (server) => writeFileSync(join(data, 'server.json'), JSON.stringify(server));
  const began = () => {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  };

  it('is none where nothing was announced, or half of it', () => {
    expect(runningServer(data)).toBeUndefined();
    writeFileSync(join(data, 'server.json'), '{"pid": 1');
    expect(runningServer(data)).toBeUndefined();
  });

  it('is the live process that announced itself', () => {
    announce({ pid: process.pid, url: 'http://127.0.0.1:4400' });
    expect(runningServer(data)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:4400' });
  });

  it('is none where the process ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    announce({ pid, url: 'http://127.0.0.1:4400' });
    expect(runningServer(data)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('is none where another process has its number now', () => {
    announce({ pid: process.pid, began: began(), url: 'x' });
    expect(runningServer(data)).toBeDefined();
    announce({ pid: process.pid, began: '1', url: 'x' });
    expect(runningServer(data)).toBeUndefined();
  });
});

it('a port in use is told from a free one', async () => {
  const port = await withPortInUse(async (port) => {
    expect(await whyNotListen(port, '127.0.0.1')).toBe('EADDRINUSE');
    return port;
  });
  expect(await whyNotListen(port, '127.0.0.1')).toBeUndefined();
});
