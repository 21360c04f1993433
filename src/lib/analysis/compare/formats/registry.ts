/** Every format that a snapshot is read from, asked in this order. */

import { createHash } from 'node:crypto';
import { SNAPSHOT_FORMAT, SNAPSHOT_MAX_SOCKETS, snapshot, type Snapshot } from '../../../model/snapshot.ts';
import { sealSnapshot, snapshotHash } from '../../../model/snapshot-seal.ts';
import { FormatFault, type SnapshotFormat } from './contract.ts';
import { EVE } from './eve.ts';
import { listText } from './list-text.ts';
import { LSOF } from './lsof.ts';
import { NETSTAT } from './netstat.ts';
import { NETSTAT_BSD } from './netstat-bsd.ts';
import { NETSTAT_WINDOWS } from './netstat-windows.ts';
import { SS } from './ss.ts';
import { ZEEK_CONN } from './zeek-conn.ts';

export const SNAPSHOT_FORMATS: readonly SnapshotFormat[] = [
  SS,
  NETSTAT,
  NETSTAT_BSD,
  NETSTAT_WINDOWS,
  LSOF,
  ZEEK_CONN,
  EVE,
];

const HEAD = 65_536;

const isOurs = (text: string): boolean =>
  text.trimStart().startsWith('{') && text.slice(0, HEAD).includes(`"${SNAPSHOT_FORMAT}"`);

function ours(text: string): Snapshot {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    const lines = text.trimEnd().split('\n');
    throw new FormatFault(
      lines.length > 1 && lines.every(isOurs)
        ? `These are ${lines.length} snapshots, one a line: put the one that is meant into a file of its own, or write FILE#1 to FILE#${lines.length} for coldwire diff and coldwire snapshot.`
        : 'The snapshot is not whole: its JSON ends before it is complete.',
    );
  }
  const version = (document as { version?: unknown }).version;
  const read = snapshot.safeParse(document);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new FormatFault(
      version === 1
        ? `The snapshot is not as its format says: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`
        : `The snapshot has version ${String(version)}, which this version of Coldwire does not read.`,
    );
  }
  if (snapshotHash(read.data) !== read.data.hash)
    throw new FormatFault('The snapshot was changed after it was made: its hash does not fit.');
  return read.data;
}

/** Whether a file that begins so is read by one of them. */
export const isSnapshotText = (head: string): boolean =>
  isOurs(head) || SNAPSHOT_FORMATS.some((one) => one.recognises(head));

export interface SnapshotFile {
  /** Base name. */
  readonly name: string;
  readonly text: string;
  /** Of the file. */
  readonly sha256: string;
  /** ISO 8601: when the list was made, where the file itself does not say. */
  readonly time: string;
}

/** A file as it was found. */
export const snapshotFile = (name: string, bytes: Uint8Array, time: string): SnapshotFile => ({
  name,
  text: listText(bytes),
  sha256: createHash('sha256').update(bytes).digest('hex'),
  time,
});

/** Reads a file of any known format. Throws FormatFault, one sentence. */
export function readSnapshot({ name, text, sha256, time }: SnapshotFile): Snapshot {
  if (isOurs(text)) return ours(text);
  const head = text.slice(0, HEAD);
  const format = SNAPSHOT_FORMATS.find((one) => one.recognises(head));
  if (!format)
    throw new FormatFault(
      `${name} is no list of sockets that is known: ${SNAPSHOT_FORMATS.map(({ title }) => title).join(', ')}, or a snapshot of Coldwire.`,
    );
  const read = format.read(text);
  if (read.sockets.length === 0)
    throw new FormatFault(`${name} looks like ${format.title}, but no line of it is a socket of IP.`);
  if (read.sockets.length > SNAPSHOT_MAX_SOCKETS)
    throw new FormatFault(
      `${name} has ${read.sockets.length} sockets; a snapshot holds at most ${SNAPSHOT_MAX_SOCKETS}.`,
    );
  return sealSnapshot({
    time: read.time ?? time,
    window: read.window ?? null,
    origin: { kind: 'file', format: format.name, host: read.host ?? null, detail: name, sha256 },
    addresses: [...(read.addresses ?? ownAddresses(read.window !== undefined, read.sockets))],
    sockets: read.sockets,
    skipped: read.skipped,
  });
}

/** Of a list made on one machine: the addresses that its sockets are bound to. A log of a network has none of its own. */
function ownAddresses(ofNetwork: boolean, sockets: Snapshot['sockets']): string[] {
  if (ofNetwork) return [];
  return [...new Set(sockets.flatMap(({ local_address: address }) => address ?? []))].sort().slice(0, 4096);
}
