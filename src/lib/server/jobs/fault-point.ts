/**
 * Places where a crash test may end the process as a power cut would: `COLDWIRE_FAULT_POINT=phase` or `phase:n` (the n-th time
 * that the phase is passed, from 1) sends SIGKILL to this process. Without the variable, nothing.
 */

/** Phases of an ingest, in order. `import`, `decode` and `load` are passed again and again, the others once. */
export const FAULT_PHASES = ['import', 'decode', 'load', 'checkpoint', 'rename', 'commit'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

const [wantedPhase, wantedPass] = (process.env['COLDWIRE_FAULT_POINT'] ?? '').split(':');
const lastPass = Number(wantedPass ?? 1);
let passes = 0;

export function faultPoint(phase: FaultPhase): void {
  if (phase !== wantedPhase) return;
  passes++;
  if (passes === lastPass) process.kill(process.pid, 'SIGKILL');
}
