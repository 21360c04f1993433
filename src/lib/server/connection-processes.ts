/** The processes that the kept snapshots of a case know, for the reader of its connections. */

import { connectionProcesses } from '../analysis/compare/connection-processes.ts';
import { snapshot as snapshotSchema } from '../model/snapshot.ts';
import type { CaseRegistry } from './case-registry.ts';
import type { Piece } from './reading.ts';

/** A case that cannot be written to can still be read: then nothing is named. */
export async function processesOf(registry: CaseRegistry, caseId: string): Promise<Piece | undefined> {
  const state = await registry.state(caseId).catch(() => undefined);
  const rows = (await state?.all('snapshots')) ?? [];
  return connectionProcesses(rows.flatMap(({ doc }) => snapshotSchema.safeParse(doc).data ?? []));
}
