/** What is seen of a capture while it runs: the child that reads the growing file, and the last of what it told. */

import { type ChildProcess, fork } from 'node:child_process';
import type { LiveBatch } from '../../../model/api/live-captures.ts';
import type { FromLive, ToLive } from '../../../model/live.ts';

const KEPT = { packets: 500, questions: 500, alerts: 500 } as const;

/** Memory of the child: what it keeps is bounded by the pipeline's own caps. */
const HEAP_MB = 1024;

const EMPTY: LiveBatch = {
  totals: { packets: 0, bytes: 0, connections: 0, questions: 0, alerts: 0, not_listed: 0 },
  packets: [],
  questions: [],
  alerts: [],
  conns: [],
};

export class LiveListing {
  /** All that is kept, for whoever begins to look. */
  seen: LiveBatch = EMPTY;
  /** Resolves when the child has read all there is, or has ended for another reason. */
  readonly done: Promise<void>;
  readonly #child: ChildProcess;

  constructor(
    childPath: string,
    files: readonly string[],
    writer: number | undefined,
    tell: (batch: LiveBatch) => void,
  ) {
    this.#child = fork(childPath, [], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message: FromLive) => {
      if (message.say !== 'batch') return;
      this.#keep(message.batch);
      tell(message.batch);
    });
    this.done = new Promise((resolve) => {
      this.#child.once('error', () => resolve());
      this.#child.once('close', () => resolve());
    });
    this.#send({ say: 'begin', files, writer: writer ?? null });
  }

  files(files: readonly string[]): void {
    this.#send({ say: 'files', files });
  }

  /** The writer has ended: what is there is read to its end. */
  end(files: readonly string[]): void {
    this.#send({ say: 'ended', files });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(message: ToLive): void {
    // A child that died before it heard is seen by its end.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #keep(batch: LiveBatch): void {
    const { seen } = this;
    this.seen = {
      totals: batch.totals,
      packets: [...seen.packets, ...batch.packets].slice(-KEPT.packets),
      questions: [...seen.questions, ...batch.questions].slice(-KEPT.questions),
      alerts: [...seen.alerts, ...batch.alerts].slice(-KEPT.alerts),
      conns: batch.conns,
    };
  }
}
