/** What routes under /host call. */

import { ping } from '../../host/ping.ts';
import { ToolProblem } from '../../host/tool.ts';
import type { Consent } from '../../model/api/live-captures.ts';
import type { LookUpRequest } from '../../model/api/neighbours.ts';
import type { ScanStart } from '../../model/api/scans.ts';
import { download } from '../download.ts';
import { Refusal } from '../refusal.ts';
import type { LiveCaptures } from './captures/live-captures.ts';
import type { CustodyLog } from './custody.ts';
import type { LookUps } from './look-ups.ts';
import type { Neighbours } from './neighbours.ts';
import type { NowReader } from './now.ts';
import type { CaseScans } from './scans/case-scans.ts';
import { compareScans } from './scans/scan-comparison.ts';
import type { Scans } from './scans/scans.ts';
import type { SwitchBoard } from './switches.ts';

export interface MachineParts {
  readonly now: NowReader;
  readonly captures: LiveCaptures;
  readonly custody: CustodyLog;
  readonly neighbours: Neighbours;
  readonly lookUps: LookUps;
  readonly switches: SwitchBoard;
  readonly scans: Scans;
  readonly caseScans: CaseScans;
}

const CSV = 'text/csv; charset=utf-8';

/** A tool that is missing or that refuses is no fault of ours, and people can do something about it. */
const refusing = async <T>(work: () => Promise<T> | T): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ToolProblem ? new Refusal('conflict', error.message) : error;
  }
};

export function machineAnswers(parts: MachineParts) {
  const { now, captures, custody, neighbours, lookUps, switches, scans, caseScans } = parts;
  return {
    now: () => now.now(),
    nowEvents: () => now.events(),
    nowCsv: () => download(now.csv(), 'sockets.csv', CSV),
    custody: () => custody.read(),
    switches: () => switches.get(),
    setSwitches: (values: Parameters<SwitchBoard['set']>[0]) => switches.set(values),
    lookUp: (request: LookUpRequest) => lookUps.ask(request),
    ping: async (address: string, count: number, signal: AbortSignal) => ({
      address,
      ...(await refusing(() => ping(address, count, { signal }))),
    }),
    neighbours: (signal: AbortSignal) => refusing(() => neighbours.table(signal)),
    neighboursCsv: () => refusing(() => download(neighbours.csv(), 'neighbours.csv', CSV)),
    flushNeighbour: (address: string, device: string, consent: Consent) =>
      refusing(() => neighbours.flush(address, device, consent)),
    scans: (ownerId: string) => scans.list(ownerId),
    scan: (ownerId: string, id: string) => scans.get(ownerId, id),
    startScan: (ownerId: string, order: ScanStart) => refusing(() => scans.start(ownerId, order)),
    cancelScan: (ownerId: string, id: string) => scans.cancel(ownerId, id),
    removeScan: (ownerId: string, id: string) => scans.remove(ownerId, id),
    importScan: (ownerId: string, name: string, request: Request) => scans.bring(ownerId, name, request),
    scanRaw: (ownerId: string, id: string, as: 'text' | 'xml') => scans.raw(ownerId, id, as),
    scanEvents: (ownerId: string, id: string) => scans.events(ownerId, id),
    compareScans: (ownerId: string, a: string, b: string) =>
      compareScans(scans.get(ownerId, a), scans.get(ownerId, b)),
    joinScan: (ownerId: string, id: string, caseId: string) => caseScans.join(caseId, scans.get(ownerId, id)),
    scansOfCase: (caseId: string, address: string | undefined) => caseScans.of(caseId, address),
    captureReadiness: () => captures.readiness(),
    checkFilter: (filter: string, signal: AbortSignal) => refusing(() => captures.check(filter, signal)),
    captures: (ownerId: string) => captures.list(ownerId),
    capture: (ownerId: string, id: string) => captures.get(ownerId, id),
    startCapture: (...ask: Parameters<LiveCaptures['start']>) => refusing(() => captures.start(...ask)),
    stopCapture: (ownerId: string, id: string) => captures.stop(ownerId, id),
    ingestCapture: (ownerId: string, id: string) => captures.ingest(ownerId, id),
    captureFile: (ownerId: string, id: string, index: number) => captures.file(ownerId, id, index),
    removeCapture: (ownerId: string, id: string) => captures.remove(ownerId, id),
    captureEvents: (ownerId: string, id: string) => captures.events(ownerId, id),
  };
}

export type MachineAnswers = ReturnType<typeof machineAnswers>;
