/** Runs detectors over the records of a case. */

import type { Finding, Query, Window, Home, ListedRecord } from './contract.ts';
import { ASSUMED_HOME } from './contract/home.ts';
import { DETECTORS } from './registry.ts';
import type { DetectorSettings } from './run/settings.ts';

export interface DetectorRun {
  readonly findings: readonly Finding[];
  /** What ran, with which parameters: a run that is to be repeated needs them. */
  readonly ran: readonly { readonly id: string; readonly rev: number; readonly params: unknown }[];
  /** Detectors that were left out, and why: wrong parameters, an unknown name, a query that failed. */
  readonly refused: readonly { readonly id: string; readonly why: string }[];
}

export interface DetectorRunOptions {
  /** Absent: those of the registry. */
  readonly detectors?: typeof DETECTORS;
  /** Absent: all of them. */
  readonly ids?: readonly string[];
  readonly settings?: DetectorSettings;
  readonly window?: Window;
  /** Absent: every private network. */
  readonly home?: Home;
  /** The inputs whose findings are wanted, where others are open too as a baseline. */
  readonly inputs?: readonly string[];
  /** What indicator lists name; absent: there are none. */
  readonly listed?: readonly ListedRecord[];
  readonly signal?: AbortSignal;
}

/** A time range limits what is reported, not what is looked at. */
const reported = ({ first, last, input }: Finding, { window = {}, inputs }: DetectorRunOptions): boolean =>
  last >= (window.from ?? last) && first <= (window.to ?? first) && (inputs?.includes(input) ?? true);

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
  const detectors = options.detectors ?? DETECTORS;
  const wanted = options.ids ?? detectors.map(({ id }) => id);
  for (const id of new Set([...wanted, ...Object.keys(options.settings?.detectors ?? {})])) {
    if (!detectors.some((detector) => detector.id === id))
      refused.push({ id, why: `There is no detector “${id}”.` });
  }
  for (const detector of detectors) {
    const { enabled = true, ...given } = options.settings?.detectors[detector.id] ?? {};
    if (!wanted.includes(detector.id) || !enabled) continue;
    const prepared = detector.prepare(given);
    if (typeof prepared === 'string') {
      refused.push({ id: detector.id, why: prepared });
      continue;
    }
    try {
      const own: Finding[] = [];
      const { window = {}, home = ASSUMED_HOME, listed = [], signal } = options;
      for await (const finding of prepared.run({
        query,
        window,
        home,
        listed,
        ...(signal ? { signal } : {}),
      }))
        if (reported(finding, options)) own.push(finding);
      for (const finding of own) findings.push(finding);
      ran.push({ id: detector.id, rev: detector.rev, params: prepared.params });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      refused.push({ id: detector.id, why: error instanceof Error ? error.message : String(error) });
    }
  }
  findings.sort((a, b) => b.severity - a.severity || Number(a.first - b.first) || a.key.localeCompare(b.key));
  return { findings, ran, refused };
};
