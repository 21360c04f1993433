/** Datasets in the course of one capture: what their files have, and what rules added and took away. */

import type { DatarepTest, DatasetTest } from '../language/buffer-match.ts';
import { keyOfBytes } from '../lists/data-set.ts';
import type { DataSetBase } from '../lists/referenced-lists.ts';

/** Values that rules may add to one set; past it none is added any more. */
const MAX_ADDED = 1_000_000;

interface Change {
  readonly added: Set<string>;
  readonly removed: Set<string>;
}

export class DataSets {
  readonly #bases: ReadonlyMap<string, DataSetBase>;
  readonly #changes = new Map<string, Change>();

  constructor(bases: ReadonlyMap<string, DataSetBase>) {
    this.#bases = bases;
  }

  /** Does the test hold for a buffer's bytes? `set` and `unset` hold where they changed something. */
  readonly holds = (test: DatasetTest | DatarepTest, bytes: Uint8Array): boolean => {
    const base = this.#bases.get(test.name);
    const key = base && keyOfBytes(base.type, bytes);
    if (!base || key === undefined) return false;
    if (test.kind === 'datarep') return reputationHolds(test, base.values.get(key));
    const change = this.#changeOf(test.name);
    const has = change.added.has(key) || (base.values.has(key) && !change.removed.has(key));
    switch (test.command) {
      case 'isset':
        return has;
      case 'isnotset':
        return !has;
      case 'set':
        if (has || change.added.size >= MAX_ADDED) return false;
        if (!change.removed.delete(key)) change.added.add(key);
        return true;
      case 'unset':
        if (!has) return false;
        if (!change.added.delete(key)) change.removed.add(key);
        return true;
    }
  };

  #changeOf(name: string): Change {
    let change = this.#changes.get(name);
    if (!change) this.#changes.set(name, (change = { added: new Set(), removed: new Set() }));
    return change;
  }
}

function reputationHolds({ op, value }: DatarepTest, have: number | undefined): boolean {
  if (have === undefined) return false;
  return op === '=' ? have === value : op === '<' ? have < value : have > value;
}
