/** A lock file that names the process that holds it, so that a second one can say who it is and a dead one's is recognised. */

import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { StoreError } from './store-error.ts';

export interface Holder {
  readonly pid: number;
  /** When that process began, in the kernel's clock ticks: a pid is used again, this is not. Absent where /proc is. */
  readonly began?: string | undefined;
}

/** Fields of /proc/PID/stat from the third on (the second, the name, may hold spaces and brackets); undefined where there is none. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Start of a process in clock ticks (field 22). */
export const processBegan = (pid: number): string | undefined => statFields(pid)?.[19];

export const thisProcess = (): Holder => ({ pid: process.pid, began: processBegan(process.pid) });

/** Whether that very process still runs. */
export function isAlive({ pid, began }: Holder): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const fields = statFields(pid);
  // A zombie runs no more; where nobody reaps the orphans of a container it stays for good.
  if (fields?.[0] === 'Z' || fields?.[0] === 'X') return false;
  const now = fields?.[19];
  return began === undefined || now === undefined || now === began;
}

function readHolder(path: string): Holder | undefined {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof found.pid === 'number' ? { pid: found.pid, began: found.began } : undefined;
  } catch {
    return undefined;
  }
}

/** The live process that holds the lock, if any. */
export function lockHolder(path: string): Holder | undefined {
  const holder = readHolder(path);
  return holder && isAlive(holder) ? holder : undefined;
}

/** Takes the lock; answers how to give it back. Throws StoreError naming `what` and the holder where it is taken. */
export function takeLock(path: string, what: string): () => void {
  const mine = `${path}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify(thisProcess()), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = lockHolder(path);
        if (holder) {
          throw new StoreError(
            holder.pid === process.pid
              ? `${what} is already open in this process.`
              : `${what} is in use by another process (pid ${holder.pid}): end that one, or let it do the work.`,
          );
        }
        rmSync(path, { force: true });
      }
    }
    throw new StoreError(`${what} is being opened by other processes again and again: try once more.`);
  } finally {
    rmSync(mine, { force: true });
  }
}
