/** What was said in one connection: both directions, in order. */

import { z } from 'zod';
import { inputId } from './common.ts';

export const streamQuery = z.object({
  input: inputId.optional(),
  /** Bytes of both directions together. */
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(4 * 1024 * 1024)
    .default(256 * 1024),
  /** `best`: decrypted where keys are there, else as on the wire. */
  as: z.enum(['wire', 'decrypted', 'best']).default('wire'),
});

export const streamPiece = z.object({
  from_orig: z.boolean(),
  file: z.number().int(),
  n: z
    .number()
    .int()
    .describe(
      'the packet that carried it, or with which it was whole where it is decrypted; of a gap the one by which it was known',
    ),
  ts: z.number().describe('seconds'),
  missing: z.number().describe('bytes that the capture does not have; then there are no bytes'),
  stream: z.number().int().optional().describe('of QUIC, decrypted: the stream that they are of'),
  bytes: z.string().describe('base64'),
});
export type StreamPiece = z.infer<typeof streamPiece>;

export const stream = z.object({
  input: inputId,
  kind: z.enum(['stream', 'datagrams']),
  decrypted: z.boolean().describe('the bytes are those that keys opened, not those on the wire'),
  decryptable: z.boolean().describe('keys opened this connection when it was read'),
  pieces: z.array(streamPiece),
  orig_bytes: z.number().describe('bytes of the originator that are shown'),
  resp_bytes: z.number(),
  truncated: z.boolean().describe('there is more than `limit`'),
  left_out: z
    .number()
    .describe('packets that are IP fragments or could not be decoded: their bytes are not here'),
});
export type Stream = z.infer<typeof stream>;
