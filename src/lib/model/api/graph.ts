/** GET /cases/{case}/graph: hosts, and who speaks to whom. */

import { z } from 'zod';
import { scopeQuery } from './common.ts';

export const graphQuery = scopeQuery.extend({
  limit: z.coerce.number().int().min(1).max(5_000).default(300).describe('edges at most, the heaviest first'),
});
export type GraphQuery = z.input<typeof graphQuery>;

export const graphNode = z.object({
  id: z.string().describe('address'),
  label: z.string(),
  is_home: z.boolean(),
  country: z.string().nullable(),
  conns: z.number(),
  bytes: z.number(),
  severity: z.number().nullable().describe('0 to 100 of its gravest finding'),
});
export const graphEdge = z.object({
  source: z.string(),
  target: z.string(),
  conns: z.number(),
  packets: z.number(),
  bytes: z.number(),
  services: z.array(z.string()),
  processes: z.array(z.string()).describe('as snapshots kept with the case name them'),
  ports: z.array(z.number()),
});

export const graph = z.object({
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  of_nodes: z.number().describe('hosts in all'),
  of_edges: z.number().describe('pairs in all'),
});
export type Graph = z.infer<typeof graph>;
export type GraphNode = z.infer<typeof graphNode>;
export type GraphEdge = z.infer<typeof graphEdge>;
