/** What routes under /host call. */

import { ToolProblem } from '../../host/tool.ts';
import { download } from '../download.ts';
import { Refusal } from '../refusal.ts';
import type { LiveCaptures } from './captures/live-captures.ts';
import type { CustodyLog } from './custody.ts';
import type { NowReader } from './now.ts';

export interface MachineParts {
  readonly now: NowReader;
  readonly captures: LiveCaptures;
  readonly custody: CustodyLog;
}

const CSV = 'text/csv; charset=utf-8';

/** A tool that is missing or that refuses is no fault of ours, and people can do something about it. */
const refusing = async <T>(work: Promise<T> | T): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ToolProblem ? new Refusal('conflict', error.message) : error;
  }
};

export function machineAnswers({ now, captures, custody }: MachineParts) {
  return {
    now: () => now.now(),
    nowEvents: () => now.events(),
    nowCsv: () => download(now.csv(), 'sockets.csv', CSV),
    custody: () => custody.read(),
    captureReadiness: () => captures.readiness(),
    checkFilter: (filter: string, signal: AbortSignal) => refusing(captures.check(filter, signal)),
    captures: (ownerId: string) => captures.list(ownerId),
    capture: (ownerId: string, id: string) => captures.get(ownerId, id),
    startCapture: (...ask: Parameters<LiveCaptures['start']>) => refusing(captures.start(...ask)),
    stopCapture: (ownerId: string, id: string) => captures.stop(ownerId, id),
    ingestCapture: (ownerId: string, id: string) => captures.ingest(ownerId, id),
    captureFile: (ownerId: string, id: string, index: number) => captures.file(ownerId, id, index),
    removeCapture: (ownerId: string, id: string) => captures.remove(ownerId, id),
    captureEvents: (ownerId: string, id: string) => captures.events(ownerId, id),
  };
}

export type MachineAnswers = ReturnType<typeof machineAnswers>;
