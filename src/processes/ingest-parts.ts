/** What an ingest needs beside the case: the child that reads, and what runs when an input is sealed. */

import type { CaseRegistry } from '../lib/server/case-registry.ts';
import { detectIn } from '../lib/server/detection.ts';
import type { IngestParts } from '../lib/server/ingests.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { shippedDetectorSettings } from './detector-settings.ts';
import { INGEST_CHILD } from './paths.ts';

/** `onProblem` is told what went wrong after an input was sealed: it is part of the case all the same. */
export function ingestParts(
  registry: CaseRegistry,
  onProblem: (sentence: string, error?: unknown) => void,
): IngestParts {
  const shipped = shippedDetectorSettings();
  for (const { file, line, why } of shipped.refused) onProblem(`${file}, line ${line ?? '?'}: ${why}`);
  return {
    childPath: INGEST_CHILD,
    engine: ENGINE_VERSION,
    afterSealed: async (caseId, inputId) => {
      try {
        const { refused } = await detectIn(registry, caseId, inputId, shipped.settings);
        for (const { id, why } of refused) onProblem(`Detector ${id} was left out: ${why}`);
      } catch (error) {
        onProblem('The detectors could not run over the input; its records are there.', error);
      }
    },
  };
}
