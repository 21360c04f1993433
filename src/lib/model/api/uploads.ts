/** Captures on their way into the object store. */

import { z } from 'zod';
import { sha256 } from './common.ts';

/**
 * /uploads speaks tus 1.0 (extensions creation, creation-with-upload, termination). Upload-Metadata: `filename`. When the last byte has
 * arrived the file goes to the object store, and the answer to that last request carries these headers.
 */
export const UPLOAD_HEADERS = { sha256: 'Coldwire-Sha256', known: 'Coldwire-Known' } as const;

/** GET /objects/{sha256}: whether a file is known, before it is uploaded; HEAD answers 200 or 404. */
export const objectResource = z.object({ sha256, size: z.number() });
export type StoredObject = z.infer<typeof objectResource>;

/** POST /cases/{case}/files, multipart/form-data: every part with a file name becomes one file of the input. */
export const filesPosted = z.object({
  files: z.array(z.object({ sha256, name: z.string(), size: z.number(), known: z.boolean() })),
  jobs: z.array(z.string()),
});
export type FilesPosted = z.infer<typeof filesPosted>;
