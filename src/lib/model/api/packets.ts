/** Packets: lists, and one packet taken apart. */

import { z } from 'zod';
import { inputId, scopeQuery, tableName } from './common.ts';

export const packetRow = z.object({
  input: inputId,
  file: z.number().int(),
  n: z.number().int().describe('number in its file, from 1'),
  ts: z.number().describe('seconds'),
  ns: z.string().describe('the exact time, nanoseconds since the epoch, decimal'),
  uid: z.string().nullable(),
  from_orig: z.boolean().nullable(),
  src: z
    .string()
    .nullable()
    .describe(
      "address in the connection; without one, that of the packet's own headers, a MAC where there is no other",
    ),
  sport: z.number().nullable(),
  dst: z.string().nullable(),
  dport: z.number().nullable(),
  proto: z.string().describe('highest protocol that was recognised'),
  caplen: z.number(),
  len: z.number(),
  tcp_flags: z.string().nullable().describe('letters such as SA'),
  retransmission: z.boolean(),
  recovered: z.boolean(),
  fragment: z.boolean(),
  fault: z.string().nullable(),
  info: z.string().describe('one line'),
  payload: z.string().describe('the first bytes of the payload as text, what is not printable as a dot'),
});
export type PacketRow = z.infer<typeof packetRow>;

export const packetsQuery = scopeQuery.extend({
  /** A filter here selects packets by their connection's columns and by the packet's own. */
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
});
export type PacketsQuery = z.input<typeof packetsQuery>;

export const cutQuery = scopeQuery.extend({
  table: tableName
    .default('packets')
    .describe(
      'packets: those that match; another table: all packets of the connections that its matching rows belong to',
    ),
});
export type CutQuery = z.infer<typeof cutQuery>;

export const connPacketsQuery = z.object({
  input: inputId.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
});

export const packetList = z.object({
  packets: z.array(packetRow),
  total: z.number(),
  offset: z.number(),
  limit: z.number(),
  unavailable: z
    .string()
    .nullable()
    .describe('why there are none although the capture has some: no packets table, the capture is gone'),
});
export type PacketList = z.infer<typeof packetList>;

/** One field: `off` and `len` are bytes within the packet; children are fields inside it. */
export interface DissectField {
  name: string;
  label: string;
  value?: string | undefined;
  off: number;
  len: number;
  fields?: DissectField[] | undefined;
}
export const dissectField: z.ZodType<DissectField> = z
  .lazy(() =>
    z.object({
      name: z.string().describe("Wireshark's name where it has one, such as ip.src"),
      label: z.string(),
      value: z.string().optional(),
      off: z.number().int(),
      len: z.number().int(),
      fields: z.array(dissectField).optional(),
    }),
  )
  .meta({ id: 'DissectField' });

export const packetDetail = z.object({
  row: packetRow,
  fields: z.array(dissectField),
  bytes: z.string().describe('the packet, base64'),
  previous: z.number().nullable().describe('number of the packet before it in its file'),
  next: z.number().nullable(),
});
export type PacketDetail = z.infer<typeof packetDetail>;
