/**
 * Values of query results as JavaScript values that survive JSON:
 * - whole numbers of any width: number where it is exact (|n| < 2^53), else decimal text; so raw nanosecond times of schema r are
 *   text of 19 digits, and counts and byte sums are numbers
 * - DECIMAL: number where its text is the same, else text
 * - FLOAT, DOUBLE: number; NaN and the infinities as text
 * - TIMESTAMP of every precision: ISO 8601 in UTC with as many digits as there are, `2024-05-01T10:00:00.123456789Z`
 * - DATE, TIME, INTERVAL, UUID, BIT, ENUM: text; BLOB: lower-case hex
 * - LIST, ARRAY: array; STRUCT: object; MAP: array of [key, value]
 * - NULL: null
 */

import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** `fraction` of a second in units of 10^-digits, trailing groups of zeros left out. */
function isoTime(seconds: bigint, fraction: bigint, digits: number): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds}`;
  const whole = date.toISOString().slice(0, -5);
  if (fraction === 0n) return `${whole}Z`;
  return `${whole}.${fraction
    .toString()
    .padStart(digits, '0')
    .replace(/(000)+$/, '')}Z`;
}

/** ISO text of a count of units of 10^-digits seconds since the epoch. */
export function isoOf(count: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = ((count % scale) + scale) % scale;
  return isoTime((count - fraction) / scale, fraction, digits);
}

const exact = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
    ? Number(value)
    : value.toString();

export function jsonValue(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return exact(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map(jsonValue);
  if (value instanceof DuckDBTimestampNanosecondsValue) return isoOf(value.nanos, 9);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return isoOf(value.micros, 6);
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoOf(value.millis, 3);
  if (value instanceof DuckDBTimestampSecondsValue) return isoOf(value.seconds, 0);
  if (value instanceof DuckDBDecimalValue) {
    const text = value.toString();
    return String(Number(text)) === text ? Number(text) : text;
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, jsonValue(entry)]));
  }
  if (value instanceof DuckDBMapValue)
    return value.entries.map(({ key, value: of }) => [jsonValue(key), jsonValue(of)]);
  return String(value);
}
