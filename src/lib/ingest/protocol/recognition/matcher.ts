/**
 * Recognition by the first bytes: a table of patterns, each a prefix and what else must hold. Patterns are found through the ports and
 * their first byte, so that a table of hundreds costs a handful of comparisons.
 */

import type { ConnFacts, Dir, Verdict } from '../contract.ts';

export interface Pattern {
  /** The protocol or application. */
  readonly app: string;
  /** Where the facts are from: an RFC, a specification, or `observed`. */
  readonly source: string;
  /**
   * First bytes, hex; `..` is any byte. Several: any of them. Without it, `test` says all. Put here what `test` implies: a stream whose
   * bytes cannot be it any more is not held until there are as many as `test` needs.
   */
  readonly starts?: string | readonly string[];
  /** The same as text. */
  readonly text?: string | readonly string[];
  /** Bytes of a datagram, exactly or from–to; of a stream, how many `test` needs (the first number). */
  readonly size?: number | readonly [number, number];
  /** One of the two ports must be among these: for prefixes that say little. */
  readonly ports?: readonly number[];
  readonly test?: (bytes: Uint8Array, conn: ConnFacts, dir: Dir) => boolean;
}

interface Prefix {
  readonly bytes: Uint8Array;
  /** 0 where any byte will do. */
  readonly mask: Uint8Array;
}

interface Compiled {
  readonly pattern: Pattern;
  readonly prefix: Prefix;
  readonly least: number;
  readonly most: number;
  readonly byPort: boolean;
}

export interface Match {
  readonly verdict: Verdict;
  readonly app?: string;
  /** Set where the bytes say too little without the port. */
  readonly byPort?: boolean;
}

const NO: Match = { verdict: 'no' };
const MORE: Match = { verdict: 'more' };
const EMPTY: Prefix = { bytes: new Uint8Array(0), mask: new Uint8Array(0) };

/** Patterns by first byte; `ANY_FIRST` holds those whose first byte may be any. */
type ByFirst = readonly (readonly Compiled[])[];

const ANY_FIRST = 256;
/** Pairs of ports whose patterns are remembered; most connections have none that any pattern asks for. */
const MAX_PORT_PAIRS = 256;

export class Matcher {
  readonly #patterns: readonly Compiled[];
  /** Ports that some pattern asks for. */
  readonly #ports: ReadonlySet<number>;
  readonly #byPorts = new Map<number, ByFirst>();
  readonly #whole: boolean;

  /** @param whole the bytes are a datagram: nothing follows, and its size counts */
  constructor(patterns: readonly Pattern[], whole: boolean) {
    this.#whole = whole;
    this.#patterns = patterns.flatMap((pattern) =>
      prefixesOf(pattern).map((prefix) => ({
        pattern,
        prefix,
        ...limitsOf(pattern, prefix, whole),
        byPort: saysLittle(pattern, prefix),
      })),
    );
    this.#ports = new Set(patterns.flatMap(({ ports }) => ports ?? []));
  }

  match(bytes: Uint8Array, conn: ConnFacts, dir: Dir): Match {
    if (bytes.length === 0) return this.#whole ? NO : MORE;
    const byFirst = this.#of(conn);
    let open = false;
    for (let turn = 0; turn < 2; turn++) {
      const list = byFirst[turn === 0 ? bytes[0] : ANY_FIRST];
      for (let i = 0; i < list.length; i++) {
        const verdict = this.#ask(list[i], bytes, conn, dir);
        if (verdict === 'yes') return { verdict, app: list[i].pattern.app, byPort: list[i].byPort };
        if (verdict === 'more') open = true;
      }
    }
    return open ? MORE : NO;
  }

  /** The patterns that the ports of a connection leave. */
  #of({ origP, respP }: ConnFacts): ByFirst {
    const orig = this.#ports.has(origP) ? origP : 0;
    const resp = this.#ports.has(respP) ? respP : 0;
    const key = orig * 65_536 + resp;
    let found = this.#byPorts.get(key);
    if (!found) {
      const made: Compiled[][] = Array.from({ length: ANY_FIRST + 1 }, () => []);
      for (const one of this.#patterns) {
        const { ports } = one.pattern;
        if (ports && !ports.includes(respP) && !ports.includes(origP)) continue;
        made[one.prefix.mask[0] ? one.prefix.bytes[0] : ANY_FIRST].push(one);
      }
      found = made;
      if (this.#byPorts.size >= MAX_PORT_PAIRS) this.#byPorts.clear();
      this.#byPorts.set(key, found);
    }
    return found;
  }

  #ask(one: Compiled, bytes: Uint8Array, conn: ConnFacts, dir: Dir): Verdict {
    const { pattern, prefix } = one;
    if (!beginsWith(bytes, prefix)) return 'no';
    if (bytes.length < one.least) return this.#whole ? 'no' : 'more';
    if (this.#whole && bytes.length > one.most) return 'no';
    return !pattern.test || pattern.test(bytes, conn, dir) ? 'yes' : 'no';
  }
}

/** Fixed bytes from which on a prefix alone is no chance. */
const TELLING_BYTES = 4;

const saysLittle = ({ ports, test }: Pattern, { mask }: Prefix): boolean =>
  ports !== undefined && test === undefined && mask.filter((byte) => byte !== 0).length < TELLING_BYTES;

function limitsOf(pattern: Pattern, prefix: Prefix, whole: boolean): { least: number; most: number } {
  const { size } = pattern;
  const [from, to] = typeof size === 'number' ? [size, whole ? size : Infinity] : (size ?? [0, Infinity]);
  return { least: Math.max(from, prefix.bytes.length), most: to };
}

function prefixesOf(pattern: Pattern): Prefix[] {
  const hex = listOf(pattern.starts).map(ofHex);
  const text = listOf(pattern.text).map((one) => {
    const bytes = Uint8Array.from(one, (char) => char.charCodeAt(0));
    return { bytes, mask: new Uint8Array(bytes.length).fill(1) };
  });
  return hex.length + text.length > 0 ? [...hex, ...text] : [EMPTY];
}

const listOf = (one: string | readonly string[] | undefined): readonly string[] =>
  one === undefined ? [] : typeof one === 'string' ? [one] : one;

function ofHex(hex: string): Prefix {
  const length = hex.length >> 1;
  const bytes = new Uint8Array(length);
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const pair = hex.slice(2 * i, 2 * i + 2);
    if (pair === '..') continue;
    bytes[i] = Number.parseInt(pair, 16);
    mask[i] = 1;
  }
  return { bytes, mask };
}

/** As far as the bytes go. */
function beginsWith(bytes: Uint8Array, prefix: Prefix): boolean {
  const end = Math.min(bytes.length, prefix.bytes.length);
  for (let i = 0; i < end; i++) if (prefix.mask[i] && bytes[i] !== prefix.bytes[i]) return false;
  return true;
}
