/** Snapshots kept with a case: /cases/{case}/snapshots. */

import { z } from 'zod';
import { inputId, secondsText } from './common.ts';
import { snapshotOrigin } from '../snapshot.ts';

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
