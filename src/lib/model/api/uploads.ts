/** Captures on their way into the object store. */

import { z } from 'zod';
import { sha256 } from './common.ts';
import { inputOptions } from './inputs.ts';

/**
 * /uploads speaks tus 1.0 (extensions creation, creation-with-upload, termination). Upload-Metadata: `filename`. When the last byte has
 * arrived the file goes to the object store, and the answer to that last request carries these headers.
 */
export const UPLOAD_HEADERS = { sha256: 'Coldwire-Sha256', known: 'Coldwire-Known' } as const;

/** GET /objects/{sha256}: a capture that is stored; HEAD answers 200 or 404. */
export const objectResource = z.object({ sha256, size: z.number() });
export type StoredObject = z.infer<typeof objectResource>;

/** GET /objects?sha256=…: the same question with an empty list for "no", which a browser does not report as a failed request. */
export const objectsQuery = z.object({ sha256 });
export const objectList = z.object({ objects: z.array(objectResource) });
export type ObjectList = z.infer<typeof objectList>;

const HASH = '(?:md5|sha1|sha256)';

/** What the input is read with: the options of POST /cases/{case}/inputs, as words of a query. */
export const filesQuery = z.object({
  separate: z.stringbool().default(false),
  checksums: inputOptions.shape.checksums,
  midstream: z.stringbool().optional(),
  async: z.stringbool().optional(),
  vlan_key: z.stringbool().optional(),
  packets_table: inputOptions.shape.packets_table,
  protocols: z.stringbool().optional(),
  file_hashes: z
    .string()
    .regex(new RegExp(`^(?:none|${HASH}(?:,${HASH}){0,2})$`))
    .optional()
    .describe('hashes of the files that connections carried, with commas between them, or none'),
  keylog: inputOptions.shape.keylog,
});
export type FilesQuery = z.infer<typeof filesQuery>;

/**
 * POST /cases/{case}/files, multipart/form-data: every part with a file name becomes one file of the input, but for one called
 * `keylog`, which is a TLS key log.
 */
export const filesPosted = z.object({
  files: z.array(z.object({ sha256, name: z.string(), size: z.number(), known: z.boolean() })),
  jobs: z.array(z.string()),
});
export type FilesPosted = z.infer<typeof filesPosted>;
