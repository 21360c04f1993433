/**
 * Many literals in bytes, searched by WebAssembly in a memory of its own: what is searched is put there. Where there is no WebAssembly, or
 * no memory for it, there is no such search, and whoever wanted it searches in TypeScript.
 */

import { HIT, NEVER, REACH, type TableSize } from './literal-layout.ts';
import { hitsAtOnce, literalKernel, type LiteralKernel, type Scan } from './literal-kernel.ts';
import { isLong, LiteralTables, tableBytes, tableSize, type Literal } from './literal-tables.ts';

/** What is used of WebAssembly: the types of Node have none of it. */
interface WebAssemblyParts {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Memory: new (size: { initial: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const PAGE = 65_536;
/** Bytes beside what is searched that may be read, and are nothing. */
const MARGIN = REACH + 64;
/** Hits that are taken at once. */
const HITS = 1_024;

/** By what they are made for: compiled once. */
const modules = new Map<string, object>();

function moduleOf({ Module }: WebAssemblyParts, size: TableSize): object {
  const key = JSON.stringify(size);
  const known = modules.get(key) ?? new Module(literalKernel(size));
  modules.set(key, known);
  return known;
}

export class LiteralSearch {
  /** What is searched is put here. */
  readonly input: Uint8Array;
  /** Of each hit the index of the literal, and where it begins in `input` + `inputAt`. */
  readonly hits: Uint32Array;
  readonly #inputAt: number;
  readonly #hitsAt: number;
  readonly #hitsTo: number;
  readonly #stoppedAt: LiteralKernel['stoppedAt'];
  /** With the places from one looked at to the next. */
  readonly #scans: readonly { readonly scan: Scan; readonly step: number }[];
  #searches = 0;

  private constructor(parts: WebAssemblyParts, literals: readonly Literal[], inputBytes: number) {
    const size = tableSize(literals);
    const tables = Math.ceil(tableBytes(literals, size) / PAGE);
    const memory = new parts.Memory({ initial: tables });
    new LiteralTables(memory.buffer, size, literals);
    const hitsBytes = HIT.bytes * (HITS + hitsAtOnce(size) * literals.length);
    memory.grow(Math.ceil((hitsBytes + inputBytes + 2 * MARGIN) / PAGE));
    this.#hitsAt = tables * PAGE;
    this.#hitsTo = this.#hitsAt + HIT.bytes * HITS;
    this.#inputAt = this.#hitsAt + hitsBytes + MARGIN;
    this.hits = new Uint32Array(memory.buffer, this.#hitsAt, hitsBytes / 4);
    this.input = new Uint8Array(memory.buffer, this.#inputAt, inputBytes);
    const kernel = new parts.Instance(moduleOf(parts, size), { env: { memory } }).exports as LiteralKernel;
    const longs = literals.filter((literal) => isLong(literal, size)).length;
    this.#stoppedAt = kernel.stoppedAt;
    this.#scans = [
      ...(longs > 0 ? [{ scan: kernel.longs, step: size.step }] : []),
      ...(longs < literals.length ? [{ scan: kernel.shorts, step: 1 }] : []),
    ];
  }

  /** @param inputBytes how much can be searched at once; literals are shorter */
  static of(literals: readonly Literal[], inputBytes: number): LiteralSearch | undefined {
    const parts = (globalThis as { WebAssembly?: WebAssemblyParts }).WebAssembly;
    if (parts === undefined) return undefined;
    try {
      return new LiteralSearch(parts, literals, inputBytes);
    } catch {
      // No memory is left for it, or nothing may be compiled here.
      return undefined;
    }
  }

  /** Puts bytes into `input`. @returns how many */
  copy(bytes: Uint8Array, from: number, to: number): number {
    this.input.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from));
    return to - from;
  }

  /** Begins a search in which `each` finds every literal once. */
  begin(): void {
    this.#searches = (this.#searches + 1) >>> 0;
  }

  /** Finds literals in the first bytes of `input` that were not found since `begin`. @returns how many */
  each(length: number): number {
    const from = this.#inputAt;
    const search = this.#searches;
    let end = this.#hitsAt;
    for (const { scan } of this.#scans)
      end = scan(from, from + length, from, from + length, search, search, end, NEVER);
    return (end - this.#hitsAt) / HIT.bytes;
  }

  /**
   * Calls `found` with every place in the first bytes of `input` at which a literal begins, in no order. What it is looked up by lies at
   * places from `from` up to `to`, or some behind; the literal may begin before and end behind. Which places these are depends on where
   * the input lies in something larger, from `base` on: cut anywhere, nothing is missed.
   */
  all(
    length: number,
    from: number,
    to: number,
    base: number,
    found: (literal: number, begin: number) => void,
  ): void {
    const input = this.#inputAt;
    for (const { scan, step } of this.#scans) {
      let at = input + from + ((step - ((base + from) % step)) % step);
      while (at < input + to) {
        const end = scan(at, input + to, input, input + length, 0, NEVER, this.#hitsAt, this.#hitsTo);
        for (let hit = 0; hit < (end - this.#hitsAt) / 4; hit += 2)
          found(this.hits[hit], this.hits[hit + 1] - input);
        at = this.#stoppedAt();
      }
    }
  }
}
