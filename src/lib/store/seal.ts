/** Sealing: from loaded tables to an immutable, synced records file under its final name. */

import { renameSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { INGEST_LIMITS } from '../model/limits.ts';
import { syncPath } from './atomic-file.ts';
import { PROTOCOL_TABLES } from '../model/tables.ts';
import { dropTable } from './schema.ts';
import { fillHosts } from './hosts.ts';
import type { EnrichHosts } from './hosts.ts';
import type { RecordsSession } from './records-session.ts';

/** Named moments of sealing, in order: where a crash test may end the process. */
export type SealPhase = 'checkpoint' | 'rename';

export interface SealOptions {
  readonly enrichHosts?: EnrichHosts;
  /** Home networks as CIDR blocks; inferred where absent. */
  readonly homeNetworks?: readonly string[];
  /** Facts for the table `meta` that are known only now. */
  readonly meta?: Readonly<Record<string, string>>;
  /** Called at the moments of each phase: checkpoint before the commit, after it, and before the sync; rename before it, after it, and after its sync. */
  readonly onPhase?: (phase: SealPhase) => void;
}

export interface SealResult {
  readonly path: string;
  /** Bytes of the sealed file. */
  readonly bytes: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly homeNetworks: readonly string[];
}

export async function sealRecords(session: RecordsSession, options: SealOptions): Promise<SealResult> {
  const part = `${session.path}.part`;
  session.flush();
  // Nobody decodes any more: sealing may use the machine.
  await session.run(`SET memory_limit = '${INGEST_LIMITS.duckdbMemoryMb}MiB'`);
  await session.run(`SET threads = ${Math.max(1, Math.min(4, availableParallelism()))}`);
  // Most captures have few of the protocols; the views of a case fill in what a file lacks.
  const unused = PROTOCOL_TABLES.filter(({ name }) => (session.rows[name] ?? 0) === 0);
  if (unused.length > 0) await session.run(unused.flatMap(dropTable).join(';\n'));
  const homeNetworks = await fillHosts(session, options);
  await session.setMeta({ ...options.meta, home_networks: JSON.stringify(homeNetworks) });
  options.onPhase?.('checkpoint');
  await session.run('COMMIT');
  options.onPhase?.('checkpoint');
  await session.run('CHECKPOINT');
  const { rows } = session;
  session.close();
  options.onPhase?.('checkpoint');
  rmSync(`${part}.wal`, { force: true });
  syncPath(part);
  options.onPhase?.('rename');
  renameSync(part, session.path);
  options.onPhase?.('rename');
  syncPath(dirname(session.path));
  options.onPhase?.('rename');
  return { path: session.path, bytes: statSync(session.path).size, rows: { ...rows }, homeNetworks };
}
