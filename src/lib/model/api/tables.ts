/** Records by table: conn, hosts, arp, tunnel, weird, … and every later protocol. */

import { z } from 'zod';
import { cell, scopeQuery } from './common.ts';

export const columnKind = z.enum([
  'bool',
  'u8',
  'u16',
  'u32',
  'u64',
  'f64',
  'time',
  'span',
  'addr',
  'mac',
  'enum',
  'text',
  'u16[]',
  'text[]',
]);

export const columnFacts = z.object({
  name: z.string(),
  kind: columnKind.describe('times and spans are seconds in rows; addresses and MACs text'),
  doc: z.string(),
  unit: z.string().nullable(),
  values: z.array(z.string()).nullable().describe('vocabulary of an enum'),
  ecs: z.string().nullable(),
  eve: z.string().nullable(),
  summed: z.boolean().describe('has a sum in the totals row'),
  shown: z.boolean().describe('among the columns shown at first'),
});
export type ColumnFacts = z.infer<typeof columnFacts>;

export const tableFacts = z.object({
  name: z.string(),
  doc: z.string(),
  rows: z.number(),
  key: z.array(z.string()),
  columns: z.array(columnFacts),
});
export type TableFacts = z.infer<typeof tableFacts>;
export const tableList = z.object({ tables: z.array(tableFacts) });
export type TableList = z.infer<typeof tableList>;

const columnNames = z
  .string()
  .regex(/^[a-z0-9_,]{1,2000}$/, 'is not a list of column names separated by commas')
  .describe('column names separated by commas');

export const exportQuery = scopeQuery.extend({
  sort: z
    .string()
    .regex(/^[a-z0-9_]{1,60}$/, 'is not the name of a column')
    .optional(),
  desc: z.stringbool().default(false),
  columns: columnNames.optional(),
});

export const tableQuery = exportQuery.extend({
  limit: z.coerce.number().int().min(0).max(10_000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
});
export type TableQuery = z.input<typeof tableQuery>;

export const tablePage = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(cell)).describe('cells in the order of columns'),
  total: z.number().describe('rows that match'),
  sums: z.record(z.string(), z.number()).describe('over all rows that match, for columns with summed'),
  offset: z.number(),
  limit: z.number(),
  sql: z.string().describe('the query as SQL over the views, for "show SQL"'),
});
export type TablePage = z.infer<typeof tablePage>;

/** Any number of rows, streamed. */
export const tableExportQuery = exportQuery.extend({ format: z.enum(['csv', 'ndjson']).default('csv') });
export type TableExportQuery = z.input<typeof tableExportQuery>;
