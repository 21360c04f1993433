/** Findings of a case against the value of a detector's parameter: nothing is kept. */

import type { z } from 'zod';
import { curveValues, thresholdCurve } from '../analysis/detect/run/curve.ts';
import { baselineInputs } from '../analysis/detect/run/settings.ts';
import { reputation } from '../analysis/detect/reputation.ts';
import type { Query } from '../analysis/query.ts';
import { listedRecords } from '../analysis/rules/ioc/listed.ts';
import { askRecordRules, type RecordRules } from '../analysis/rules/record-rules.ts';
import type { Curve, curveQuery } from '../model/api/detectors.ts';
import { openCaseReader } from '../store/case-reader.ts';
import type { CaseRegistry } from './case-registry.ts';
import { homeOf } from './detection.ts';
import type { DetectorChoice } from './detector-choice.ts';
import { Refusal } from './refusal.ts';

/** How far from the value in force the range goes where nobody said: a decade either way. */
const DECADE = 10;

/** Rejects with `not_found` for an unknown detector or input, with `bad_request` for what is no number or no range. */
export async function curveIn(
  registry: CaseRegistry,
  choice: DetectorChoice,
  caseId: string,
  asked: z.output<typeof curveQuery>,
  signal: AbortSignal,
  /** The case's rules that ask tables: its indicator lists are among them. */
  rules: () => Promise<readonly RecordRules[]>,
): Promise<Curve> {
  const began = performance.now();
  const { value, values } = await askedValues(choice, caseId, asked);
  const settings = await choice.settings(caseId);
  const sealed = registry.sealed(caseId);
  const inputs = asked.input === undefined ? sealed : sealed.filter(({ id }) => id === asked.input);
  if (asked.input !== undefined && inputs.length === 0)
    throw new Refusal('not_found', `There is no input ${asked.input} that was read to its end.`);
  const baseline = new Set(baselineInputs(settings));
  const sums = values.map((at) => ({ value: at, findings: 0, sources: 0 }));
  const lists = asked.detector === reputation.id ? await rules() : [];
  let passes = 0;
  for (const { id } of inputs) {
    const home = await homeOf(registry, caseId, id);
    const reader = await openCaseReader(
      sealed.filter((one) => one.id === id || baseline.has(one.id)),
      { connections: 1 },
    );
    try {
      const query: Query = (sql, params) =>
        reader.rows(sql, params, { maxRows: Number.MAX_SAFE_INTEGER, signal });
      const { hits } = await askRecordRules(lists, query, signal);
      const found = await thresholdCurve(
        query,
        { detector: asked.detector, parameter: asked.parameter, values },
        { settings, inputs: [id], home, listed: listedRecords(hits), signal },
      ).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new Refusal('bad_request', error instanceof Error ? error.message : String(error));
      });
      passes = Math.max(passes, found.passes);
      for (const [at, { findings, sources }] of found.points.entries()) {
        const sum = sums[at];
        if (!sum) continue;
        sum.findings += findings;
        sum.sources += sources;
      }
    } finally {
      reader.close();
    }
  }
  const { detector, parameter } = asked;
  const seconds = Math.round(performance.now() - began) / 1000;
  return { detector, parameter, value, points: sums, passes, inputs: inputs.length, seconds };
}

async function askedValues(
  choice: DetectorChoice,
  caseId: string,
  { detector: id, parameter: name, from, to, points }: z.output<typeof curveQuery>,
): Promise<{ value: number; values: number[] }> {
  const { detectors } = await choice.list(caseId);
  const detector = detectors.find((one) => one.id === id);
  if (!detector) throw new Refusal('not_found', `There is no detector “${id}”.`);
  const parameter = detector.parameters.find((one) => one.name === name);
  if (!parameter) throw new Refusal('not_found', `Detector ${id} has no parameter “${name}”.`);
  const { range, value } = parameter;
  if (range === null || typeof value !== 'number')
    throw new Refusal('bad_request', `Parameter ${name} of ${id} is no number: it has no curve.`);
  const low = Math.max(range.minimum, from ?? value / DECADE);
  const high = Math.min(range.maximum, to ?? Math.max(value * DECADE, range.minimum + 1));
  if (low >= high)
    throw new Refusal(
      'bad_request',
      `From ${low} to ${high} is no range: ${name} goes from ${range.minimum} to ${range.maximum}.`,
    );
  return { value, values: curveValues({ from: low, to: high, points, whole: range.whole, also: [value] }) };
}
