/** What is kept with a case beside its records and is read with them: snapshots of sockets, the scans joined to it, and what was found. */

import { connectionProcesses } from '../analysis/compare/connection-processes.ts';
import { keptHosts, type KeptHosts } from '../analysis/compare/kept-hosts.ts';
import type { ScanResult } from '../model/api/scans.ts';
import { snapshot as snapshotSchema } from '../model/snapshot.ts';
import type { KeptRelations } from '../store/case-reader.ts';
import type { SettingRow, SnapshotRow } from '../store/case-rows.ts';
import type { CaseRegistry } from './case-registry.ts';
import { Findings } from './findings.ts';
import { severitiesOf } from './found-severities.ts';
import { TriageDesk } from './triage.ts';

/** Scans lie among the settings of a case, under this and their id. */
export const SCAN_SETTING = 'scan:';

export const scansIn = (settings: readonly SettingRow[]): ScanResult[] =>
  settings
    .filter(({ key }) => key.startsWith(SCAN_SETTING))
    // Written by CaseScans alone.
    .map(({ doc }) => doc as unknown as ScanResult);

/** Processes of connections, and hosts without a packet. */
export const keptRelations = (kept: KeptHosts): KeptRelations => ({
  processes: connectionProcesses(kept.snapshots.map(({ snapshot }) => snapshot)),
  hosts: keptHosts(kept),
});

export const keptSnapshots = (rows: readonly SnapshotRow[]): KeptHosts['snapshots'] =>
  rows.flatMap(({ id, doc }) => {
    const { data } = snapshotSchema.safeParse(doc);
    return data ? [{ id, snapshot: data }] : [];
  });

/** A case that cannot be written to can still be read: then nothing is kept with it. */
export async function keptOf(registry: CaseRegistry, caseId: string): Promise<KeptRelations | undefined> {
  const state = await registry.state(caseId).catch(() => undefined);
  if (!state) return undefined;
  const found = await new Findings(registry, new TriageDesk(registry)).counted(caseId);
  const kept = keptRelations({
    snapshots: keptSnapshots(await state.all('snapshots')),
    scans: scansIn(await state.all('settings')),
  });
  return { ...kept, severities: severitiesOf(found) };
}
