/** The built command and the built server, as a user has them, on a data directory of the test's own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const SAMPLES = join(ROOT, 'sample-pcaps');
const COMMAND = join(ROOT, 'bin/coldwire.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `coldwire ARGS…`, to its end. */
export async function coldwire(...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface RunningServer {
  readonly url: string;
  readonly api: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** Ends it as a user would; answers its exit code. */
  stop(): Promise<number | null>;
}

export function temporaryData(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'coldwire-api-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function startServer(data: string, ...args: string[]): Promise<RunningServer> {
  if (!existsSync(join(ROOT, 'build/handler.js')) || !existsSync(join(ROOT, 'dist/cli.js')))
    throw new Error('These tests start the built server: run npm run build first.');
  const child = spawn(
    process.execPath,
    [COMMAND, 'serve', '--port', '0', '--json', '--data', data, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ORIGIN: undefined } },
  );
  let stderr = '';
  child.stderr.on('data', (data_: Buffer) => (stderr += data_.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString()));
    child.once('close', (code) => reject(new Error(`The server ended at once (${code}): ${stderr}`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    api: `${url}/api/v1`,
    data,
    process: child,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'close')) as [number | null];
      return code;
    },
  };
}

/** JSON of a request that must succeed. */
export async function ask<T>(
  server: RunningServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${server.api}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** All events of a text/event-stream, to its end. */
export async function eventsOf(
  server: RunningServer,
  path: string,
): Promise<{ event: string; data: Record<string, unknown> }[]> {
  const text = await (await fetch(`${server.api}${path}`)).text();
  return [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => ({
    event,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}
