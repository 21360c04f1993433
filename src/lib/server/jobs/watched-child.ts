/** A child process at one job: its life, its limits, and the sentence that says how it ended. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { INGEST_LIMITS } from '../../model/limits.ts';
import type { FromChild, IngestProgress } from './ingest-messages.ts';
import type { WarmChildren } from './warm-children.ts';

/** Sealing says nothing of its progress; a large input may take long over it. */
const SEAL_PATIENCE = 10;
const WATCH_EVERY_MS = 1_000;
/**
 * How long after a child's exit its last messages and words are waited for. `close` may never come: a channel that was disconnected while
 * half a message lay in it waits for the other half.
 */
const LAST_WORDS_MS = 2_000;
/** A child that holds more than this after its job is not kept for the next: after a large capture it would lie beside the detectors. */
const WARM_BYTES = 180 * 1024 * 1024;
/**
 * How glibc gives memory; other C libraries do not know the variable. Huge pages for large blocks: the table of open connections is read
 * at random, and a fifth of the time of a capture of many small packets went to looking up small pages. Blocks from a quarter of a
 * megabyte on by themselves, so that they go back to the system when they are freed: by default the size rises to that of the largest
 * block that was ever freed, and what a thread that has ended had is kept.
 */
const GLIBC_TUNABLES = 'glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=262144';

export interface ChildJob {
  /** What people call the work: "The ingest". */
  readonly what: string;
  /** Absolute path of the compiled child. */
  readonly childPath: string;
  /** Its first message. */
  readonly begin: object;
  /** Tests shorten it. */
  readonly watchdogMs?: number | undefined;
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
  /** Messages beside progress, done and failed. */
  readonly onTold?: ((message: FromChild) => void) | undefined;
  /** Where a child may be taken from, and where it goes after a job done well that left it small. */
  readonly warm?: WarmChildren | undefined;
}

/** How the child ended: with its `done` message, or with a sentence. */
export type Ending<Done> = { readonly done: Done } | { readonly problem: string };

/** Resident bytes of a process; undefined where /proc is not. */
function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return undefined;
  }
}

/** What the person who started us has set comes last: it wins. */
const tunables = (given: string | undefined): string =>
  given ? `${GLIBC_TUNABLES}:${given}` : GLIBC_TUNABLES;

const start = (childPath: string): ChildProcess =>
  fork(childPath, [], {
    env: { ...process.env, GLIBC_TUNABLES: tunables(process.env['GLIBC_TUNABLES']) },
    // The ingest collects garbage once itself, between reading and sealing.
    execArgv: [`--max-old-space-size=${INGEST_LIMITS.childHeapMb}`, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });

/** Starts the child, or takes one that waits, and waits for the job's end, whatever that is. `Done` is its message of success. */
export class WatchedChild<Done extends FromChild> {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending<Done>>;
  readonly #what: string;
  #why: string | undefined;
  #over = false;
  #lastSign = performance.now();
  #patience = 1;

  constructor({
    what,
    childPath,
    begin,
    watchdogMs = INGEST_LIMITS.watchdogMs,
    onProgress,
    onTold,
    warm,
  }: ChildJob) {
    this.#what = what;
    const child = warm?.take() ?? start(childPath);
    this.process = child;
    let done: Done | undefined;
    let problem: string | undefined;
    let stderr = '';
    const watch = setInterval(() => this.#watch(watchdogMs), Math.min(WATCH_EVERY_MS, watchdogMs));
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending<Done>): void => {
        if (this.#over) return;
        this.#over = true;
        clearInterval(watch);
        child.off('message', onMessage).off('error', onError).off('exit', onExit).off('close', onClose);
        child.stderr?.off('data', onStderr);
        resolve(ending);
      };
      const onStderr = (data: Buffer): void => {
        stderr = (stderr + data.toString()).slice(-4_000);
      };
      const onMessage = (message: FromChild): void => {
        this.#lastSign = performance.now();
        if (message.say === 'progress') {
          this.#patience =
            message.progress.phase === 'import' || message.progress.phase === 'decode' ? 1 : SEAL_PATIENCE;
          onProgress?.(message.progress);
        } else if (message.say === 'failed') problem = message.message;
        else if (message.say === 'done' || message.say === 'replayed') {
          done = message as Done;
          if (!warm || this.#why !== undefined) return;
          if (this.#isSmall()) {
            end({ done });
            warm.keep(child);
          } else if (child.connected) child.disconnect();
        } else onTold?.(message);
      };
      const onError = (error: Error): void =>
        end(done ? { done } : { problem: `${what} could not be started: ${error.message}` });
      const onClose = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.#why !== undefined) end({ problem: this.#why });
        else if (done) end({ done });
        else end({ problem: problem ?? unexpectedEnd(what, code, signal, stderr) });
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        setTimeout(() => onClose(code, signal), LAST_WORDS_MS);
      };
      child.on('message', onMessage).on('error', onError).on('exit', onExit).on('close', onClose);
      child.stderr?.on('data', onStderr);
    });
    // A child that died before it heard is seen by its end.
    child.send(warm ? { ...begin, stay: true } : begin, () => undefined);
  }

  /** Too late where the job has ended: the process may be at somebody else's by then. */
  kill(why: string): void {
    if (this.#over) return;
    this.#why ??= why;
    this.process.kill('SIGKILL');
  }

  #isSmall(): boolean {
    const { pid } = this.process;
    const bytes = pid === undefined ? undefined : residentBytes(pid);
    return bytes !== undefined && bytes < WARM_BYTES;
  }

  #watch(watchdogMs: number): void {
    if (performance.now() - this.#lastSign > watchdogMs * this.#patience) {
      this.kill(
        `${this.#what} made no progress for ${Math.round((watchdogMs * this.#patience) / 1000)} s and was ended.`,
      );
    }
    const bytes = this.process.pid === undefined ? undefined : residentBytes(this.process.pid);
    if (bytes !== undefined && bytes > INGEST_LIMITS.childResidentMb * 1024 * 1024) {
      this.kill(
        `${this.#what} needed more than ${INGEST_LIMITS.childResidentMb} MB of memory and was ended.`,
      );
    }
  }
}

function unexpectedEnd(
  what: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
): string {
  const how = signal ? `signal ${signal}` : `exit code ${code}`;
  if (/heap out of memory/i.test(stderr))
    return `${what} ran out of memory (${how}): the capture is untouched, and the case is as it was.`;
  return `${what} ended unexpectedly (${how}): the capture is untouched, and the case is as it was.`;
}
