/** What this machine may do towards the network of its own accord or on request: everything is off at first. */

import type { Switches } from '../../model/api/neighbours.ts';
import { readState, writeState } from './machine-dir.ts';

const OFF: Switches = { reverse_dns: false, resolution: false, ipinfo: false, watch_neighbours: false };

export class SwitchBoard {
  readonly #path: string;
  readonly #listeners: ((switches: Switches) => void)[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get(): Switches {
    return { ...OFF, ...readState<Partial<Switches>>(this.#path) };
  }

  set(values: { [K in keyof Switches]?: Switches[K] | undefined }): Switches {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    const next: Switches = { ...this.get(), ...given };
    writeState(this.#path, next);
    for (const listener of this.#listeners) listener(next);
    return next;
  }

  /** Called at each change. */
  onChange(listener: (switches: Switches) => void): void {
    this.#listeners.push(listener);
  }
}
