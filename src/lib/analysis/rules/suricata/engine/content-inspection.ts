/**
 * The tests of a rule on one buffer, in order: contents and patterns may be relative to the end of the match before, and where what
 * follows fails, the match before is looked for further on (Suricata's recursive content inspection).
 */

import type { BufferMatches, BufferTest, ContentTest, DatarepTest, DatasetTest, NumberOrVariable, PcreTest } from '../language/buffer-match.ts';
import { holds } from '../language/integer-test.ts';
import { integerAt, masked, textNumberAt } from './byte-value.ts';
import { Literal } from './literal.ts';
import { type Pattern, patternOf } from './pattern.ts';

/** Steps of one inspection before it is given up: Suricata's inspection-recursion-limit. */
const MAX_STEPS = 3_000;

/** What inspection of one rule shares over its buffers. */
export interface Variables {
  /** Set by byte_extract and byte_math. */
  readonly values: Map<string, bigint>;
  /** What base64_decode gave. */
  decoded: Uint8Array | undefined;
  /** The order in which a DCE/RPC call writes its integers. */
  dceIsLittle: boolean;
  /** Groups of patterns that the rule wants to keep. */
  readonly captured: { scope: 'flow' | 'pkt' | 'alert'; name: string; key: string | undefined; value: Uint8Array }[];
  /** Datasets and their reputations, by name. */
  dataset(test: DatasetTest | DatarepTest, bytes: Uint8Array): boolean;
}

export interface Found {
  /** Begin of the first and end of the last positive match; 0 and 0 where no test has a place. */
  readonly from: number;
  readonly to: number;
  /** One past the furthest byte that a positive match needed. */
  readonly last: number;
}

interface CompiledTest {
  readonly test: BufferTest;
  readonly literal?: Literal;
  readonly pattern?: Pattern;
  /** The next test is relative to this one: where that fails, this one is searched for again. */
  readonly isAnchor: boolean;
}

const isRelative = (test: BufferTest | undefined): boolean => {
  if (!test) return false;
  if (test.kind === 'content') return test.distance !== undefined || test.within !== undefined;
  return 'relative' in test && test.relative;
};

export class ContentInspection {
  readonly #tests: readonly CompiledTest[];
  /** True where no test asks for bytes: the buffer's being there is enough. */
  readonly isEmpty: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #text: string | undefined;
  #variables: Variables | undefined;
  #steps = 0;
  #from = -1;
  #last = 0;

  constructor({ tests }: Pick<BufferMatches, 'tests'>) {
    this.isEmpty = tests.length === 0;
    this.#tests = tests.map((test, i) => ({
      test,
      isAnchor: isRelative(tests[i + 1]),
      ...(test.kind === 'content' ? { literal: new Literal(test.bytes, test.nocase) } : {}),
      ...(test.kind === 'pcre' ? { pattern: patternOf(test.pattern) } : {}),
    }));
  }

  /** Do all tests hold? */
  inspect(bytes: Uint8Array, variables: Variables): Found | undefined {
    this.#bytes = bytes;
    this.#text = undefined;
    this.#variables = variables;
    this.#steps = 0;
    this.#from = -1;
    this.#last = 0;
    variables.captured.length = 0;
    if (!this.#rest(0, 0)) return undefined;
    const last = this.#last;
    return { from: Math.max(0, this.#from), to: last, last };
  }

  #number(value: NumberOrVariable | undefined, otherwise = 0): number {
    if (value === undefined) return otherwise;
    if (typeof value === 'number') return value;
    const known = this.#variables?.values.get(value);
    return known === undefined ? Number.NaN : Number(known);
  }

  /** Tests from the `i`th on; `end` is where the match before ended. */
  #rest(i: number, end: number): boolean {
    if (i === this.#tests.length) return true;
    if (++this.#steps > MAX_STEPS) return false;
    const compiled = this.#tests[i];
    const { test } = compiled;
    switch (test.kind) {
      case 'content':
        return this.#content(test, compiled, i, end);
      case 'pcre':
        return this.#pcre(test, compiled, i, end);
      default: {
        const next = this.#other(test, end);
        return next !== undefined && this.#rest(i + 1, next);
      }
    }
  }

  #content(test: ContentTest, { literal, isAnchor }: CompiledTest, i: number, end: number): boolean {
    if (!literal) return false;
    const { length } = this.#bytes;
    let from: number;
    let to = length;
    if (isRelative(test)) {
      const distance = this.#number(test.distance);
      from = Math.max(0, end + distance);
      if (test.within !== undefined) to = Math.min(to, end + distance + this.#number(test.within));
      if (test.offset !== undefined) from = Math.max(from, this.#number(test.offset));
      if (test.depth !== undefined) to = Math.min(to, end + this.#number(test.depth));
    } else {
      from = this.#number(test.offset);
      if (test.depth !== undefined) to = Math.min(to, from + this.#number(test.depth));
    }
    if (Number.isNaN(from) || Number.isNaN(to)) return false;
    if (test.endswith) from = Math.max(from, length - literal.length);
    if (test.endswith && to < length) return test.negated && this.#rest(i + 1, end);
    let at = literal.find(this.#bytes, from, to);
    if (test.negated) return at < 0 && this.#rest(i + 1, end);
    const [wasFrom, wasLast] = [this.#from, this.#last];
    while (at >= 0) {
      if (this.#from < 0 || at < this.#from) this.#from = at;
      this.#last = Math.max(this.#last, at + literal.length);
      if (this.#rest(i + 1, at + literal.length)) return true;
      this.#from = wasFrom;
      this.#last = wasLast;
      if (!isAnchor || this.#steps > MAX_STEPS) return false;
      at = literal.find(this.#bytes, at + 1, to);
    }
    return false;
  }

  #pcre(test: PcreTest, { pattern, isAnchor }: CompiledTest, i: number, end: number): boolean {
    if (!pattern) return false;
    this.#text ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length).toString('latin1');
    const [wasFrom, wasLast] = [this.#from, this.#last];
    let from = test.relative ? end : 0;
    for (;;) {
      const found = pattern.find(this.#text, from);
      if (test.negated) return !found && this.#rest(i + 1, end);
      if (!found) return false;
      if (this.#from < 0 || found.from < this.#from) this.#from = found.from;
      this.#last = Math.max(this.#last, found.to);
      const kept = this.#variables?.captured.length ?? 0;
      if (test.captures.length > 0) this.#capture(test, found.groups());
      if (this.#rest(i + 1, found.to)) return true;
      if (this.#variables) this.#variables.captured.length = kept;
      this.#from = wasFrom;
      this.#last = wasLast;
      if (!isAnchor || test.pattern.anchored || ++this.#steps > MAX_STEPS) return false;
      from = Math.max(found.from + 1, from + 1);
    }
  }

  #capture(test: PcreTest, groups: readonly (readonly [number, number])[]): void {
    let key: string | undefined;
    test.captures.forEach((capture, i) => {
      const [from, to] = groups.at(i) ?? [-1, -1];
      if (from < 0) return;
      const value = this.#bytes.slice(from, to);
      if (capture.key) key = Buffer.from(value).toString('latin1');
      else this.#variables?.captured.push({ scope: capture.scope, name: capture.name, key, value });
    });
  }

  /** Answers where the next relative test begins; undefined where the test fails. */
  #other(test: Exclude<BufferTest, ContentTest | PcreTest>, end: number): number | undefined {
    const bytes = this.#bytes;
    switch (test.kind) {
      case 'isdataat': {
        const at = this.#number(test.at);
        // Relative to a match it counts bytes; from the begin it is a place.
        const isThere = test.relative ? end + at <= bytes.length : at < bytes.length;
        return isThere !== test.negated ? end : undefined;
      }
      case 'byte_test':
        return this.#byteTest(test, end) ? end : undefined;
      case 'byte_jump':
        return this.#byteJump(test, end);
      case 'byte_extract': {
        const at = test.offset + (test.relative ? end : 0);
        const value = this.#valueAt(at, test.bytes, test.order, test.text);
        if (value === undefined) return undefined;
        let kept = value * BigInt(test.multiplier);
        const align = BigInt(test.align ?? 0);
        if (align > 0n && kept % align !== 0n) kept += align - (kept % align);
        this.#variables?.values.set(test.name, kept);
        return at + test.bytes;
      }
      case 'byte_math':
        return this.#byteMath(test, end);
      case 'bsize':
        return this.#bsize(test) ? end : undefined;
      case 'absent':
        // A buffer that is here is not absent; `or_else` lets the other tests decide.
        return test.orElse ? end : undefined;
      case 'entropy': {
        const part = bytes.subarray(test.offset, test.bytes > 0 ? test.offset + test.bytes : bytes.length);
        return part.length > 0 && entropyHolds(test, entropyOf(part)) ? end : undefined;
      }
      case 'base64_decode':
        return this.#base64(test, end) ? end : undefined;
      case 'dataset':
      case 'datarep':
        return this.#variables?.dataset(test, bytes) === true ? end : undefined;
    }
  }

  #valueAt(
    at: number,
    length: number,
    order: 'big' | 'little' | 'dce',
    text: 'hex' | 'dec' | 'oct' | undefined,
  ): bigint | undefined {
    return text === undefined
      ? integerAt(this.#bytes, at, length, order, this.#variables?.dceIsLittle ?? true)
      : textNumberAt(this.#bytes, at, length, text);
  }

  #byteTest(test: Extract<BufferTest, { kind: 'byte_test' }>, end: number): boolean {
    const at = this.#number(test.offset) + (test.relative ? end : 0);
    const read = this.#valueAt(at, this.#number(test.bytes), test.order, test.text);
    const wanted = this.#number(test.value);
    if (read === undefined || Number.isNaN(wanted)) return false;
    const a = masked(read, test.bitmask);
    const b = BigInt(wanted);
    return compare(a, test.op, b) !== test.negated;
  }

  #byteJump(test: Extract<BufferTest, { kind: 'byte_jump' }>, end: number): number | undefined {
    const at = this.#number(test.offset) + (test.relative ? end : 0);
    const length = this.#number(test.bytes);
    const read = length === 0 ? 0n : this.#valueAt(at, length, test.order, test.text);
    if (read === undefined) return undefined;
    let jump = Number(masked(read, test.bitmask) * BigInt(test.multiplier));
    if (test.align && jump % 4 !== 0) jump += 4 - (jump % 4);
    jump += this.#number(test.postOffset);
    const base = test.from === 'beginning' ? 0 : test.from === 'end' ? this.#bytes.length : at + length;
    const to = base + jump;
    return to >= 0 && to <= this.#bytes.length ? to : undefined;
  }

  #byteMath(test: Extract<BufferTest, { kind: 'byte_math' }>, end: number): number | undefined {
    const at = test.offset + (test.relative ? end : 0);
    const length = this.#number(test.bytes);
    const read = this.#valueAt(at, length, test.order, test.text);
    const operand = this.#number(test.operand);
    if (read === undefined || Number.isNaN(operand)) return undefined;
    const result = mathOf(read, test.op, BigInt(operand));
    if (result === undefined) return undefined;
    this.#variables?.values.set(test.result, masked(BigInt.asUintN(64, result), test.bitmask));
    return at + length;
  }

  #bsize({ test }: Extract<BufferTest, { kind: 'bsize' }>): boolean {
    const { length } = this.#bytes;
    if (!('variable' in test)) return holds(test, length);
    const value = this.#number(test.variable);
    if (Number.isNaN(value)) return false;
    return test.op === '=' ? length === value : test.op === '<' ? length < value : length > value;
  }

  #base64(test: Extract<BufferTest, { kind: 'base64_decode' }>, end: number): boolean {
    const from = test.offset + (test.relative ? end : 0);
    const bytes = this.#bytes;
    let to = from;
    const most = test.bytes === undefined ? bytes.length : Math.min(bytes.length, from + test.bytes);
    while (to < most && isBase64(bytes[to])) to++;
    const decoded = Buffer.from(Buffer.from(bytes.subarray(from, to)).toString('latin1'), 'base64');
    if (decoded.length === 0 || !this.#variables) return false;
    this.#variables.decoded = decoded;
    return true;
  }
}

/** Base 64's letters, `=` and the blanks that mail puts between them. */
const isBase64 = (byte: number): boolean =>
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2b ||
  byte === 0x2f ||
  byte === 0x3d ||
  byte === 0x20 ||
  byte === 0x0d ||
  byte === 0x0a;

function compare(a: bigint, op: Extract<BufferTest, { kind: 'byte_test' }>['op'], b: bigint): boolean {
  switch (op) {
    case '=':
      return a === b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    case '>=':
      return a >= b;
    case '&':
      return (a & b) !== 0n;
    case '^':
      return (a ^ b) !== 0n;
  }
}

function mathOf(a: bigint, op: Extract<BufferTest, { kind: 'byte_math' }>['op'], b: bigint): bigint | undefined {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? undefined : a / b;
    case '<<':
      return b < 64n ? a << b : 0n;
    case '>>':
      return b < 64n ? a >> b : 0n;
  }
}

/** Shannon's, bits a byte. */
export function entropyOf(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  let bits = 0;
  for (const count of counts) {
    if (count === 0) continue;
    const share = count / bytes.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

function entropyHolds({ op, value, high }: Extract<BufferTest, { kind: 'entropy' }>, x: number): boolean {
  switch (op) {
    case '=':
      return x === value;
    case '!=':
      return x !== value;
    case '<':
      return x < value;
    case '<=':
      return x <= value;
    case '>':
      return x > value;
    case '>=':
      return x >= value;
    case 'range':
      return x > value && x < (high ?? Infinity);
  }
}
