/** POST /cases/{case}/sql: a read-only query over the case's views. */

import { z } from 'zod';
import { QUERY_LIMITS } from '../limits.ts';
import { cell } from './common.ts';

export const sqlRequest = z.strictObject({
  sql: z.string().min(1, 'must not be empty').max(QUERY_LIMITS.maxSqlBytes),
  max_rows: z.number().int().min(1).max(QUERY_LIMITS.maxRows).optional(),
});
export type SqlRequest = z.infer<typeof sqlRequest>;

export const sqlResult = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(cell)),
  capped: z.boolean().describe('there are more rows than were asked for'),
  ms: z.number(),
});
export type SqlResult = z.infer<typeof sqlResult>;
