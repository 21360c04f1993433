/**
 * Detection after an ingest: one pass at a time over a case. Small inputs that are sealed one after the other share one: most of what
 * a pass over a small input costs is planning its queries, and that is paid once for all of them.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from '../analysis/detect/contract.ts';

/** What a pass looks at: inputs of one case with the same inside. */
export interface DetectionGroup {
  readonly inputs: readonly string[];
  readonly home: Home;
}

/** An input that waits for detection. */
export interface SealedForDetection {
  readonly id: string;
  readonly connections: number;
  readonly home: Home;
}

/** Connections of one pass; an input with more of them has a pass of its own, so that memory does not grow with the queue. */
const MAX_CONNECTIONS = 200_000;
/** How long a pass is put off for inputs that are about to follow, and how often it is asked whether they are. */
const PATIENCE_MS = 15_000;
const ASK_MS = 100;

interface Waiting extends SealedForDetection {
  more(): boolean;
  over(): void;
}

const sameHome = (a: Home, b: Home): boolean =>
  a.source === b.source && a.networks.join() === b.networks.join();

/** Takes from `waiting` what shares a pass with its first. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  const [first] = waiting;
  if (!first) return [];
  let connections = 0;
  const group: Waiting[] = [];
  for (const one of [...waiting]) {
    if (!sameHome(one.home, first.home)) continue;
    if (group.length > 0 && connections + one.connections > MAX_CONNECTIONS) continue;
    connections += one.connections;
    group.push(one);
    waiting.splice(waiting.indexOf(one), 1);
  }
  return group;
}

export class DetectionPasses {
  readonly #pass: (caseId: string, group: DetectionGroup) => Promise<void>;
  readonly #waiting = new Map<string, Waiting[]>();

  /** `pass` looks at one group and never rejects. */
  constructor(pass: (caseId: string, group: DetectionGroup) => Promise<void>) {
    this.#pass = pass;
  }

  /** Resolves when the pass that looked at the input is over. `more`: other inputs of the case are about to follow. */
  run(caseId: string, input: SealedForDetection, more: () => boolean = () => false): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(caseId);
      const one = { ...input, more, over: resolve };
      if (waiting) waiting.push(one);
      else {
        const begun = [one];
        this.#waiting.set(caseId, begun);
        void this.#drain(caseId, begun);
      }
    });
  }

  async #drain(caseId: string, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      await this.#others(waiting);
      const group = takeGroup(waiting);
      const [first] = group;
      if (first) await this.#pass(caseId, { inputs: group.map(({ id }) => id), home: first.home });
      for (const { over } of group) over();
    }
    this.#waiting.delete(caseId);
  }

  /** Waits while others are about to follow and what waits is small. */
  async #others(waiting: readonly Waiting[]): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    const small = (): boolean =>
      waiting.reduce((sum, { connections }) => sum + connections, 0) <= MAX_CONNECTIONS;
    while (waiting[0]?.more() && small() && performance.now() < until) await sleep(ASK_MS);
  }
}
