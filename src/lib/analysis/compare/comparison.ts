/** Two inputs of a case, compared: as the interface has it. */

import type { Comparison } from '../../model/api/compare.ts';
import type { Query } from '../query.ts';
import { diff, type Change, type DiffOptions } from './diff.ts';
import { snapshotOf, type SnapshotOptions } from './snapshot.ts';

interface Input {
  readonly input: string;
  readonly name: string;
}

export const compareInputs = async (
  query: Query,
  a: Input,
  b: Input,
  options: SnapshotOptions & DiffOptions = {},
): Promise<Comparison> => {
  const [before, after] = await Promise.all([
    snapshotOf(query, a.input, options),
    snapshotOf(query, b.input, options),
  ]);
  const { hosts, services, unchanged } = diff(before, after, options);
  return {
    a: { input: a.input, name: a.name },
    b: { input: b.input, name: b.name },
    hosts: hosts.map(({ change, state, changes }) => ({
      change,
      address: state.address,
      names: [...state.names],
      macs: [...state.macs],
      is_home: state.isHome,
      changes: fieldsOf(changes),
    })),
    services: services.map(({ change, state, changes }) => ({
      change,
      address: state.address,
      proto: state.proto,
      port: state.port,
      service: state.service,
      changes: fieldsOf(changes),
    })),
    unchanged: { ...unchanged },
  };
};

const fieldsOf = (
  changes: Change<unknown>['changes'],
): { field: string; before: string | number | null; after: string | number | null }[] =>
  changes.map(({ field, before, after }) => ({ field, before, after }));
