/** The hash of a snapshot: the same for the same sockets, in whatever order they were listed. */

import { createHash } from 'node:crypto';
import {
  SNAPSHOT_FORMAT,
  SNAPSHOT_VERSION,
  SOCKET_FIELDS,
  type Snapshot,
  type SnapshotContent,
  type Socket,
} from './snapshot.ts';

const line = (socket: Socket): string => JSON.stringify(SOCKET_FIELDS.map((field) => socket[field]));

/** SHA-256, hex, of what a snapshot says. Key order and the order of sockets make no difference. */
export function snapshotHash({
  time,
  window,
  origin,
  addresses,
  sockets,
  skipped,
}: Omit<SnapshotContent, 'format' | 'version'>): string {
  const hash = createHash('sha256');
  const { kind, format, host, detail, sha256 } = origin;
  const head = [
    SNAPSHOT_VERSION,
    time,
    window && [window.from, window.to],
    [kind, format, host, detail, sha256],
    [...addresses].sort(),
    skipped,
  ];
  hash.update(JSON.stringify(head));
  for (const one of sockets.map(line).sort()) hash.update('\n').update(one);
  return hash.digest('hex');
}

/** A finished snapshot of what was read. */
export function sealSnapshot(content: Omit<SnapshotContent, 'format' | 'version'>): Snapshot {
  return {
    format: SNAPSHOT_FORMAT,
    version: SNAPSHOT_VERSION,
    ...content,
    hash: snapshotHash(content),
  };
}
