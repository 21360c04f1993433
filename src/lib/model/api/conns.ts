/** GET /cases/{case}/conns/{uid}: one connection. */

import { z } from 'zod';
import { cell, inputId } from './common.ts';
import { finding } from './findings.ts';

/** A uid may occur in several inputs of a case (the same capture twice): the first is taken unless `input` says which. */
export const connQuery = z.object({ input: inputId.optional() });

export const connEnd = z.object({
  address: z.string(),
  port: z.number(),
  mac: z.string().nullable(),
  vendor: z.string().nullable(),
  names: z.array(z.string()),
  is_home: z.boolean(),
  country: z.string().nullable(),
  as_name: z.string().nullable(),
});

export const connResource = z.object({
  uid: z.string(),
  input: inputId,
  inputs: z.array(inputId).describe('every input that has this uid'),
  row: z.record(z.string(), cell).describe('every column of conn'),
  orig: connEnd,
  resp: connEnd,
  state_meaning: z.string().describe('conn_state in words'),
  history_meaning: z.array(z.string()).describe('history, a letter an entry, in words'),
  files: z
    .array(z.object({ file: z.number(), name: z.string(), sha256: z.string() }))
    .describe('capture files of its input'),
  packets: z.number().describe('packets stored for it; its own, and for a tunnel those of what it carries'),
  parents: z.array(z.string()).describe('uids of the tunnels around it'),
  children: z.array(z.string()).describe('uids of what it carries, the first 100'),
  tcpdump_filter: z.string().describe('capture filter for tcpdump'),
  wireshark_filter: z.string().describe('display filter for Wireshark'),
  findings: z.array(finding),
});
export type Conn = z.infer<typeof connResource>;
