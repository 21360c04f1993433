import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/**
 * The server that owns a data folder, if it still runs. The engine knows this too (src/lib/server/data-dir.ts), but
 * `npm start` has to know it before anything is built.
 * @param {string} data the folder @returns {{ pid: number, url: string } | undefined}
 */
export function runningServer(data) {
  try {
    const { pid, began, url } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 && isAlive(pid, began) ? { pid, url: String(url) } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid @param {string | undefined} began when it began, since a pid may be in use again by something else */
function isAlive(pid, began) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const now = processBegan(pid);
  return began === undefined || now === undefined || now === began;
}

/** Field 22 of /proc/PID/stat, ticks since boot; undefined where the system has no /proc. */
function processBegan(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** @param {number} port @param {string} host @returns {Promise<string | undefined>} why nobody can listen there: an error code such as EADDRINUSE */
export function whyNotListen(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(error.code));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}
