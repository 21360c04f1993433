/** Looks ahead for literals in blocks of a file: by WebAssembly, which the file is read for, else in TypeScript. */

import type { BlockSearch } from '../../../model/sinks.ts';
import { LiteralSearch } from '../matcher/literal-search.ts';
import { LiteralGate } from './literal-gate.hot.ts';

export class LiteralBlocks implements BlockSearch {
  readonly room: Uint8Array | undefined;
  readonly #search: LiteralSearch | undefined;
  readonly #gate: LiteralGate;

  /**
   * @param literals at least four bytes each, found in any case
   * @param bytes of the largest block with what lies around it
   * @param wasm false to search in TypeScript alone
   */
  constructor(literals: readonly Uint8Array[], bytes: number, wasm = true) {
    this.#gate = new LiteralGate(literals, false);
    if (wasm)
      this.#search = LiteralSearch.of(
        literals.map((literal) => ({ bytes: literal, nocase: true })),
        bytes,
      );
    this.room = this.#search?.input;
  }

  search(
    bytes: Uint8Array,
    data: DataView,
    from: number,
    to: number,
    end: number,
    base: number,
    mark: (at: number) => void,
  ): void {
    if (this.#search === undefined || bytes !== this.room)
      return this.#gate.search(bytes, data, from, to, end, base, mark);
    this.#search.all(end, from, to, base, (_literal, begin) => {
      // The last places looked at may lie behind the block: they are looked at again with the next one.
      if (begin < to) mark(Math.max(begin, from));
    });
  }
}
