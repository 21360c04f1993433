/** What stays of connections that have said all they say: the same for very many, so that each of them keeps a number only. */

import type { Residue } from '../protocol/engine/conversation.ts';

/** Numbers have to fit beside others into 16 bits. */
const MAX_RESIDUES = 60_000;
/** Those that came first are the usual ones. */
const FEW = 8;

export class Residues {
  readonly #all: Residue[] = [];
  readonly #numbers = new Map<string, number>();

  at(number: number): Residue {
    return this.#all[number];
  }

  /** Its number; undefined where there are too many different ones already. */
  number(residue: Residue): number | undefined {
    for (let i = 0; i < this.#all.length && i < FEW; i++) if (isSame(this.#all[i], residue)) return i;
    const { services, failedServices, app, parser } = residue;
    const key = JSON.stringify([parser?.name, app?.name, app?.confidence, services, failedServices]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#all.length >= MAX_RESIDUES) return undefined;
      number = this.#all.push(residue) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

const isSame = (a: Residue, b: Residue): boolean =>
  a.parser === b.parser &&
  a.app?.name === b.app?.name &&
  a.app?.confidence === b.app?.confidence &&
  areSame(a.services, b.services) &&
  areSame(a.failedServices, b.failedServices);

const areSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((service, i) => service === b[i]);
