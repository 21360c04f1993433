/** Wireshark's programs, which the oracles ask. Where they are missing a test is left out with one line; in CI it fails. */

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

export type Tool = 'tshark' | 'capinfos' | 'editcap' | 'mergecap';

const isThere = (tool: Tool): boolean => spawnSync(tool, ['--version']).status === 0;

/** True where all of them are installed. Otherwise a test that fails in CI, and elsewhere one line. */
export function haveTools(...tools: readonly Tool[]): boolean {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length === 0) return true;
  if (process.env['CI'])
    it(`${missing.join(', ')} must be installed in CI`, () => expect(missing).toEqual([]));
  else console.log(`skipped: ${missing.join(', ')} not installed, so nothing to hold our answers against`);
  return false;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Runs a program with nobody's preferences but its own defaults. A status other than 0 is an answer, not an error. */
export function run(tool: Tool, args: readonly string[]): Promise<Ran> {
  const nobody = join(tmpdir(), 'coldwire-oracle-nobody');
  const env = { ...process.env, HOME: nobody, XDG_CONFIG_HOME: nobody, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  return new Promise((resolve, reject) => {
    execFile(tool, args, { env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number' && !error.signal) reject(error);
      else resolve({ stdout, stderr, status: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
    });
  });
}

/** A folder that goes when the callback is done. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldwire-oracle-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls `work` for each of `items`, two at a time, and answers in their order. */
export async function twoAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]);
  };
  await Promise.all([worker(), worker()]);
  return results;
}
