/** What stays of connections that have said all they say: the same for very many, so that each of them keeps a number only. */

import type { Residue } from '../protocol/engine/conversation.ts';

/** Numbers have to fit beside others into 16 bits. */
const MAX_RESIDUES = 60_000;

export class Residues {
  readonly #all: Residue[] = [];
  readonly #numbers = new Map<string, number>();
  /** The one that was asked for last: mostly the next one's too. */
  #last: Residue | undefined;
  #lastNumber = 0;

  at(number: number): Residue {
    return this.#all[number];
  }

  /** Its number; undefined where there are too many different ones already. */
  number(residue: Residue): number | undefined {
    if (this.#last && isSame(this.#last, residue)) return this.#lastNumber;
    const { services, app, parser } = residue;
    const key = JSON.stringify([parser?.name, app?.name, app?.confidence, services]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#all.length >= MAX_RESIDUES) return undefined;
      number = this.#all.push(residue) - 1;
      this.#numbers.set(key, number);
    }
    this.#last = residue;
    this.#lastNumber = number;
    return number;
  }
}

const isSame = (a: Residue, b: Residue): boolean =>
  a.parser === b.parser &&
  a.app?.name === b.app?.name &&
  a.app?.confidence === b.app?.confidence &&
  a.services.length === b.services.length &&
  a.services.every((service, i) => service === b.services[i]);
