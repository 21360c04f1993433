/** Detection that a process did not live to do: an input is part of its case once it is sealed, and is looked at afterwards. */

import type { InputRow } from '../store/case-rows.ts';
import type { CaseRegistry } from './case-registry.ts';

/** An input whose detection ends the process this often is left as it is: a server that dies at each start helps nobody. */
const MAX_RETRIES = 3;

export interface MissedDetectionParts {
  readonly registry: CaseRegistry;
  /** Looks at one input. Never rejects. */
  look(caseId: string, inputId: string): Promise<void>;
  readonly onProblem: (sentence: string) => void;
  /** Aborted when the process ends in order: `look` then stops early. */
  readonly signal: AbortSignal;
}

export class MissedDetection {
  readonly #parts: MissedDetectionParts;
  /** One case after the other: a server that starts has other things to do as well. */
  #last: Promise<void> = Promise.resolve();

  /** Looks at what was missed in each case that `registry` opens from now on. */
  constructor(parts: MissedDetectionParts) {
    this.#parts = parts;
    parts.registry.onOpened((caseId, { undetected }) => {
      if (undetected.length > 0) this.#last = this.#last.then(() => this.#makeUp(caseId, undetected));
    });
  }

  /** Resolves when nothing is left of what was missed in the cases opened so far, or was left for the next time. */
  done(): Promise<void> {
    return this.#last;
  }

  async #makeUp(caseId: string, undetected: readonly InputRow[]): Promise<void> {
    const { registry, look, onProblem, signal } = this.#parts;
    const waiting: InputRow[] = [];
    for (const row of undetected) {
      if (row.detection_retries < MAX_RETRIES) waiting.push(row);
      else
        onProblem(
          `Detection of ${row.name} did not come to its end ${MAX_RETRIES} times: replay the rules over it, or read its captures again.`,
        );
    }
    try {
      if (signal.aborted || waiting.length === 0) return;
      const state = await registry.state(caseId);
      const retried = (by: 0 | 1): Promise<void> =>
        state.transaction(async (tx) => {
          for (const { id, detection_retries } of waiting)
            await tx.update('inputs', { id }, { detection_retries: detection_retries + by });
        });
      await retried(1);
      await Promise.all(waiting.map(({ id }) => look(caseId, id)));
      // Stopped in order is no sign that the input is to blame.
      if (signal.aborted) await retried(0);
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
    }
  }
}
