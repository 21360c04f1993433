/** What the hashing thread does with a batch. */

import { createHash, hash, type Hash } from 'node:crypto';
import { HASH_STEP, type Digests, type HashBatch } from './hash-thread.ts';

/** A file of which the thread has had bytes: hashes that go on, or its only piece so far. */
interface Begun {
  hashes: readonly Hash[] | undefined;
  only: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export class HashSteps {
  readonly #names: readonly string[];
  readonly #files = new Map<number, Begun>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Files that have begun and not ended. */
  get underWay(): number {
    return this.#files.size;
  }

  /** Digests of the files that end in the batch, in that order. The batch's bytes are not needed afterwards. */
  take({ bytes, steps }: HashBatch): Digests[] {
    const ended: Digests[] = [];
    for (let at = 0; at < steps.length; at += 4) {
      const [step, file = 0, offset = 0, length = 0] = steps.slice(at, at + 4);
      if (step === HASH_STEP.add) this.#add(file, bytes.subarray(offset, offset + length));
      else {
        if (step === HASH_STEP.end) ended.push(this.#digests(this.#files.get(file)));
        this.#files.delete(file);
      }
    }
    for (const begun of this.#files.values()) if (!begun.hashes) this.#goOn(begun);
    return ended;
  }

  #add(file: number, bytes: Uint8Array): void {
    const begun = this.#files.get(file);
    // One call for all of a short file costs half of three.
    if (!begun) this.#files.set(file, { hashes: undefined, only: bytes });
    else for (const one of begun.hashes ?? this.#goOn(begun)) one.update(bytes);
  }

  #goOn(begun: Begun): readonly Hash[] {
    begun.hashes = this.#names.map((name) => createHash(name).update(begun.only));
    begun.only = NOTHING;
    return begun.hashes;
  }

  #digests(begun: Begun | undefined): Digests {
    return Object.fromEntries(
      this.#names.map((name, i) => [
        name,
        begun?.hashes?.[i]?.digest('hex') ?? hash(name, begun?.only ?? NOTHING, 'hex'),
      ]),
    );
  }
}
