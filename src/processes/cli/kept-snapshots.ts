/** Snapshots that are kept with a case, for the command line: by way of the server that owns it where one runs, else in the case itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotHead, SnapshotList } from '../../lib/model/api/snapshots.ts';
import { snapshot as snapshotSchema, type Snapshot } from '../../lib/model/snapshot.ts';
import { CaseAccess } from '../../lib/server/case-access.ts';
import { CaseRegistry } from '../../lib/server/case-registry.ts';
import { LOCAL_OWNER } from '../../lib/server/cases.ts';
import type { DataDir } from '../../lib/server/data-dir.ts';
import { Snapshots } from '../../lib/server/snapshots.ts';
import { CommandProblem } from './data-option.ts';
import { ServerClient } from './server-client.ts';

/** Another command holds the case for as long as it reads what is kept. */
const TRIES = 30;
const PAUSE_MS = 100;

async function inCase<T>(
  dir: DataDir,
  caseId: string,
  use: (snapshots: Snapshots) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const registry = new CaseRegistry(dir);
    // Nothing is read from the records here.
    const access = new CaseAccess(() => Promise.resolve([]));
    try {
      const isOpen = await registry.state(caseId).then(
        () => true,
        () => false,
      );
      if (isOpen) return await use(new Snapshots(registry, access));
      if (attempt === TRIES)
        throw new CommandProblem(registry.problem(caseId) ?? 'The case could not be opened.');
    } finally {
      access.close();
      await registry.close();
    }
    await sleep(PAUSE_MS);
  }
}

/** Keeps a snapshot with a case. @returns what it is kept as */
export async function keepSnapshot(
  dir: DataDir,
  caseId: string,
  name: string,
  made: Snapshot,
): Promise<SnapshotHead> {
  const server = dir.server();
  if (!server) return inCase(dir, caseId, (snapshots) => snapshots.keep(caseId, LOCAL_OWNER, name, made));
  const query = new URLSearchParams({ name });
  return new ServerClient(server).ask<SnapshotHead>(
    'POST',
    `/cases/${caseId}/snapshots/files?${query.toString()}`,
    made,
  );
}

/** The newest snapshot of a case that has this id or name; undefined where none has. */
export async function keptSnapshot(
  dir: DataDir,
  caseId: string,
  idOrName: string,
): Promise<{ readonly name: string; readonly snapshot: Snapshot } | undefined> {
  const isIt = ({ id, name }: SnapshotHead): boolean => id === idOrName || name === idOrName;
  const server = dir.server();
  if (server) {
    const client = new ServerClient(server);
    const { snapshots } = await client.ask<SnapshotList>('GET', `/cases/${caseId}/snapshots`);
    const head = snapshots.find(isIt);
    if (!head) return undefined;
    const document = await client.ask('GET', `/cases/${caseId}/snapshots/${head.id}`);
    return { name: head.name, snapshot: snapshotSchema.parse(document) };
  }
  return inCase(dir, caseId, async (snapshots) => {
    const head = (await snapshots.list(caseId)).snapshots.find(isIt);
    return head && snapshots.get(caseId, head.id);
  });
}
