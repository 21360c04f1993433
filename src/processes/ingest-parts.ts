/** What an ingest needs beside the case: the child that reads, and what runs when an input is sealed. */

import type { CaseRegistry } from '../lib/server/case-registry.ts';
import { compactCase } from '../lib/server/compaction.ts';
import { CaseRuleChoice } from '../lib/server/case-rules.ts';
import { DetectionPasses } from '../lib/server/detection-passes.ts';
import { detectIn, homeOf } from '../lib/server/detection.ts';
import { DetectorChoice } from '../lib/server/detector-choice.ts';
import type { AfterSealed, IngestParts } from '../lib/server/ingests.ts';
import { MissedDetection } from '../lib/server/missed-detection.ts';
import { WarmChildren } from '../lib/server/jobs/warm-children.ts';
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
  /** Resolves when detection has caught up with the inputs that an earlier process left without it. */
  caughtUp(): Promise<void>;
  /** Ends detection early: what it did not look at to its end is looked at when the case is next opened. */
  close(): Promise<void>;
} {
  const shipped = shippedDetectorSettings();
  for (const { file, line, why } of shipped.refused) onProblem(`${file}, line ${line ?? '?'}: ${why}`);
  const library = new RuleLibrary(registry.dir, allShippedRuleFiles(), shippedRuleFiles().length);
  const choice = new CaseRuleChoice(registry, library);
  const stop = new AbortController();
  const { signal } = stop;
  const passes = new DetectionPasses(async (caseId, group) => {
    if (signal.aborted) return;
    try {
      const rules = library.recordRules((await choice.get(caseId)).files);
      const { refused } = await detectIn(registry, caseId, { ...group, signal }, shipped.settings, rules);
      for (const { id, why } of refused) onProblem(`Detector ${id} was left out: ${why}`);
    } catch (error) {
      if (!signal.aborted)
        onProblem('The detectors could not run over the input; its records are there.', error);
    }
  });
  const underWay = new Map<string, Promise<unknown>>();
  const compacting = async (caseId: string): Promise<void> => {
    const running =
      underWay.get(caseId) ??
      compactCase(registry.dir, caseId)
        .catch((error: unknown) =>
          onProblem('The inputs could not be copied together; they are read one by one.', error),
        )
        .finally(() => underWay.delete(caseId));
    underWay.set(caseId, running);
    await running;
  };
  const afterSealed: AfterSealed = async (caseId, inputId, more) => {
    // An input that was deleted meanwhile has nothing to be looked at.
    const input = registry.manifest(caseId).inputs.find(({ id }) => id === inputId);
    if (!input) return;
    const home = await homeOf(registry, caseId, inputId);
    await passes.run(caseId, { id: inputId, connections: input.counts?.connections ?? 0, home }, more);
    if (!more() && !signal.aborted) await compacting(caseId);
  };
  const missed = new MissedDetection({
    registry,
    look: (caseId, inputId) => afterSealed(caseId, inputId, () => false),
    onProblem,
    signal,
  });
  return {
    library,
    choice,
    detectors: new DetectorChoice(registry, shipped.settings),
    childPath: INGEST_CHILD,
    warm: new WarmChildren(),
    engine: ENGINE_VERSION,
    ruleFiles: async (caseId) => library.payloadFiles((await choice.get(caseId)).files),
    afterSealed,
    caughtUp: () => missed.done(),
    close: async () => {
      stop.abort();
      await missed.done();
    },
  };
}
