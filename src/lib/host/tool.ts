/** Programs of this machine that are run: by a list of arguments, never by a shell; for a limited time, with a limited output. */

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of this machine that its pages are about. */
export const TOOLS = ['ss', 'ip', 'tcpdump', 'dumpcap', 'nmap', 'ping'] as const;
/** Every program that Coldwire ever starts on the machine's behalf: the last three tell the sockets where there is no ss. */
export type ToolName = (typeof TOOLS)[number] | 'lsof' | 'netstat' | 'tasklist';

/** What to install where a tool is missing, on Debian and its kin; other systems name the packages alike. */
export const TOOL_PACKAGES: Readonly<Record<ToolName, string>> = {
  ss: 'iproute2',
  ip: 'iproute2',
  tcpdump: 'tcpdump',
  dumpcap: 'wireshark-common',
  nmap: 'nmap',
  ping: 'iputils-ping',
  lsof: 'lsof',
  netstat: 'net-tools',
  tasklist: 'Windows',
};

/** Folders of system programs, which are often not on a user's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/bin'];

/** Path of a tool; undefined where it is not installed. */
export function locate(tool: ToolName): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, process.platform === 'win32' ? `${tool}.exe` : tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A tool that is not there or did not do what it was asked: one sentence for the user. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}

export const missing = (tool: ToolName): ToolProblem =>
  new ToolProblem(
    `${tool} is not installed on this machine: install the package ${TOOL_PACKAGES[tool]}, then try again.`,
  );

export interface ToolRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly timeoutMs?: number;
  /** Output past this ends the program. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What tools see of the environment: none of the server's settings, and the C locale, in which their output is parsed. */
export const toolEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  LANG: 'C',
});

/**
 * Runs a tool to its end. Rejects with ToolProblem where it is missing, takes too long or says too much; a status other than 0 is
 * an answer.
 */
export function runTool(
  tool: ToolName,
  args: readonly string[],
  { timeoutMs = 10_000, maxBytes = 64 * 1024 * 1024, signal }: ToolOptions = {},
): Promise<ToolRun> {
  const path = locate(tool);
  if (path === undefined) return Promise.reject(missing(tool));
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    let problem: Error | undefined;
    const end = (why: Error): void => {
      problem ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => end(new ToolProblem(`${tool} did not answer within ${timeoutMs / 1000} s and was ended.`)),
      timeoutMs,
    );
    const onAbort = (): void => end(new DOMException('The request was cancelled.', 'AbortError'));
    signal?.addEventListener('abort', onAbort, { once: true });
    const take = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) end(new ToolProblem(`${tool} said more than ${maxBytes} bytes and was ended.`));
      else into.push(chunk);
    };
    child.stdout.on('data', take(out));
    child.stderr.on('data', take(err));
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error) => {
      done();
      reject(new ToolProblem(`${tool} could not be started: ${error.message}.`));
    });
    child.on('close', (status) => {
      done();
      if (problem) reject(problem);
      else
        resolve({
          status,
          stdout: Buffer.concat(out).toString('utf8'),
          stderr: Buffer.concat(err).toString('utf8'),
        });
    });
  });
}
