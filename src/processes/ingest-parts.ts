/** What an ingest needs beside the case: the child that reads, and what runs when an input is sealed. */

import type { CaseRegistry } from '../lib/server/case-registry.ts';
import { CaseRuleChoice } from '../lib/server/case-rules.ts';
import { detectIn } from '../lib/server/detection.ts';
import { DetectorChoice } from '../lib/server/detector-choice.ts';
import type { IngestParts } from '../lib/server/ingests.ts';
import { RuleLibrary } from '../lib/server/rule-library.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { shippedDetectorSettings } from './detector-settings.ts';
import { INGEST_CHILD } from './paths.ts';
import { allShippedRuleFiles, shippedRuleFiles } from './payload-rules.ts';

/** `onProblem` is told what went wrong after an input was sealed: it is part of the case all the same. */
export function ingestParts(
  registry: CaseRegistry,
  onProblem: (sentence: string, error?: unknown) => void,
): IngestParts & {
  readonly library: RuleLibrary;
  readonly choice: CaseRuleChoice;
  readonly detectors: DetectorChoice;
} {
  const shipped = shippedDetectorSettings();
  for (const { file, line, why } of shipped.refused) onProblem(`${file}, line ${line ?? '?'}: ${why}`);
  const library = new RuleLibrary(registry.dir, allShippedRuleFiles(), shippedRuleFiles().length);
  const choice = new CaseRuleChoice(registry, library);
  return {
    library,
    choice,
    detectors: new DetectorChoice(registry, shipped.settings),
    childPath: INGEST_CHILD,
    engine: ENGINE_VERSION,
    ruleFiles: async (caseId) => library.payloadFiles((await choice.get(caseId)).files),
    afterSealed: async (caseId, inputId) => {
      try {
        const { refused } = await detectIn(
          registry,
          caseId,
          inputId,
          shipped.settings,
          library.recordRules((await choice.get(caseId)).files),
        );
        for (const { id, why } of refused) onProblem(`Detector ${id} was left out: ${why}`);
      } catch (error) {
        onProblem('The detectors could not run over the input; its records are there.', error);
      }
    },
  };
}
