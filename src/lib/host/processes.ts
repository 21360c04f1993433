/** Processes of this machine, from /proc (Linux, proc(5)). Elsewhere there are none to tell. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** Path of the program; null where it may not be read, as those of other users. */
  readonly path: string | null;
  readonly uid: number | null;
  /** Clock ticks of processor time so far, and when it began: a pid is used again, the two together are not. */
  readonly ticks: number;
  readonly began: string;
}

/** USER_HZ: 100 on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readPath(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

/** undefined where the process has ended. */
export function readProcess(pid: number): ProcessFacts | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const uid = /^Uid:\t(\d+)/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    path: readPath(pid),
    uid: uid === undefined ? null : Number(uid),
    ticks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0),
    began: fields[19] ?? '',
  };
}

export function readProcesses(): ProcessFacts[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Names of users by their number (passwd(5)). Users of a directory service have their number alone. */
export function readUsers(): Map<number, string> {
  const users = new Map<number, string>();
  for (const line of (readText('/etc/passwd') ?? '').split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid !== undefined && /^\d+$/.test(uid)) users.set(Number(uid), name);
  }
  return users;
}
