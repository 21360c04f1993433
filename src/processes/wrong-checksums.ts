/** Whether checksums of captures mean anything, by their first packets: the files are opened for it alone, whichever of their packets are read. */

import { openCaptures } from '../lib/ingest/capture/open.ts';
import { meaninglessChecksums } from '../lib/ingest/pipeline/checksum-sample.ts';
import type { CaptureReader } from '../lib/model/capture.ts';

/** Wrong ones where most are wrong, else 0. */
export async function wrongChecksums(paths: readonly string[]): Promise<number> {
  const readers: CaptureReader[] = [];
  try {
    for (const path of paths) readers.push(...(await openCaptures(path)));
    return await meaninglessChecksums(readers);
  } finally {
    for (const reader of readers) await reader.close();
  }
}
