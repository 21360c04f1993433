/** What became of the packets of one capture file: the figures of the completeness ledger. */

import { FAULTS, faultName } from '../../model/faults.ts';

export class FileTally {
  /** Before and after the first break of the chain of records. */
  readonly decoded = new Float64Array(2);
  readonly faults = new Float64Array(2 * FAULTS.length);
  duplicates = 0;
  firstSec = Number.POSITIVE_INFINITY;
  firstNsec = 0;
  lastSec = Number.NEGATIVE_INFINITY;
  lastNsec = 0;
}

/** Fault names with counts, of the packets before (0) or after (1) the first break. */
export function faultCounts({ faults }: FileTally, recovered: 0 | 1): Record<string, number> {
  const out: Record<string, number> = {};
  for (let code = 1; code < FAULTS.length; code++) {
    const count = faults[2 * code + recovered];
    if (count > 0) out[faultName(code)] = count;
  }
  return out;
}
