/** One capture under way: the tool's process, its limits, its counts. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { locate, missing, type ToolName, toolEnvironment } from '../tool.ts';
import {
  captureArguments,
  captureProblem,
  type CaptureOrder,
  countsIn,
  type ToolCounts,
} from './tool-command.ts';

export interface CaptureLimits {
  readonly seconds: number | null;
  readonly bytes: number | null;
}

/** Ten times a second: what a limit can be overrun by is what comes in that time. */
const WATCH_MS = 100;
/** tcpdump tells its counts when asked by this signal; so often it is asked. */
const COUNT_MS = 1_000;
/**
 * The kernel hands packets over in blocks, the last one up to a second late (TPACKET_V3, libpcap's time-out of 1 s); a tool that is
 * told to end leaves what is in it. So long it goes on, so that nothing that came before the stop is missing.
 */
const SETTLE_MS = 1_200;
/** A tool that does not end when told to has this long. */
const PATIENCE_MS = 3_000;
const STDERR_KEPT = 16_384;

export const captureTool = (): ToolName | undefined =>
  (['tcpdump', 'dumpcap'] as const).find((tool) => locate(tool) !== undefined);

export interface CaptureEnd {
  /** One sentence: what ended it. */
  readonly why: string;
  readonly failed: boolean;
}

export class RunningCapture {
  readonly tool: ToolName;
  readonly command: readonly string[];
  /** Resolves when the tool has ended, however it did. */
  readonly ended: Promise<CaptureEnd>;
  readonly #child: ChildProcess;
  readonly #path: string;
  readonly #ring: boolean;
  #stderr = '';
  #why: string | undefined;

  /** `path` is the file that is written, or with a ring what its files' names begin with. Throws ToolProblem. */
  constructor(order: CaptureOrder, limits: CaptureLimits, path: string, tool = captureTool()) {
    const program = tool && locate(tool);
    if (tool === undefined || program === undefined) throw missing('tcpdump');
    this.tool = tool;
    this.#path = path;
    this.#ring = order.ring !== null;
    const args = captureArguments(tool, order, path);
    this.command = [program, ...args];
    // The tool writes to a file that we opened: it needs no rights of its own there, and no byte passes through us.
    const fd = this.#ring ? undefined : openSync(path, 'wx', 0o600);
    try {
      this.#child = spawn(program, args, {
        stdio: ['ignore', fd ?? 'ignore', 'pipe'],
        env: toolEnvironment(),
      });
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-STDERR_KEPT);
    });
    const timers = [
      setInterval(() => this.#watch(limits, order), WATCH_MS),
      ...(tool === 'tcpdump' ? [setInterval(() => this.#child.kill('SIGUSR1'), COUNT_MS)] : []),
      ...(limits.seconds === null
        ? []
        : [
            setTimeout(
              () => this.stop(`The limit of ${limits.seconds} s was reached.`),
              limits.seconds * 1000,
            ),
          ]),
    ];
    this.ended = new Promise((resolve) => {
      const end = (result: CaptureEnd): void => {
        for (const timer of timers) clearTimeout(timer);
        resolve(result);
      };
      this.#child.once('error', (error) =>
        end({ why: `${tool} could not be started: ${error.message}.`, failed: true }),
      );
      this.#child.once('close', (status, signal) => end(this.#ending(order, status, signal)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get counts(): ToolCounts {
    return countsIn(this.#stderr);
  }

  /** Files written so far, the oldest first. */
  get files(): string[] {
    if (!this.#ring) return [this.#path];
    const folder = dirname(this.#path);
    return readdirSync(folder)
      .filter((name) => name.startsWith(basename(this.#path).replace(/\.pcap$/, '')))
      .map((name) => join(folder, name))
      .map((path) => ({ path, at: statSync(path).mtimeMs }))
      .sort((a, b) => a.at - b.at)
      .map(({ path }) => path);
  }

  get bytes(): number {
    return this.files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  /** Asks the tool to end once it has what came until now; at once where there is to be no more. */
  stop(why: string, settleMs = SETTLE_MS): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    const interrupt = setTimeout(() => this.#child.kill('SIGINT'), settleMs);
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), settleMs + PATIENCE_MS);
    this.#child.once('close', () => {
      clearTimeout(interrupt);
      clearTimeout(kill);
    });
  }

  #watch({ bytes }: CaptureLimits, { ring }: CaptureOrder): void {
    if (bytes !== null && ring === null && this.bytes >= bytes)
      this.stop(`The limit of ${bytes} bytes was reached.`, 0);
  }

  #ending({ packets }: CaptureOrder, status: number | null, signal: NodeJS.Signals | null): CaptureEnd {
    if (this.#why !== undefined) return { why: this.#why, failed: false };
    if (status === 0)
      return {
        why: packets === null ? 'The tool ended by itself.' : `The limit of ${packets} packets was reached.`,
        failed: false,
      };
    const known = captureProblem(this.tool, this.command[0], this.#stderr);
    return { why: known ?? `${this.tool} ended with ${signal ?? `status ${status ?? '?'}`}.`, failed: true };
  }
}
