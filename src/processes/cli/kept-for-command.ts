/** What is kept with a case beside its records, for the command line: from the server that owns it where one runs, else from the case itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ScannedInCase } from '../../lib/model/api/scans.ts';
import type { SnapshotList } from '../../lib/model/api/snapshots.ts';
import { snapshot as snapshotSchema } from '../../lib/model/snapshot.ts';
import { CaseRegistry } from '../../lib/server/case-registry.ts';
import { findCase } from '../../lib/server/cases.ts';
import type { DataDir } from '../../lib/server/data-dir.ts';
import { keptOf, keptRelations } from '../../lib/server/kept-with-case.ts';
import type { KeptRelations } from '../../lib/store/case-reader.ts';
import { ServerClient } from './server-client.ts';

/** Another command holds the case for as long as it reads what is kept. */
const TRIES = 30;
const PAUSE_MS = 100;

async function fromServer(client: ServerClient, caseId: string): Promise<KeptRelations> {
  const { snapshots } = await client.ask<SnapshotList>('GET', `/cases/${caseId}/snapshots`);
  const kept = [];
  for (const { id } of snapshots) {
    const { data } = snapshotSchema.safeParse(await client.ask('GET', `/cases/${caseId}/snapshots/${id}`));
    if (data) kept.push({ id, snapshot: data });
  }
  const { scans } = await client.ask<ScannedInCase>('GET', `/cases/${caseId}/scans`);
  return keptRelations({ snapshots: kept, scans: [...scans] });
}

/** Undefined where nothing is kept. Where the case cannot be asked, its records are read alone, and standard error says so. */
export async function keptForCommand(dir: DataDir, caseId: string): Promise<KeptRelations | undefined> {
  const kept = findCase(dir, caseId)?.kept;
  if (kept && kept.snapshots + kept.scans === 0) return undefined;
  const server = dir.server();
  if (server) return fromServer(new ServerClient(server), caseId);
  for (let attempt = 1; ; attempt++) {
    const registry = new CaseRegistry(dir);
    try {
      const found = await keptOf(registry, caseId);
      if (found) return found;
      if (attempt === TRIES) {
        process.stderr.write(
          `${registry.problem(caseId) ?? 'The case could not be opened.'} Processes and hosts that only snapshots and scans know are left out.\n`,
        );
        return undefined;
      }
    } finally {
      await registry.close();
    }
    await sleep(PAUSE_MS);
  }
}
