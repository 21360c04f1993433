/** GET /settings: what this server is, which data it carries, what it caps. */

import { z } from 'zod';

export const settings = z.object({
  version: z.string(),
  node: z.string(),
  duckdb: z.string(),
  platform: z.string(),
  data_dir: z.string(),
  data_free_bytes: z.number(),
  sources: z.array(
    z.object({
      id: z.string(),
      kind: z.string().describe('country, asn, city, vendor'),
      name: z.string(),
      version: z.string(),
      attribution: z.string(),
      licence: z.string(),
      url: z.string(),
      bundled: z.boolean(),
    }),
  ),
  limits: z.record(z.string(), z.record(z.string(), z.number())),
  flow_timeouts: z.record(z.string(), z.number()).describe('seconds'),
  rules: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string(),
        name: z.string(),
        rev: z.number().nullable(),
        doc: z.string(),
      }),
    )
    .describe('detectors and signatures that run'),
});
export type Settings = z.infer<typeof settings>;
