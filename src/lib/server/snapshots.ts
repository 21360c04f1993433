/** Snapshots kept with a case: recorded from its captures or read from files of other tools. */

import type { z } from 'zod';
import { FormatFault } from '../analysis/compare/formats/contract.ts';
import { readSnapshot, SNAPSHOT_FORMATS, snapshotFile } from '../analysis/compare/formats/registry.ts';
import type { RecordsSide } from '../analysis/compare/side.ts';
import { rangeOfRecords, socketsOfRecords } from '../analysis/compare/snapshot-of-records.ts';
import type { Query } from '../analysis/query.ts';
import type {
  snapshotFileQuery,
  SnapshotHead,
  SnapshotList,
  snapshotRecord,
} from '../model/api/snapshots.ts';
import { SNAPSHOT_MAX_SOCKETS, snapshot as snapshotSchema, type Snapshot } from '../model/snapshot.ts';
import { sealSnapshot } from '../model/snapshot-seal.ts';
import type { CaseReader } from '../store/case-reader.ts';
import type { SnapshotRow } from '../store/case-rows.ts';
import type { CaseAccess } from './case-access.ts';
import type { CaseRegistry } from './case-registry.ts';
import { newId } from './cases.ts';
import { nanoseconds, secondsOf } from './reading.ts';
import { Refusal } from './refusal.ts';

const headOf = ({ id, name, created, doc }: SnapshotRow): SnapshotHead => {
  const { time, window, origin, hash, sockets, skipped } = snapshotSchema.parse(doc);
  return {
    id,
    name,
    created,
    time,
    window,
    origin,
    hash,
    sockets: sockets.length,
    listening: sockets.filter(({ peer_address: peer }) => peer === null).length,
    connected: sockets.filter(({ peer_address: peer }) => peer !== null).length,
    processes: new Set(
      sockets.flatMap(({ process, pid }) => (process === null ? [] : [`${process} ${pid ?? ''}`])),
    ).size,
    skipped,
  };
};

/** The sockets of an input as of an instant or over a window. */
export async function snapshotOfInput(
  reader: CaseReader,
  input: { readonly id: string; readonly name: string; readonly sha256: string | null },
  { at, from, to }: Pick<z.output<typeof snapshotRecord>, 'at' | 'from' | 'to'>,
): Promise<Snapshot> {
  if (at !== undefined && (from !== undefined || to !== undefined))
    throw new Refusal(
      'bad_request',
      'A snapshot is of an instant (at) or of a window (from, to), not of both.',
    );
  const query: Query = (sql, params) => reader.rows(sql, params, { maxRows: Number.MAX_SAFE_INTEGER });
  const instant = at === undefined ? undefined : nanoseconds(at);
  const side: RecordsSide = {
    kind: 'records',
    inputs: [input.id],
    ...(from === undefined ? {} : { from: nanoseconds(from) }),
    ...(to === undefined ? {} : { to: nanoseconds(to) }),
  };
  const range = await rangeOfRecords(query, side);
  const sockets = await socketsOfRecords(query, side, { at: instant, most: SNAPSHOT_MAX_SOCKETS });
  if (sockets.length > SNAPSHOT_MAX_SOCKETS)
    throw new Refusal(
      'too_large',
      `That is more than ${SNAPSHOT_MAX_SOCKETS} connections: choose a shorter window, or compare the inputs themselves.`,
    );
  const window =
    instant === undefined && range ? { from: secondsOf(range.first), to: secondsOf(range.last) } : null;
  const time = instant === undefined ? (window?.to ?? 0) : secondsOf(instant);
  return sealSnapshot({
    time: new Date(time * 1000).toISOString(),
    window,
    origin: { kind: 'capture', format: 'records', host: null, detail: input.name, sha256: input.sha256 },
    addresses: [],
    sockets,
    skipped: 0,
  });
}

export class Snapshots {
  readonly #registry: CaseRegistry;
  readonly #access: CaseAccess;

  constructor(registry: CaseRegistry, access: CaseAccess) {
    this.#registry = registry;
    this.#access = access;
  }

  async list(caseId: string): Promise<SnapshotList> {
    const rows = await (await this.#registry.state(caseId)).all('snapshots');
    return {
      snapshots: rows.map(headOf).sort((a, b) => b.created.localeCompare(a.created)),
      formats: SNAPSHOT_FORMATS.map(({ title }) => title),
    };
  }

  async get(caseId: string, id: string): Promise<{ name: string; snapshot: Snapshot }> {
    const row = await (await this.#registry.state(caseId)).one('snapshots', { id });
    if (!row) throw new Refusal('not_found', `There is no snapshot ${id} in this case.`);
    return { name: row.name, snapshot: snapshotSchema.parse(row.doc) };
  }

  /** Keeps a snapshot that was made elsewhere: of this machine, for one. */
  async keep(caseId: string, ownerId: string, name: string, made: Snapshot): Promise<SnapshotHead> {
    const row: SnapshotRow = {
      id: newId(`snap-${name}`),
      name,
      // Plain JSON by its schema.
      doc: made,
      owner_id: ownerId,
      created: new Date().toISOString(),
    };
    const state = await this.#registry.state(caseId);
    await state.transaction((tx) => tx.insert('snapshots', row));
    this.#access.forget(caseId);
    return headOf(row);
  }

  /** Reads a list of another tool, or a snapshot of ours. */
  async import(
    caseId: string,
    ownerId: string,
    { name, time }: z.output<typeof snapshotFileQuery>,
    bytes: Uint8Array,
  ): Promise<SnapshotHead> {
    try {
      const made = readSnapshot(snapshotFile(name, bytes, time ?? new Date().toISOString()));
      return await this.keep(caseId, ownerId, name, made);
    } catch (error) {
      if (error instanceof FormatFault) throw new Refusal('bad_request', error.message);
      throw error;
    }
  }

  async record(
    caseId: string,
    ownerId: string,
    { input, name, ...when }: z.output<typeof snapshotRecord>,
  ): Promise<SnapshotHead> {
    const row = this.#registry.input(caseId, input);
    const made = await this.#access.read(caseId, (reader) =>
      snapshotOfInput(reader, { id: input, name: row.name, sha256: row.files[0]?.sha256 ?? null }, when),
    );
    const fallback = when.at === undefined ? row.name : `${row.name} at ${made.time}`;
    return this.keep(caseId, ownerId, name === undefined || name === '' ? fallback : name, made);
  }

  async remove(caseId: string, id: string): Promise<undefined> {
    const state = await this.#registry.state(caseId);
    const removed = await state.transaction((tx) => tx.remove('snapshots', { id }));
    if (removed === 0) throw new Refusal('not_found', `There is no snapshot ${id} in this case.`);
    this.#access.forget(caseId);
  }
}
