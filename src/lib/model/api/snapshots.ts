/** Snapshots kept with a case: /cases/{case}/snapshots. */

import { z } from 'zod';
import { inputId, secondsText } from './common.ts';
import { snapshotOrigin, socket } from '../snapshot.ts';
import { sideText } from './compare.ts';

export const snapshotId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a snapshot');

export const snapshotHead = z.object({
  id: snapshotId,
  name: z.string(),
  created: z.string().describe('ISO 8601, UTC: when it was kept'),
  time: z.string().describe('ISO 8601, UTC: when it was true'),
  window: z.object({ from: z.number(), to: z.number() }).nullable(),
  origin: snapshotOrigin,
  hash: z.string(),
  sockets: z.number(),
  listening: z.number(),
  connected: z.number(),
  processes: z.number(),
  skipped: z.number().describe('lines of the origin that were not understood'),
});
export type SnapshotHead = z.infer<typeof snapshotHead>;

export const snapshotList = z.object({
  snapshots: z.array(snapshotHead).describe('the newest first'),
  formats: z.array(z.string()).describe('lists of other tools that are read'),
});
export type SnapshotList = z.infer<typeof snapshotList>;

const name = z.string().trim().max(120).optional();

export const snapshotFileQuery = z.object({
  name: z.string().trim().min(1).max(255).describe('name of the file'),
  time: z.iso.datetime().optional().describe('when the list was made, where the file does not say'),
});

/** A snapshot of a capture: as of an instant, or over a window; without either, of all of it. */
export const snapshotRecord = z.strictObject({
  input: inputId,
  at: secondsText.optional(),
  from: secondsText.optional(),
  to: secondsText.optional(),
  name,
});
export type SnapshotRecord = z.input<typeof snapshotRecord>;

export const snapshotDownloadQuery = z.object({ format: z.enum(['json', 'csv']).default('json') });

export const explainQuery = z.object({
  side: sideText.describe('inputs or a window of them'),
  slack: z.coerce.number().min(0).max(3_600).default(2).describe('seconds that the two clocks may differ'),
  limit: z.coerce.number().int().min(1).max(5_000).default(200),
});

const explainedConn = z.object({
  input: z.string(),
  uid: z.string(),
  orig: z.string(),
  orig_port: z.number(),
  resp: z.string(),
  resp_port: z.number(),
  proto: z.string(),
  service: z.string().nullable(),
  process: z.string().nullable(),
  pid: z.number().nullable(),
  user: z.string().nullable(),
  bytes: z.number(),
  first: z.number(),
  last: z.number(),
});

export const explanation = z.object({
  mine: z.number().describe("connections of the snapshot's machine in the capture"),
  open: z.number().describe('of those, open when the snapshot was taken'),
  explained: z.number().describe('of those, ones that a socket explains'),
  of_wire_only: z.number(),
  wire_only: z.array(explainedConn).describe('open then, and no socket explains them'),
  of_host_only: z.number(),
  host_only: z.array(socket).describe('connected sockets that no packet shows'),
  named: z.array(explainedConn).describe('connections whose process is known, the most bytes first'),
  applications: z
    .array(
      z.object({
        process: z.string().nullable(),
        processes: z.number(),
        conns: z.number(),
        bytes: z.number(),
      }),
    )
    .describe('bytes of the capture by process; null: not known'),
});
export type Explanation = z.infer<typeof explanation>;
