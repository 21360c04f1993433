/** GET /filters: one filter in the words of each tool. */

import { z } from 'zod';

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
