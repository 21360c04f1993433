/**
 * Places where a crash test may end a process as a power cut would: `COLDWIRE_FAULT_POINT=PHASE[:N[:parent]]` sends SIGKILL to this
 * process, or to its parent, when the phase is passed for the N-th time (from 1) by this thread. Without the variable, nothing.
 */

/**
 * Phases of an ingest, in order, and when they are passed: `import` once a block, `decode` and `load` once a column batch;
 * `checkpoint` before the commit of the records, between commit and checkpoint, and before the sync; `rename` before it, after it, and
 * after the folder's sync; `commit` (in the parent) before the case's transaction, inside it, and after it; `detect` (there too)
 * before the detectors run, twice inside the transaction that keeps what they found, and after it; `compact` once a table that is
 * copied, before the rename, after it, and after the note that names the copy.
 */
export const FAULT_PHASES = [
  'import',
  'decode',
  'load',
  'checkpoint',
  'rename',
  'commit',
  'detect',
  'compact',
] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

const [wantedPhase, wantedPass = '1', victim] = (process.env['COLDWIRE_FAULT_POINT'] ?? '').split(':');
let passes = 0;

export function faultPoint(phase: FaultPhase): void {
  if (phase !== wantedPhase) return;
  passes++;
  if (passes === Number(wantedPass))
    process.kill(victim === 'parent' ? process.ppid : process.pid, 'SIGKILL');
}
