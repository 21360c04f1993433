/** An input: an ordered list of capture files with one set of connections. */

import { z } from 'zod';
import { inputId, sha256, timeRange } from './common.ts';

export const inputOptions = z.strictObject({
  checksums: z.enum(['auto', 'verify', 'ignore']).optional(),
  midstream: z.boolean().optional(),
  async: z.boolean().optional(),
  vlan_key: z.boolean().optional(),
  packets_table: z.enum(['full', 'index', 'none']).optional(),
  shards: z.number().int().min(1).max(64).optional(),
  protocols: z
    .boolean()
    .optional()
    .describe('false: connections and packets alone, nothing of their content'),
  file_hashes: z
    .array(z.enum(['md5', 'sha1', 'sha256']))
    .max(3)
    .optional()
    .describe('hashes of the files that connections carried; all three where absent'),
  keylog: sha256.optional().describe('a stored TLS key log, by which connections are decrypted'),
});
export type InputOptions = z.infer<typeof inputOptions>;

/** POST /keylogs: the body is the text of a key log (NSS format). Its secrets are never answered. */
export const keyLogStored = z.object({ sha256, secrets: z.number().describe('lines that hold a secret') });
export type KeyLogStored = z.infer<typeof keyLogStored>;

export const captureInterface = z.object({
  link_type: z.number().int(),
  snaplen: z.number(),
  name: z.string().optional(),
  description: z.string().optional(),
  os: z.string().optional(),
  filter: z.string().optional(),
  ts_resolution: z.string().optional(),
  received: z.number().optional(),
  dropped: z.number().optional(),
});

/** Facts of one capture file, from the `captures` table. */
export const captureFile = z.object({
  file: z.number().int().describe('index in the input, from 0'),
  name: z.string(),
  size: z.number(),
  sha256,
  format: z.string(),
  compression: z.string(),
  byte_order: z.string(),
  link_types: z.array(z.number().int()),
  snaplen: z.number(),
  packets: z.number(),
  recovered_packets: z.number(),
  decoded: z.number(),
  recovered_decoded: z.number(),
  duplicates: z.number(),
  cut_short: z.boolean(),
  first_ts: z.number().nullable(),
  last_ts: z.number().nullable(),
  blocks: z.record(z.string(), z.number()).nullable(),
  interfaces: z.array(captureInterface),
  comments: z.array(z.object({ frame: z.number().optional(), text: z.string() })),
  hardware: z.string().nullable(),
  os: z.string().nullable(),
  application: z.string().nullable(),
  faults: z.array(
    z.object({
      code: z.string(),
      count: z.number(),
      offset: z.number().nullable(),
      skipped: z.number().nullable(),
      recovered: z.boolean(),
    }),
  ),
});
export type CaptureFile = z.infer<typeof captureFile>;

export const inputResource = z.object({
  id: inputId,
  name: z.string(),
  owner_id: z.string(),
  created: z.string(),
  engine: z.string(),
  options: inputOptions,
  packets: z.number(),
  connections: z.number(),
  bytes: z.number(),
  disk_bytes: z.number(),
  read_s: z
    .number()
    .nullable()
    .describe('seconds that reading its packets took: a full pass takes about as long'),
  range: timeRange.nullable(),
  files: z.array(captureFile),
});
export type Input = z.infer<typeof inputResource>;

/** An input whose ingest did not come to its end: offer to go on (POST its files again, then DELETE it). */
export const openInput = z.object({
  id: inputId,
  name: z.string(),
  state: z.enum(['waiting', 'ingesting', 'interrupted', 'failed']),
  problem: z.string().nullable().describe('one sentence'),
  created: z.string(),
  files: z.array(z.object({ sha256, name: z.string(), size: z.number() })),
});
export type OpenInput = z.infer<typeof openInput>;

export const inputList = z.object({ inputs: z.array(inputResource), open: z.array(openInput) });
export type InputList = z.infer<typeof inputList>;

export const inputCreate = z.strictObject({
  files: z
    .array(z.strictObject({ sha256, name: z.string().min(1).max(255) }))
    .min(1, 'must name at least one file')
    .max(1_000),
  separate: z.boolean().optional().describe('an input for each file, instead of one for all'),
  options: inputOptions.optional(),
  replaces: z
    .array(inputId)
    .max(1_000)
    .optional()
    .describe(
      'sealed inputs whose files are all among these: they leave the case when the one input of all files is sealed',
    ),
});
export type InputCreate = z.infer<typeof inputCreate>;

/** POST /cases/{case}/inputs: one job for each input that will come. */
export const inputCreated = z.object({ jobs: z.array(z.string()) });
export type InputCreated = z.infer<typeof inputCreated>;

/** GET /cases/{case}/inputs/adjoining: inputs that look like parts of one capture, and should be read together. */
export const adjoiningInputs = z.object({
  groups: z.array(
    z.object({
      inputs: z.array(inputId).describe('in the order of their times'),
      connections: z.number().describe('connections that go on from one into the next'),
    }),
  ),
});
export type AdjoiningInputs = z.infer<typeof adjoiningInputs>;
