/** An input's recorded settings as options of the pipeline: of its ingest, and of everything that reads its packets again. */

import type { FileHashes } from '../../ingest/files/file-tracker.ts';
import type { PipelineOptions } from '../../ingest/pipeline/options.ts';
import type { IngestSettings } from './ingest-messages.ts';

const isOneOf = <T extends string>(value: unknown, ...words: T[]): value is T =>
  words.some((word) => word === value);

const hashesOf = (value: readonly unknown[]): FileHashes =>
  value.filter((one) => isOneOf(one, 'md5', 'sha1', 'sha256'));

/** What the settings say; anything else, or of another type, is left to the pipeline's defaults. */
export function pipelineOptions(settings: IngestSettings): Partial<PipelineOptions> {
  const { checksums, packetsTable, midstream, async, vlanKey, shards, protocols, fileHashes } = settings;
  return {
    ...(isOneOf(checksums, 'auto', 'verify', 'ignore') ? { checksums } : {}),
    ...(isOneOf(packetsTable, 'full', 'index', 'none') ? { packetsTable } : {}),
    ...(typeof midstream === 'boolean' ? { midstream } : {}),
    ...(typeof async === 'boolean' ? { async } : {}),
    ...(typeof vlanKey === 'boolean' ? { vlanKey } : {}),
    ...(typeof shards === 'number' ? { shards } : {}),
    ...(typeof protocols === 'boolean' ? { protocols } : {}),
    ...(Array.isArray(fileHashes) ? { fileHashes: hashesOf(fileHashes) } : {}),
  };
}
