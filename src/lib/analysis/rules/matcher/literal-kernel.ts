/**
 * The search for literals as WebAssembly, made for the size of its tables, which literal-tables.ts writes. Long literals: at every second,
 * fourth or eighth place a bit is looked up by the four bytes there. Short ones: at every place, by the pairs of bytes there and one
 * farther. Where there may be some, they are compared.
 */

import {
  AT,
  ENTRY,
  FOLD,
  HIT,
  LITERAL,
  MULTIPLIER,
  NARROW_BITS,
  WIDE_BITS,
  WINDOW,
  type TableSize,
} from './literal-layout.ts';
import {
  block,
  call,
  giveBack,
  global,
  i32,
  i64,
  leave,
  leaveIf,
  local,
  loop,
  steps,
  when,
  type Code,
} from './wasm/instructions.ts';
import { wasmModule, type WasmFunction } from './wasm/module.ts';

/**
 * Looks for literals that lie in `low` … `limit` and have what they are looked up by at places from `from` up to `to`. Those that the search
 * of this number found before are passed over; one that is found now remembers `foundIn`. Hits are written from `hits` on; the search
 * stops where one would come behind `hitsTo`, or some more. All places are addresses in the module's memory.
 * @returns the address behind the last hit
 */
export type Scan = (
  from: number,
  to: number,
  low: number,
  limit: number,
  search: number,
  foundIn: number,
  hits: number,
  hitsTo: number,
) => number;

export interface LiteralKernel {
  readonly longs: Scan;
  readonly shorts: Scan;
  /** The place that the last scan would have looked at next: `to` or behind it where all was searched. */
  readonly stoppedAt: () => number;
}

type Local = ReturnType<typeof local>;

const LOW = global(0);
const LIMIT = global(1);
const SEARCH = global(2);
const FOUND_IN = global(3);
const HITS = global(4);
const STOPPED_AT = global(5);
const GLOBALS = 6;

const CHAIN = 0;

/** Places looked at between two jumps. */
const LONGS_AT_ONCE = 4;
const SHORTS_AT_ONCE = 8;

/** How often a literal may be found, at most, between two looks at whether there is room for hits. */
export const hitsAtOnce = ({ step }: TableSize): number => Math.max(SHORTS_AT_ONCE, LONGS_AT_ONCE * step);

/** Compares the literals of a chain of entries whose windows may lie at a place. */
function chainFunction(): WasmFunction {
  const [entry, at, begin, literal, compare, bytes] = [local(0), local(1), local(2), local(3), local(4), local(5)];
  const checked = i32.or(
    i32.load(i32.add(begin.get, i32.load(entry.get, ENTRY.checkAt))),
    i32.load(entry.get, ENTRY.mask),
  );
  const comparedBytes = i64.or(i64.load(bytes.get), i64.load(compare.get, LITERAL.compare));
  const comparedTo = i32.add(literal.get, i32.load(literal.get, LITERAL.compared));
  const one = block(
    begin.set(i32.sub(at.get, i32.load(entry.get, ENTRY.offset))),
    leaveIf(0, i32.ne(checked, i32.load(entry.get, ENTRY.word))),
    literal.set(i32.load(entry.get, ENTRY.literal)),
    leaveIf(0, i32.eq(i32.load(literal.get, LITERAL.foundIn), SEARCH.get)),
    leaveIf(0, i32.lt(begin.get, LOW.get)),
    leaveIf(0, i32.gt(i32.add(begin.get, i32.load(literal.get, LITERAL.length)), LIMIT.get)),
    compare.set(literal.get),
    bytes.set(begin.get),
    loop(
      leaveIf(1, i64.ne(comparedBytes, i64.load(compare.get, LITERAL.compare + 8))),
      bytes.set(i32.add(bytes.get, i32.of(8))),
      leaveIf(0, i32.lt(compare.tee(i32.add(compare.get, i32.of(16))), comparedTo)),
    ),
    i32.store(HITS.get, i32.load(literal.get, LITERAL.index), HIT.index),
    i32.store(HITS.get, begin.get, HIT.begin),
    HITS.set(i32.add(HITS.get, i32.of(HIT.bytes))),
    i32.store(literal.get, FOUND_IN.get, LITERAL.foundIn),
  );
  const body = loop(one, leaveIf(0, entry.tee(i32.load(entry.get, ENTRY.next))));
  return { name: undefined, params: 2, locals: 4, result: false, body };
}

const hashOf = (folded: Code): Code => i32.mul(folded, i32.of(MULTIPLIER));

/** Compares the chain that `table` has for a hash with the bytes at `at` + `offset`, if there is one. */
const compareChain = (
  table: number,
  bits: number,
  hash: Code,
  entry: Local,
  at: Local,
  offset: number,
): Code =>
  when(
    entry.tee(i32.load(i32.shl(i32.shr(hash, i32.of(32 - bits)), i32.of(2)), table)),
    call(CHAIN, entry.get, i32.add(at.get, i32.of(offset))),
  );

/** Parameters of a Scan, then its own variables. */
const [FROM, TO] = [local(0), local(1)];
const HITS_TO = local(7);
const PARAMS = 8;

const begin: Code = steps(
  LOW.set(local(2).get),
  LIMIT.set(local(3).get),
  SEARCH.set(local(4).get),
  FOUND_IN.set(local(5).get),
  HITS.set(local(6).get),
);
const end: Code = steps(STOPPED_AT.set(FROM.get), HITS.get);
const stopWhenFull: Code = when(
  i32.gt(HITS.get, HITS_TO.get),
  STOPPED_AT.set(FROM.get),
  giveBack(HITS.get),
);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const any = (codes: readonly Code[]): Code => codes.reduce((a, b) => i32.or(a, b));

/** The lowest bit is that of the hash in a table: LiteralTables writes it. */
const bitIn = (table: number, bits: number, hash: Local): Code =>
  i32.shr(i32.load(i32.shr(hash.get, i32.of(35 - bits)), table), hash.get);

function longsFunction({ bits, headBits, step, isWide }: TableSize): WasmFunction {
  const at = FROM;
  const [entry, wide] = [local(PARAMS), local(PARAMS + 1)];
  const hashes = range(LONGS_AT_ONCE).map((i) => local(PARAMS + 2 + i));
  const found = range(LONGS_AT_ONCE).map((i) => local(PARAMS + 2 + LONGS_AT_ONCE + i));
  /** Sets the hash of a place, and (lowest bit) whether something may be there. */
  const look = (hash: Local, bit: Local, offset: number): Code =>
    steps(
      hash.set(hashOf(i32.or(i32.load(at.get, offset), i32.of(FOLD.four)))),
      bit.set(bitIn(AT.bits, bits, hash)),
    );
  /** Asks the wide windows too, with no jump: which of four places has something is what a processor cannot foretell. */
  const lookWide = (hash: Local, bit: Local, offset: number): Code => {
    const behind = i32.or(i32.load16(at.get, offset + WINDOW), i32.of(FOLD.pair));
    const either = i32.or(bitIn(AT.wideBits, WIDE_BITS, wide), bitIn(AT.narrowBits, NARROW_BITS, hash));
    return steps(wide.set(hashOf(i32.xor(hash.get, behind))), bit.set(i32.and(bit.get, either)));
  };
  const lowest = (code: Code): Code => i32.and(code, i32.of(1));
  const chainOf = (hash: Local, bit: Local, offset: number): Code =>
    when(lowest(bit.get), compareChain(AT.heads, headBits, hash.get, entry, at, offset));
  const anyFound = lowest(any(found.map(({ get }) => get)));
  const chains = steps(stopWhenFull, ...hashes.map((hash, i) => chainOf(hash, found[i], step * i)));
  const four = loop(
    leaveIf(1, i32.ge(i32.add(at.get, i32.of(step * (LONGS_AT_ONCE - 1))), TO.get)),
    ...hashes.map((hash, i) => look(hash, found[i], step * i)),
    isWide
      ? when(
          anyFound,
          ...hashes.map((hash, i) => lookWide(hash, found[i], step * i)),
          when(anyFound, chains),
        )
      : when(anyFound, chains),
    at.set(i32.add(at.get, i32.of(step * LONGS_AT_ONCE))),
    leave(0),
  );
  const rest = loop(
    leaveIf(1, i32.ge(at.get, TO.get)),
    look(hashes[0], found[0], 0),
    stopWhenFull,
    chainOf(hashes[0], found[0], 0),
    at.set(i32.add(at.get, i32.of(step))),
    leave(0),
  );
  const body = steps(begin, block(four), block(rest), end);
  return { name: 'longs', params: PARAMS, locals: 2 + 2 * LONGS_AT_ONCE, result: true, body };
}

function shortsFunction({ shortHeadBits, pairs }: TableSize): WasmFunction {
  const at = FROM;
  const entry = local(PARAMS);
  const found = range(SHORTS_AT_ONCE + 1).map((i) => local(PARAMS + 1 + i));
  const setFound = (i: number): Code => {
    const pair = i32.and(i32.load16(at.get, i), i32.of(pairs.mask));
    const offset = pairs.shift > 0 ? i32.shl(pair, i32.of(pairs.shift)) : pair;
    return (found[i]).set(pairs.kinds === 8 ? i32.load16(offset, AT.pairs) : i32.load(offset, AT.pairs));
  };
  const places = range(SHORTS_AT_ONCE);
  const kindsAt = (i: number): Code =>
    i32.and((found[i]).get, i32.shr((found[i + 1]).get, i32.of(pairs.kinds)));
  const chainOf = (table: number, fold: number, offset: number): Code => {
    const hash = hashOf(i32.or(i32.load(at.get, offset), i32.of(fold)));
    return compareChain(table, shortHeadBits, hash, entry, at, offset);
  };
  const all = 2 ** pairs.kinds - 1;
  const chainsAt = (i: number): Code =>
    when(
      i32.and(kindsAt(i), i32.of(all)),
      when(i32.and(kindsAt(i), i32.of(1)), chainOf(AT.pairHeads, FOLD.two, i)),
      when(i32.and(kindsAt(i), i32.of(all - 1)), chainOf(AT.shortHeads, FOLD.three, i)),
    );
  const eight = loop(
    leaveIf(1, i32.ge(at.get, TO.get)),
    ...places.map((i) => setFound(i + 1)),
    when(i32.and(any(places.map(kindsAt)), i32.of(all)), stopWhenFull, ...places.map(chainsAt)),
    at.set(i32.add(at.get, i32.of(SHORTS_AT_ONCE))),
    (found[0]).set((found[SHORTS_AT_ONCE]).get),
    leave(0),
  );
  const body = steps(begin, setFound(0), block(eight), end);
  return { name: 'shorts', params: PARAMS, locals: 2 + SHORTS_AT_ONCE, result: true, body };
}

/** @returns the module's bytes */
export function literalKernel(size: TableSize): Uint8Array<ArrayBuffer> {
  const stoppedAt = { name: 'stoppedAt', params: 0, locals: 0, result: true, body: STOPPED_AT.get };
  return wasmModule([chainFunction(), longsFunction(size), shortsFunction(size), stoppedAt], GLOBALS);
}
