/** What every resource shares: identifiers, ranges, errors. Ids are checked against these before anything is done with them. */

import { z } from 'zod';

export const caseId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a case');
export const inputId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of an input');
export const jobId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a job');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in lower-case hex');
export const uid = z.string().regex(/^C[0-9A-Za-z]{1,24}$/, 'is not the uid of a connection');
export const tableName = z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'is not the name of a table');
export const address = z.string().regex(/^[0-9A-Fa-f:.]{2,45}$/, 'is not an IP address');

/** Seconds since the epoch, UTC, with up to nine decimals. */
export const seconds = z.number().describe('seconds since the epoch, UTC');
/** The same as text in a query, so that nanoseconds are exact. */
export const secondsText = z
  .string()
  .regex(/^\d{1,10}(\.\d{1,9})?$/, 'is not a time in seconds since the epoch')
  .describe('seconds since the epoch, UTC, with up to nine decimals');

const filterText = z
  .string()
  .max(10_000)
  .describe(
    'display filter, Wireshark syntax over our columns, such as "ip.addr == 10.0.0.0/8 && tcp.port == 443"',
  );

/** The part of a query that narrows everything on a page. `from` is inclusive, `to` exclusive. */
export const scopeQuery = z.object({
  filter: filterText.optional(),
  from: secondsText.optional(),
  to: secondsText.optional(),
  input: inputId.optional().describe('only this input of the case'),
});
export type ScopeQuery = z.infer<typeof scopeQuery>;

export const timeRange = z.object({ from: seconds, to: seconds });
export type TimeRange = z.infer<typeof timeRange>;

/** Every refusal and failure. `message` is one sentence for people; `at` is the place in a filter, from 0. */
export const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    at: z.number().int().optional(),
    suggestion: z.string().optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** One cell of a table: times and spans are seconds, addresses and MACs text, lists arrays. */
export const cell = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string(), z.number()])),
]);
export type Cell = z.infer<typeof cell>;
