/** GET /cases/{case}/compare: what changed from one input to another. */

import { z } from 'zod';
import { inputId } from './common.ts';

export const compareQuery = z.object({ a: inputId.describe('before'), b: inputId.describe('after') });
export type CompareQuery = z.input<typeof compareQuery>;

const change = z.enum(['added', 'removed', 'changed']);
const fieldChange = z.object({
  field: z.string(),
  before: z.union([z.string(), z.number(), z.null()]),
  after: z.union([z.string(), z.number(), z.null()]),
});

export const hostChange = z.object({
  change,
  address: z.string(),
  names: z.array(z.string()),
  macs: z.array(z.string()),
  is_home: z.boolean(),
  changes: z.array(fieldChange),
});
export const serviceChange = z.object({
  change,
  address: z.string(),
  proto: z.string(),
  port: z.number(),
  service: z.string().nullable(),
  changes: z.array(fieldChange),
});

export const comparison = z.object({
  a: z.object({ input: inputId, name: z.string() }),
  b: z.object({ input: inputId, name: z.string() }),
  hosts: z.array(hostChange),
  services: z.array(serviceChange),
  unchanged: z.object({ hosts: z.number(), services: z.number() }),
});
export type Comparison = z.infer<typeof comparison>;
