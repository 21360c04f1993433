/** Hashing of carried files in a thread of its own, so that the one that decodes is not held up. */

import { Worker } from 'node:worker_threads';
import { SIDE_THREAD_LIMITS } from '../../model/limits.ts';

/** Bytes sent at a time: a message costs as much as hashing some kilobytes. */
const BATCH_BYTES = 256 * 1024;
/**
 * Digests are waited for after so many pauses of the reader: long enough that the thread has nearly always answered, and always the same,
 * so that records come in the same order in every run.
 */
const LAG = 16;

/** What an operation of a batch does; each is four numbers: what, file, offset, length. */
export const HASH_STEP = { add: 0, end: 1, drop: 2 } as const;

/** In memory that both threads have: V8 looks twice at every typed array of a thread that has once given a buffer away. */
export interface HashBatch {
  readonly bytes: Uint8Array;
  readonly steps: readonly number[];
}

/** The digests of the files that ended, in that order, hexadecimal by name of the hash; and the batch's memory, to be used again. */
export interface HashAnswer {
  readonly digests: readonly Readonly<Record<string, string>>[];
  readonly bytes: Uint8Array;
}

export type Digests = Readonly<Record<string, string>>;

const sharedBytes = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(BATCH_BYTES));

type Then = (digests: Digests) => void;

export class HashThread {
  readonly #start: () => Worker;
  #worker: Worker | undefined;
  #files = 0;
  #bytes = sharedBytes();
  #used = 0;
  #steps: number[] = [];
  readonly #spare: Uint8Array[] = [];
  /** Of the files that ended, in order: who waits, and what came. */
  readonly #waiting: { then: Then; digests: Digests | undefined }[] = [];
  #ended = 0;
  #answered = 0;
  #released = 0;
  /** How many had ended at each of the last pauses. */
  readonly #pauses: number[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** @param workerPath absolute path of the compiled worker @param names of hashes */
  constructor(workerPath: string, names: readonly string[]) {
    this.#start = () =>
      new Worker(workerPath, { workerData: names, name: 'hash', resourceLimits: SIDE_THREAD_LIMITS });
  }

  /** Starts the thread now, which takes a moment, and not with the first bytes. */
  begin(): void {
    this.#worker ??= this.#listening();
  }

  /** Number of a new file. */
  open(): number {
    return this.#files++;
  }

  /** `bytes` are lent. */
  add(file: number, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      if (this.#used === BATCH_BYTES) this.#send();
      const length = Math.min(bytes.length - from, BATCH_BYTES - this.#used);
      this.#bytes.set(bytes.subarray(from, from + length), this.#used);
      this.#note(HASH_STEP.add, file, this.#used, length);
      this.#used += length;
      from += length;
    }
  }

  /** Bytes that lie side by side are hashed in one call. */
  #note(step: number, file: number, offset: number, length: number): void {
    const steps = this.#steps;
    const last = steps.length - 4;
    if (step === HASH_STEP.add && last >= 0 && steps[last] === HASH_STEP.add && steps[last + 1] === file)
      steps[last + 3] = (steps[last + 3] ?? 0) + length;
    else steps.push(step, file, offset, length);
  }

  /** The file is whole: `then` is told its digests, after all files that ended before. */
  end(file: number, then: Then): void {
    this.#note(HASH_STEP.end, file, 0, 0);
    this.#waiting.push({ then, digests: undefined });
    this.#ended++;
  }

  /** Nobody wants to know any more. */
  drop(file: number): void {
    this.#note(HASH_STEP.drop, file, 0, 0);
  }

  /** `then` is called when all files that ended before have been told: for records that have no digests and keep their place. */
  after(then: () => void): void {
    if (this.#waiting.length === 0) return then();
    this.#waiting.push({ then, digests: {} });
    this.#note(HASH_STEP.end, this.open(), 0, 0);
    this.#ended++;
  }

  #send(): void {
    if (this.#steps.length === 0) return;
    this.#worker ??= this.#listening();
    const batch: HashBatch = { bytes: this.#bytes, steps: this.#steps };
    this.#worker.postMessage(batch);
    this.#bytes = this.#spare.pop() ?? sharedBytes();
    this.#used = 0;
    this.#steps = [];
  }

  #listening(): Worker {
    const worker = this.#start();
    const fail = (error: Error): void => {
      this.#failure ??= error;
      this.#wake?.();
    };
    worker.on('message', ({ digests, bytes }: HashAnswer) => {
      this.#spare.push(bytes);
      for (const one of digests) {
        const waiting = this.#waiting[this.#answered - this.#released];
        if (waiting) waiting.digests = one;
        this.#answered++;
      }
      this.#wake?.();
    });
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`The hashing thread ended by itself (exit code ${code}).`)));
    return worker;
  }

  /** A pause of the reader: tells the digests of what had ended some pauses ago, waiting for them where need be. */
  async pause(): Promise<void> {
    this.#pauses.push(this.#ended);
    if (this.#pauses.length <= LAG) return;
    await this.#tell(this.#pauses.shift() ?? 0);
  }

  /** Tells all digests, and ends the thread. */
  async finish(): Promise<void> {
    await this.#tell(this.#ended);
    await this.stop();
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
    await worker?.terminate();
  }

  async #tell(until: number): Promise<void> {
    if (this.#answered < until) this.#send();
    while (this.#answered < until) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    while (this.#released < until) {
      const { then, digests } = this.#waiting.shift() ?? {};
      this.#released++;
      then?.(digests ?? {});
    }
  }
}
