/** One nmap run under way: its process, its progress, its time limit. */

import { type ChildProcess, spawn } from 'node:child_process';
import { locate, missing, toolEnvironment } from '../tool.ts';

/** What it prints for people, kept whole up to here. */
const OUTPUT_KEPT = 4 * 1024 * 1024;
const PATIENCE_MS = 3_000;

export interface ScanProgress {
  /** "SYN Stealth Scan", "Service scan" … */
  readonly phase: string;
  /** 0 to 1. */
  readonly share: number;
}

/** The last line of progress in what nmap printed. */
export function progressIn(text: string): ScanProgress | undefined {
  const found = [...text.matchAll(/^(.+?) Timing: About ([\d.]+)% done/gm)].at(-1);
  return found ? { phase: found[1] ?? '', share: Number(found[2]) / 100 } : undefined;
}

export interface ScanEnd {
  readonly state: 'done' | 'cancelled' | 'failed';
  readonly why: string | null;
}

export class RunningScan {
  readonly command: readonly string[];
  readonly ended: Promise<ScanEnd>;
  /** What nmap printed so far. */
  output = '';
  readonly #child: ChildProcess;
  #stopped: ScanEnd | undefined;

  /** Throws ToolProblem where there is no nmap. */
  constructor(args: readonly string[], seconds: number) {
    const path = locate('nmap');
    if (path === undefined) throw missing('nmap');
    this.command = [path, ...args];
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment() });
    const take = (data: Buffer): void => {
      if (this.output.length < OUTPUT_KEPT) this.output += data.toString();
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    const timer = setTimeout(
      () => this.#stop({ state: 'cancelled', why: `The limit of ${seconds} s was reached.` }),
      seconds * 1000,
    );
    this.ended = new Promise((resolve) => {
      const end = (result: ScanEnd): void => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#child.once('error', (error) =>
        end({ state: 'failed', why: `nmap could not be started: ${error.message}.` }),
      );
      this.#child.once('close', (status) => end(this.#stopped ?? this.#ending(status)));
    });
  }

  get progress(): ScanProgress | undefined {
    return progressIn(this.output.slice(-8_192));
  }

  cancel(): void {
    this.#stop({ state: 'cancelled', why: 'It was cancelled.' });
  }

  #stop(why: ScanEnd): void {
    if (this.#stopped) return;
    this.#stopped = why;
    this.#child.kill('SIGINT');
    setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS).unref();
  }

  #ending(status: number | null): ScanEnd {
    if (status === 0) return { state: 'done', why: null };
    if (/requires root privileges|Operation not permitted/i.test(this.output))
      return {
        state: 'failed',
        why: 'This kind of scan needs root: choose the connect technique without OS detection, or start Coldwire as root.',
      };
    const last = this.output
      .trim()
      .split('\n')
      .findLast((line) => !/^(QUITTING|Starting)/.test(line));
    return { state: 'failed', why: `nmap ended: ${last?.slice(0, 300) ?? `status ${status ?? '?'}`}` };
  }
}
