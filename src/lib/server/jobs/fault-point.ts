/**
 * Places where a crash test may end the process as a power cut would: `COLDWIRE_FAULT_POINT=phase` or `phase:n` (the n-th time
 * that the phase is passed, from 1) sends SIGKILL to this process. Without the variable, nothing.
 */

/**
 * Phases of an ingest, in order. `import` is passed once a block, `decode` and `load` once a column batch; `checkpoint` before the
 * commit, between commit and checkpoint, and before the sync; `commit` before the case's transaction, inside it, and after it.
 */
export const FAULT_PHASES = ['import', 'decode', 'load', 'checkpoint', 'rename', 'sealed', 'commit'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

const [wantedPhase, wantedPass] = (process.env['COLDWIRE_FAULT_POINT'] ?? '').split(':');
const lastPass = Number(wantedPass ?? 1);
let passes = 0;

export function faultPoint(phase: FaultPhase): void {
  if (phase !== wantedPhase) return;
  passes++;
  if (passes === lastPass) process.kill(process.pid, 'SIGKILL');
}
