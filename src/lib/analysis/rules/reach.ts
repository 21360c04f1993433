/**
 * Which connections a set of rules can be about at all, told by their headers, as a condition over the stored connections. It may say
 * too many, never too few: a replay reads what it names and steps over the rest.
 */

import type { Condition } from '../query.ts';

/** An inclusive range of 128-bit addresses, IPv4 mapped. */
export interface ReachedAddresses {
  readonly first: bigint;
  readonly last: bigint;
}

export interface ReachedPorts {
  readonly first: number;
  readonly last: number;
}

export interface ReachedEnd {
  /** Undefined: any. */
  readonly addresses: readonly ReachedAddresses[] | undefined;
  readonly ports: readonly ReachedPorts[] | undefined;
}

/** Connections that one rule can be about, whichever end began them. */
export interface Reach {
  /** IP protocol numbers; undefined: any. */
  readonly ipProtos: readonly number[] | undefined;
  /** Names of services, one of which was found; connections without any are reached as well. Undefined: any. */
  readonly services: readonly string[] | undefined;
  /** Source and destination, in either direction; a second entry only where the two differ. */
  readonly ends: readonly [ReachedEnd, ReachedEnd];
}

/** Ranges of one set past which it is no constraint any more. */
const MAX_RANGES = 16;
/** Distinct conditions of a rule set past which addresses and ports are left out of it. */
const MAX_CONDITIONS = 400;

const MASK = (1n << 64n) - 1n;

interface Piece {
  readonly sql: string;
  readonly params: readonly (number | bigint | string)[];
}

const joined = (pieces: readonly Piece[], by: ' AND ' | ' OR '): Piece => ({
  sql: pieces.map(({ sql }) => `(${sql})`).join(by),
  params: pieces.flatMap(({ params }) => params),
});

const inRange = (column: string, { first, last }: ReachedAddresses): Piece => ({
  sql: `(${column}_hi > ? OR (${column}_hi = ? AND ${column}_lo >= ?)) AND (${column}_hi < ? OR (${column}_hi = ? AND ${column}_lo <= ?))`,
  params: [first >> 64n, first >> 64n, first & MASK, last >> 64n, last >> 64n, last & MASK],
});

const portIn = (column: string, { first, last }: ReachedPorts): Piece =>
  first === last ? { sql: `${column} = ?`, params: [first] } : { sql: `${column} BETWEEN ? AND ?`, params: [first, last] };

function endIs(side: 'orig' | 'resp', { addresses, ports }: ReachedEnd): Piece[] {
  const pieces: Piece[] = [];
  if (addresses && addresses.length <= MAX_RANGES)
    pieces.push(addresses.length === 0 ? NEVER : joined(addresses.map((range) => inRange(`id_${side}_h`, range)), ' OR '));
  if (ports && ports.length <= MAX_RANGES)
    pieces.push(ports.length === 0 ? NEVER : joined(ports.map((range) => portIn(`id_${side}_p`, range)), ' OR '));
  return pieces;
}

const NEVER: Piece = { sql: 'false', params: [] };

/** Undefined: every connection. */
function conditionOf({ ipProtos, services, ends: [src, dst] }: Reach, withEnds: boolean): Piece | undefined {
  const pieces: Piece[] = [];
  if (ipProtos) pieces.push({ sql: `ip_proto IN (${ipProtos.map(() => '?').join(', ')})`, params: ipProtos });
  if (services) {
    const isOne = services.map((): string => "',' || service || ',' LIKE ?").join(' OR ');
    pieces.push({ sql: `service IS NULL OR service = '' OR ${isOne}`, params: services.map((name) => `%,${name},%`) });
  }
  if (withEnds) {
    const forward = [...endIs('orig', src), ...endIs('resp', dst)];
    const backward = [...endIs('orig', dst), ...endIs('resp', src)];
    if (forward.length > 0 && backward.length > 0) pieces.push(joined([joined(forward, ' AND '), joined(backward, ' AND ')], ' OR '));
  }
  return pieces.length === 0 ? undefined : joined(pieces, ' AND ');
}

/** What connections the rules can be about, over the columns of conn; undefined where a rule can be about any of them. */
export function candidateCondition(reaches: readonly Reach[]): Condition | undefined {
  for (const withEnds of [true, false]) {
    const distinct = new Map<string, Piece>();
    for (const reach of reaches) {
      const piece = conditionOf(reach, withEnds);
      if (!piece) return undefined;
      distinct.set(JSON.stringify([piece.sql, piece.params.map(String)]), piece);
    }
    if (distinct.size === 0) return { sql: 'false', params: [] };
    if (distinct.size <= MAX_CONDITIONS) return joined([...distinct.values()], ' OR ');
  }
  return undefined;
}
