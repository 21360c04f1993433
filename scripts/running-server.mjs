import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/**
 * The server that owns a data folder, if it still runs.
 * @param {string} data the folder @returns {{ pid: number, url: string } | undefined}
 */
export function runningServer(data) {
  let server;
  try {
    server = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'));
  } catch {
    return undefined;
  }
  return Number.isInteger(server?.pid) && isNodeProcess(server.pid)
    ? { pid: server.pid, url: String(server.url) }
    : undefined;
}

/** A process id may be in use again by something else: where the system tells, it must be Node. */
function isNodeProcess(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    return /node|coldwire/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return true;
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
