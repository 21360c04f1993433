/** GET /filters: one filter in the words of each tool; GET /cases/{case}/filters: what was picked in a case. */

import { z } from 'zod';
import { address, inputId, uid } from './common.ts';

export const filterQuery = z.object({
  text: z.string().max(8_000),
  language: z
    .enum(['coldwire', 'wireshark', 'bpf'])
    .default('coldwire')
    .describe("what it is written in: our display filters are Wireshark's syntax; bpf is tcpdump's"),
});

const fault = z.object({ message: z.string(), at: z.number(), length: z.number() });

const said = z.object({
  text: z.string().nullable(),
  note: z.string().nullable().describe('what is lost in translation'),
  fault: fault.nullable().describe('the part that cannot be said, and why'),
});

export const filterWords = z.object({
  coldwire: said,
  bpf: said.describe('tcpdump, dumpcap'),
  wireshark: said.describe('Wireshark, tshark'),
  tcpdump: z.string().nullable().describe('command'),
  tshark: z.string().nullable().describe('command'),
  sql: z.string().nullable(),
});
export type FilterWords = z.infer<typeof filterWords>;

const listOf = (item: z.ZodString, what: string) =>
  z
    .string()
    .max(8_000)
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(50))
    .optional()
    .describe(`${what}, up to 50, with commas between`);

/** One of `conns`, `hosts` and `finding`. */
export const selectionQuery = z.object({
  conns: listOf(uid, 'uids of connections'),
  hosts: listOf(address, 'addresses'),
  finding: z.string().min(1).max(1_000).optional().describe('key of a finding'),
  input: inputId.optional().describe('of the connections, or of the finding'),
  run: z.string().max(63).default('ingest').describe('of the finding'),
});
export type SelectionQuery = z.input<typeof selectionQuery>;
