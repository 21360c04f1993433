/** Damaged places of one capture, bounded: a hostile file may hold millions of them. */

import { type CaptureFault, type FaultCode } from '../../../model/faults.ts';

const MAX_FAULTS = 1_000;

export class FaultLog {
  readonly list: CaptureFault[] = [];

  add(code: FaultCode, offset: number, skipped: number, detail: string): void {
    if (this.list.length < MAX_FAULTS) {
      this.list.push({ code, offset, skipped, detail });
      return;
    }
    // The last entry stands for itself and all that follow.
    const last = this.list[MAX_FAULTS - 1];
    this.list[MAX_FAULTS - 1] = {
      ...last,
      skipped: last.skipped + skipped,
      detail: 'This and all later damaged places of the file, taken together.',
    };
  }
}
