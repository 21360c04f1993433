/** When the small inputs of a case are copied together for reading. */

import { RECORDS_LIMITS } from '../model/limits.ts';
import { compact, dropCompacted } from '../store/compacted.ts';
import { readManifest } from '../store/case-state.ts';
import { sealedInputs } from './cases.ts';
import type { DataDir } from './data-dir.ts';
import { faultPoint } from './jobs/fault-point.ts';

/** A copy pays from this many small inputs that are in none. */
const COMPACT_PAST = 50;

/** Copies the small inputs of a case into one file where enough of them came since the last time; says whether. */
export async function compactCase(dir: DataDir, caseId: string): Promise<boolean> {
  const small = new Set(
    (readManifest(dir.case(caseId))?.inputs ?? [])
      .filter(({ counts }) => (counts?.disk_bytes ?? Infinity) <= RECORDS_LIMITS.compactedInputBytes)
      .map(({ id }) => id),
  );
  const inputs = sealedInputs(dir, caseId).filter(({ id }) => small.has(id));
  if (inputs.filter(({ compacted }) => compacted === undefined).length <= COMPACT_PAST) return false;
  await compact(inputs, dir.case(caseId), () => faultPoint('compact'));
  // One that was deleted meanwhile is in the copy.
  const still = new Set(sealedInputs(dir, caseId).map(({ id }) => id));
  if (inputs.some(({ id }) => !still.has(id))) dropCompacted(dir.case(caseId));
  return true;
}
