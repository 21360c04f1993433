/** Values of queries as the services pass them on: the store gives numbers where they are exact and decimal text otherwise. */

import type { Condition } from '../analysis/query.ts';
import type { Cell } from '../model/api/common.ts';
import type { JsonValue } from '../store/values.ts';

export type { CaseReader, Param, QueryOptions } from '../store/case-reader.ts';
export type { JsonValue } from '../store/values.ts';

/** A condition or query with the values of its `?` marks, in order. */
export type Piece = Condition;

/** Conditions joined by AND; TRUE for none. */
export function allOf(pieces: readonly (Piece | undefined)[]): Piece {
  const given = pieces.filter((piece) => piece !== undefined);
  if (given.length === 0) return { sql: 'TRUE', params: [] };
  return {
    sql: given.map(({ sql }) => `(${sql})`).join(' AND '),
    params: given.flatMap(({ params }) => params),
  };
}

export type Value = JsonValue | undefined;

export const num = (value: Value): number => Number(value ?? 0);
export const numOrNull = (value: Value): number | null =>
  value === null || value === undefined ? null : Number(value);
export const textOrNull = (value: Value): string | null =>
  value === null || value === undefined
    ? null
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
export const text = (value: Value): string => textOrNull(value) ?? '';
/** A whole number of any width. */
export const big = (value: Value): bigint =>
  BigInt(typeof value === 'string' || typeof value === 'number' ? value : 0);

export const listOf = (value: Value): string[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).map(text) : [];
export const numbersOf = (value: Value): number[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).map(Number) : [];

/** Nanoseconds → seconds with microseconds, rounded down: what `coldwire read` prints. */
export const secondsOf = (ns: bigint): number =>
  Number((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n) / 1e6;
export const seconds = (value: Value): number => secondsOf(big(value));
export const secondsOrNull = (value: Value): number | null =>
  value === null || value === undefined ? null : seconds(value);

/** Seconds as text with up to nine decimals → nanoseconds. */
export function nanoseconds(given: string): bigint {
  const [whole = '0', part = ''] = given.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0').slice(0, 9));
}

/** Any value of a query as a cell: structures as JSON text. */
export function cellOf(value: Value): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return (value as readonly JsonValue[]).map((item) => (typeof item === 'number' ? item : text(item)));
}
