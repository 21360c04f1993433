/** Behaviour detectors of a case and their parameters. */

import { z } from 'zod';

const parameter = z.object({
  name: z.string(),
  doc: z.string(),
  default: z.unknown(),
  value: z.unknown().describe('what a run over this case uses'),
  changed: z.boolean().describe('the case says so itself'),
});

export const detectorList = z.object({
  detectors: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      rev: z.number(),
      doc: z.string(),
      reads: z.array(z.string()).describe('tables'),
      enabled: z.boolean(),
      parameters: z.array(parameter),
    }),
  ),
});
export type DetectorList = z.infer<typeof detectorList>;

export const detectorsPut = z.strictObject({
  detectors: z
    .record(z.string().max(100), z.object({ enabled: z.boolean().optional() }).loose())
    .describe(
      'parameters by detector, as in rules/detectors.yml; what is not named goes back to its default',
    ),
});
export type DetectorsPut = z.infer<typeof detectorsPut>;

export const detectorRun = z.object({
  found: z.number().describe('findings of all inputs, rules included'),
  refused: z.array(z.object({ input: z.string(), id: z.string(), why: z.string() })),
});
export type DetectorRunReply = z.infer<typeof detectorRun>;
