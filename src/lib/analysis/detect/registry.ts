/** Every behaviour detector, a line each. */

import { z } from 'zod';
import type { Detector, DetectorContext, Finding } from './contract.ts';
import { flagProbes } from './flag-probes.ts';
import { scan } from './scan/scan.ts';

/** A detector ready to run: its parameters are checked, their type is its own affair. */
export interface PreparedDetector {
  readonly params: unknown;
  run(context: Omit<DetectorContext<unknown>, 'params'>): AsyncIterable<Finding>;
}

export interface RegisteredDetector extends Pick<Detector<unknown>, 'id' | 'rev' | 'name' | 'doc' | 'reads'> {
  /** Parameters with the defaults filled in, or one sentence about what is wrong with them. */
  prepare(given: unknown): PreparedDetector | string;
}

const registered = <P>(detector: Detector<P>): RegisteredDetector => ({
  id: detector.id,
  rev: detector.rev,
  name: detector.name,
  doc: detector.doc,
  reads: detector.reads,
  prepare(given) {
    const parsed = detector.params.safeParse(given);
    if (!parsed.success) return `Its parameters are refused: ${z.prettifyError(parsed.error)}`;
    const params = parsed.data;
    return { params, run: (context) => detector.run({ ...context, params }) };
  },
});

export const DETECTORS: readonly RegisteredDetector[] = [registered(scan), registered(flagProbes)];
