/** Files that connections carried: put together again from the stored capture when they are asked for. */

import { z } from 'zod';
import { inputId, uid } from './common.ts';

export const fuid = z.string().regex(/^F[0-9A-Za-z]{1,24}$/, 'is not the fuid of a file');

export const fileContentQuery = z.object({
  input: inputId.optional(),
  as: z.enum(['file', 'zip']).default('file').describe('zip: encrypted with the password'),
  password: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters without spaces')
    .optional()
    .describe('of the zip; "infected" where absent'),
});

/** One decoded body or file of a connection. */
export const body = z.object({
  fuid,
  uid,
  from_orig: z.boolean(),
  source: z.string(),
  filename: z.string().nullable(),
  mime_type: z.string().nullable().describe('by content'),
  state: z.string(),
  seen_bytes: z.number(),
  file: z.number().int().describe('the capture file and the frame that began it'),
  n: z.number().int(),
  ts: z.number().describe('seconds'),
  bytes: z.string().describe('base64; the beginning where truncated'),
  truncated: z.boolean(),
});
export type Body = z.infer<typeof body>;

export const bodies = z.object({
  input: inputId,
  bodies: z.array(body),
  of: z.number().describe('files of the connection in all'),
});
export type Bodies = z.infer<typeof bodies>;
