/** Runs detectors over the records of a case. */

import { z } from 'zod';
import type { Finding, Query, Window } from './contract.ts';
import { DETECTORS } from './registry.ts';

/** What rules/detectors.yml holds, after YAML: parameters by detector. What it does not name keeps its default. */
export const detectorSettings = z
  .object({ detectors: z.record(z.string(), z.object({ enabled: z.boolean().default(true) }).loose()) })
  .strict();
export type DetectorSettings = z.infer<typeof detectorSettings>;

export interface DetectorRun {
  readonly findings: readonly Finding[];
  /** What ran, with which parameters: a run that is to be repeated needs them. */
  readonly ran: readonly { readonly id: string; readonly rev: number; readonly params: unknown }[];
  /** Detectors that were left out, and why: wrong parameters, an unknown name, a query that failed. */
  readonly refused: readonly { readonly id: string; readonly why: string }[];
}

export interface DetectorRunOptions {
  /** Absent: all of them. */
  readonly ids?: readonly string[];
  readonly settings?: DetectorSettings;
  readonly window?: Window;
  readonly signal?: AbortSignal;
}

/** `all`, `none`, or ids with commas, as `--detectors` gives them. */
export const detectorIds = (text: string): readonly string[] =>
  text === 'all'
    ? DETECTORS.map(({ id }) => id)
    : text === 'none'
      ? []
      : text.split(',').map((id) => id.trim());

/** Findings in order of severity, then time. One detector that fails never stops the others; an abort rejects. */
export const runDetectors = async (query: Query, options: DetectorRunOptions = {}): Promise<DetectorRun> => {
  const findings: Finding[] = [];
  const ran: { id: string; rev: number; params: unknown }[] = [];
  const refused: { id: string; why: string }[] = [];
  const wanted = options.ids ?? DETECTORS.map(({ id }) => id);
  for (const id of new Set([...wanted, ...Object.keys(options.settings?.detectors ?? {})])) {
    if (!DETECTORS.some((detector) => detector.id === id))
      refused.push({ id, why: `There is no detector “${id}”.` });
  }
  for (const detector of DETECTORS) {
    const { enabled = true, ...given } = options.settings?.detectors[detector.id] ?? {};
    if (!wanted.includes(detector.id) || !enabled) continue;
    const prepared = detector.prepare(given);
    if (typeof prepared === 'string') {
      refused.push({ id: detector.id, why: prepared });
      continue;
    }
    try {
      const own: Finding[] = [];
      const { window = {}, signal } = options;
      for await (const finding of prepared.run({ query, window, ...(signal ? { signal } : {}) }))
        own.push(finding);
      findings.push(...own);
      ran.push({ id: detector.id, rev: detector.rev, params: prepared.params });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      refused.push({ id: detector.id, why: error instanceof Error ? error.message : String(error) });
    }
  }
  findings.sort((a, b) => b.severity - a.severity || Number(a.first - b.first) || a.key.localeCompare(b.key));
  return { findings, ran, refused };
};
