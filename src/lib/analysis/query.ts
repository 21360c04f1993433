/** How analysis asks for rows: the store's door is handed in, values of rows are read by what they mean. */

import type { SqlParam } from './filter/sql.ts';

/** Rows as objects by column name. 64-bit whole numbers come as numbers, bigints or decimal text: read them with `num` and `big`. */
export type Query = (sql: string, params: readonly SqlParam[]) => Promise<readonly QueryRow[]>;
export type QueryRow = Readonly<Record<string, unknown>>;

/** A condition over the raw columns of a table, with the values of its `?` marks. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly SqlParam[];
}

export const num = (value: unknown): number => Number(value ?? 0);
export const big = (value: unknown): bigint =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string' ? BigInt(value) : 0n;
export const text = (value: unknown): string => (typeof value === 'string' ? value : String(value ?? ''));

/** A list column, as the store gives it or as DuckDB's own list value. */
export const list = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)) {
    return value.items as readonly unknown[];
  }
  return [];
};
export const texts = (value: unknown): string[] => list(value).map(text);
