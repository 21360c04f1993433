/**
 * A child that did its job well waits a moment for the next one: starting one costs more than reading a small capture does. What a
 * capture might have broken ends with the child: one that failed, was killed or grew large is never kept.
 */

import type { ChildProcess } from 'node:child_process';

const KEEP_MS = 10_000;
/** What a waiting child says or how it ends concerns nobody: it is looked at when it is taken. */
const ignore = (): void => undefined;

interface Kept {
  readonly process: ChildProcess;
  readonly timer: NodeJS.Timeout;
}

/** What keeps this process alive because of the child. */
function held(process: ChildProcess): { ref(): void; unref(): void }[] {
  const { stderr, channel } = process;
  const pipe = stderr as unknown as { ref?(): void; unref?(): void } | null;
  return [process, { ref: () => pipe?.ref?.(), unref: () => pipe?.unref?.() }, ...(channel ? [channel] : [])];
}

export class WarmChildren {
  readonly #keepMs: number;
  #kept: Kept | undefined;

  constructor(keepMs = KEEP_MS) {
    this.#keepMs = keepMs;
  }

  /** The child that waits, if it still lives; it is the caller's then. */
  take(): ChildProcess | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    if (!kept) return undefined;
    clearTimeout(kept.timer);
    if (!kept.process.connected || kept.process.exitCode !== null) return undefined;
    kept.process.off('error', ignore);
    for (const one of held(kept.process)) one.ref();
    return kept.process;
  }

  /** Keeps a child that ended a job; it does not keep this process alive. */
  keep(process: ChildProcess): void {
    this.close();
    process.on('error', ignore);
    for (const one of held(process)) one.unref();
    this.#kept = { process, timer: setTimeout(() => this.close(), this.#keepMs).unref() };
  }

  /** Lets the waiting child go: without a parent it ends. */
  close(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (!kept) return;
    clearTimeout(kept.timer);
    if (kept.process.connected) kept.process.disconnect();
  }
}
