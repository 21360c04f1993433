/** Behaviour detectors of a case and their parameters. */

import { z } from 'zod';
import { inputId } from './common.ts';

const parameter = z.object({
  name: z.string(),
  doc: z.string(),
  default: z.unknown(),
  value: z.unknown().describe('what a run over this case uses'),
  changed: z.boolean().describe('the case says so itself'),
  range: z
    .object({ minimum: z.number(), maximum: z.number(), whole: z.boolean() })
    .nullable()
    .describe('what a number may be; null for anything else'),
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

/** GET /cases/{case}/detectors/curve: findings against a parameter's value, everything else as the case has it. */
export const curveQuery = z.object({
  detector: z.string().min(1).max(100),
  parameter: z.string().min(1).max(100),
  from: z.coerce.number().optional().describe('absent: a tenth of the value in force'),
  to: z.coerce.number().optional().describe('absent: ten times the value in force'),
  points: z.coerce.number().int().min(2).max(60).default(25),
  input: inputId.optional(),
});
export type CurveQuery = z.input<typeof curveQuery>;

export const curve = z.object({
  detector: z.string(),
  parameter: z.string(),
  value: z.number().describe('in force for this case'),
  points: z.array(
    z.object({
      value: z.number(),
      findings: z.number(),
      sources: z.number().describe('different addresses that acted in them'),
    }),
  ),
  passes: z.number().describe('runs of the detector an input that it took'),
  inputs: z.number(),
  seconds: z.number(),
});
export type Curve = z.infer<typeof curve>;
