import type { InputOptions } from '../../lib/model/api/inputs.ts';
import type { IngestResult } from '../../lib/model/api/jobs.ts';
import type { Progress } from '../../lib/model/sinks.ts';
import type { DataDir } from '../../lib/server/data-dir.ts';

/** What both ways of ingesting take. */
export interface IngestRequest {
  readonly dir: DataDir;
  /** Id or name; one that is not there is made. */
  readonly caseName: string;
  /** Absolute paths: one list for each input. */
  readonly inputs: readonly (readonly string[])[];
  readonly options: InputOptions;
  readonly onProgress: (progress: Progress) => void;
  readonly onSealed: (result: IngestResult, paths: readonly string[]) => void;
  readonly signal: AbortSignal;
}
