/** What changed from one snapshot to another. diff(A, A) is empty; diff(B, A) is diff(A, B) seen from the other side. */

import type { HostState, ServiceState, Snapshot } from './snapshot.ts';

export interface FieldChange {
  readonly field: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}

export interface Change<T> {
  readonly change: 'added' | 'removed' | 'changed';
  /** As it is in the later snapshot; as it was, where it was removed. */
  readonly state: T;
  /** Empty unless `changed`. */
  readonly changes: readonly FieldChange[];
}

export interface Difference {
  readonly hosts: readonly Change<HostState>[];
  readonly services: readonly Change<ServiceState>[];
  readonly unchanged: { readonly hosts: number; readonly services: number };
}

export interface DiffOptions {
  /** Traffic never is the same twice: bytes have changed where they differ by at least this factor … */
  readonly bytesFactor?: number;
  /** … and by at least this many bytes. */
  readonly bytesLeast?: number;
}

type Fields<T> = (before: T, after: T) => FieldChange[];

export const diff = (
  before: Snapshot,
  after: Snapshot,
  { bytesFactor = 10, bytesLeast = 100_000 }: DiffOptions = {},
): Difference => {
  const bytes = (a: number, b: number): FieldChange[] =>
    Math.max(a, b) >= bytesFactor * Math.min(a, b) && Math.abs(a - b) >= bytesLeast
      ? [{ field: 'bytes', before: a, after: b }]
      : [];
  const hosts = compare(before.hosts, after.hosts, (a, b) => [
    ...field('macs', a.macs.join(' '), b.macs.join(' ')),
    ...field('names', a.names.join(' '), b.names.join(' ')),
    ...bytes(a.bytes, b.bytes),
  ]);
  const services = compare(before.services, after.services, (a, b) => [
    ...field('service', a.service, b.service),
    ...field('mac', a.mac, b.mac),
    ...bytes(a.bytes, b.bytes),
  ]);
  return {
    hosts: hosts.changes,
    services: services.changes,
    unchanged: { hosts: hosts.unchanged, services: services.unchanged },
  };
};

const field = (name: string, before: string | null, after: string | null): FieldChange[] =>
  before === after
    ? []
    : [{ field: name, before: before === '' ? null : before, after: after === '' ? null : after }];

const ORDER = { added: 0, removed: 1, changed: 2 } as const;

const compare = <T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  fields: Fields<T>,
): { changes: Change<T>[]; unchanged: number } => {
  const found: { key: string; change: Change<T> }[] = [];
  let unchanged = 0;
  for (const [key, state] of after) {
    const was = before.get(key);
    const changes = was === undefined ? [] : fields(was, state);
    if (was === undefined) found.push({ key, change: { change: 'added', state, changes } });
    else if (changes.length > 0) found.push({ key, change: { change: 'changed', state, changes } });
    else unchanged++;
  }
  for (const [key, state] of before) {
    if (!after.has(key)) found.push({ key, change: { change: 'removed', state, changes: [] } });
  }
  found.sort((a, b) => ORDER[a.change.change] - ORDER[b.change.change] || (a.key < b.key ? -1 : 1));
  return { changes: found.map(({ change }) => change), unchanged };
};
