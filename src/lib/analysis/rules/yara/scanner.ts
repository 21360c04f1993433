/**
 * Searches contents in a process of its own, in the order in which they come: YARA-X cannot be interrupted, so a rule that takes too long
 * (or brings the engine down) is stopped by ending that process. Then the rule is looked for, named and left out, and the rest goes on.
 */

import type { FromScan, ScanHit, ToScan } from './scan-messages.ts';
import { textOfRules, type YaraSource } from './source.ts';

/** A process that searches: the child of `processes/`, or a test's. */
export interface ScanProcess {
  send(message: ToScan): void;
  onMessage(listener: (message: FromScan) => void): void;
  /** Also when it could not be started. */
  onEnd(listener: () => void): void;
  kill(): void;
}

export interface ScanLimits {
  /** For starting the process and compiling the rules. */
  readonly startMs: number;
  /** For one batch of contents; its process is ended after that. */
  readonly batchMs: number;
  /** For some of the rules over one content, when the slow ones are looked for. */
  readonly searchMs: number;
  /** Lost to limits in one run; past that nothing more is searched. */
  readonly runMs: number;
  /** Bytes in one message. */
  readonly batchBytes: number;
  /** Bytes that wait before the reader is held up. */
  readonly waitingBytes: number;
}

export const SCAN_LIMITS: ScanLimits = {
  startMs: 60_000,
  batchMs: 10_000,
  searchMs: 3_000,
  runMs: 120_000,
  batchBytes: 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
};

export interface ScanFailure {
  readonly id: string;
  readonly why: string;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly then: (hits: readonly ScanHit[]) => void;
}

type Wanted = readonly ReadonlySet<string>[];

export class ContentScanner {
  readonly failures: ScanFailure[] = [];
  readonly #sources: readonly YaraSource[];
  readonly #start: () => ScanProcess;
  readonly #limits: ScanLimits;
  #wanted: Wanted;
  #process: ScanProcess | undefined;
  /** The rules that the process has. */
  #has: Wanted | undefined;
  readonly #queue: Waiting[] = [];
  #waitingBytes = 0;
  #working: Promise<void> | undefined;
  #wake: (() => void)[] = [];
  #lostMs = 0;
  #unsearched = 0;

  constructor(sources: readonly YaraSource[], start: () => ScanProcess, limits = SCAN_LIMITS) {
    this.#sources = sources;
    this.#start = start;
    this.#limits = limits;
    this.#wanted = sources.map(({ rules }) => new Set(rules.map(({ name }) => name)));
  }

  /** `bytes` are kept until they were searched. `then` is called in the order of contents. */
  add(bytes: Uint8Array, then: (hits: readonly ScanHit[]) => void): void {
    this.#queue.push({ bytes, then });
    this.#waitingBytes += bytes.length;
    this.#working ??= this.#work();
  }

  /** Resolves when there is room for more. */
  async ready(): Promise<void> {
    while (this.#waitingBytes > this.#limits.waitingBytes) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  /** Resolves when everything was searched, or given up; the process is ended. */
  async finish(): Promise<void> {
    while (this.#working) await this.#working;
    this.stop();
    if (this.#unsearched > 0)
      this.failures.push({
        id: 'yara',
        why: `${this.#unsearched} of the files and streams were not searched by YARA rules: they took longer than rules may.`,
      });
    this.#unsearched = 0;
  }

  stop(): void {
    this.#process?.kill();
    this.#process = undefined;
    this.#has = undefined;
  }

  async #work(): Promise<void> {
    // What is added in the same turn goes in one message.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      for (const [at, hits] of (await this.#searched(batch)).entries()) batch[at]?.then(hits);
      this.#waitingBytes -= batch.reduce((sum, { bytes }) => sum + bytes.length, 0);
      for (const wake of this.#wake.splice(0)) wake();
    }
    this.#working = undefined;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const one of this.#queue) {
      if (count > 0 && bytes + one.bytes.length > this.#limits.batchBytes) break;
      bytes += one.bytes.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #searched(batch: readonly Waiting[]): Promise<readonly (readonly ScanHit[])[]> {
    const none = batch.map(() => []);
    if (this.#lostMs > this.#limits.runMs) {
      this.#unsearched += batch.length;
      return none;
    }
    const contents = batch.map(({ bytes }) => bytes);
    const hits = await this.#ask(this.#wanted, contents, this.#limits.batchMs);
    if (hits) return hits;
    if (batch.length > 1) {
      const each: (readonly ScanHit[])[] = [];
      for (const one of batch) each.push(...(await this.#searched([one])));
      return each;
    }
    const guilty = await this.#guilty(contents);
    const again = guilty.length > 0 ? await this.#ask(this.#wanted, contents, this.#limits.batchMs) : undefined;
    if (!again) this.#unsearched += batch.length;
    return again ?? none;
  }

  /** Finds the rules that take too long over `contents` by themselves, and leaves them out from now on. */
  async #guilty(contents: readonly Uint8Array[]): Promise<readonly string[]> {
    const all = this.#wanted.flatMap((names, source) => [...names].map((name) => ({ name, source })));
    const only = (some: readonly { name: string; source: number }[]): Wanted =>
      this.#sources.map((_, source) => new Set(some.filter((one) => one.source === source).map(({ name }) => name)));
    const found: { name: string; source: number }[] = [];
    const halves = [all];
    for (let some = halves.pop(); some && some.length > 0; some = halves.pop()) {
      if (this.#lostMs > this.#limits.runMs) break;
      if (await this.#ask(only(some), contents, this.#limits.searchMs)) continue;
      if (some.length === 1) found.push(...some);
      else halves.push(some.slice(some.length >> 1), some.slice(0, some.length >> 1));
    }
    const isGuilty = (name: string, source: number): boolean => found.some((one) => one.name === name && one.source === source);
    this.#wanted = this.#wanted.map((names, source) => new Set([...names].filter((name) => !isGuilty(name, source))));
    for (const { name, source } of found)
      this.failures.push({
        id: name,
        why: `YARA rule ${name} of ${this.#sources[source]?.file ?? ''} was left out: it took longer than ${this.#limits.searchMs / 1000} s over one file or stream.`,
      });
    return found.map(({ name }) => name);
  }

  /** Undefined where there was no answer in time: then there is no process any more. */
  async #ask(wanted: Wanted, contents: readonly Uint8Array[], limitMs: number): Promise<readonly (readonly ScanHit[])[] | undefined> {
    if (wanted.every(({ size }) => size === 0)) return contents.map(() => []);
    if (this.#has !== wanted) {
      const texts = this.#sources.map((source, at) => textOfRules(source, wanted[at] ?? new Set()));
      // Starting a process and compiling is no search: it has a limit of its own.
      if (!(await this.#answerTo({ kind: 'rules', texts }, this.#limits.startMs))) return undefined;
      this.#has = wanted;
    }
    const answer = await this.#answerTo({ kind: 'scan', contents }, limitMs);
    if (answer?.kind !== 'hits') return undefined;
    // Rules that another one names come along: only those asked for are told.
    return answer.hits.map((hits) => hits.filter(({ rule, source }) => wanted[source]?.has(rule)));
  }

  async #answerTo(message: ToScan, limitMs: number): Promise<FromScan | undefined> {
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<FromScan | undefined>((resolve) => {
      this.#answered = resolve;
      timer = setTimeout(() => resolve(undefined), limitMs);
      (this.#process ??= this.#started()).send(message);
    });
    clearTimeout(timer);
    this.#answered = undefined;
    if (answer) return answer;
    this.#lostMs += performance.now() - began;
    this.stop();
    return undefined;
  }

  #answered: ((message: FromScan | undefined) => void) | undefined;

  #started(): ScanProcess {
    const process = this.#start();
    process.onMessage((message) => this.#answered?.(message));
    process.onEnd(() => {
      // One that was stopped before says so late.
      if (process !== this.#process) return;
      this.#process = undefined;
      this.#has = undefined;
      this.#answered?.(undefined);
    });
    return process;
  }
}
