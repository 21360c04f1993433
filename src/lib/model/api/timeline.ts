/** GET /cases/{case}/timeline: traffic over time, in equal bins. */

import { z } from 'zod';
import { scopeQuery, seconds } from './common.ts';

export const timelineQuery = scopeQuery.extend({
  bins: z.coerce.number().int().min(1).max(2_000).default(240),
  by: z.enum(['bytes', 'packets', 'conns']).default('bytes'),
  of: z
    .enum(['conns', 'packets'])
    .default('conns')
    .describe('whose fields the filter names: connections, or also single packets, as in the packet list'),
  stack: z.enum(['proto', 'service', 'conn_state', 'none']).default('proto'),
});
export type TimelineQuery = z.input<typeof timelineQuery>;

export const timeline = z.object({
  start: seconds.describe('beginning of the first bin'),
  bin_s: z.number().describe('width of a bin, seconds'),
  bins: z.number().int(),
  by: z.enum(['bytes', 'packets', 'conns']),
  /** Frame bytes and packets count where their packets are; without a packets table, at their connection's start. */
  basis: z.enum(['packets', 'connections']),
  series: z.array(z.object({ name: z.string(), values: z.array(z.number()) })),
});
export type Timeline = z.infer<typeof timeline>;
