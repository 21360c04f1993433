/** A capture file of an input. */

import type { CaptureReader } from '../../model/capture.ts';

export interface PipelineInput {
  reader: CaptureReader;
  sha256: string;
}
