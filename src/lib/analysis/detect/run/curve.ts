/** How many findings each value of a detector's parameter would give, everything else as it stands. */

import type { Finding } from '../contract.ts';
import { DETECTORS } from '../registry.ts';
import { runDetectors, type DetectorRunOptions } from '../run.ts';
import type { Query } from '../../query.ts';

export interface CurveRange {
  readonly from: number;
  readonly to: number;
  /** Values at most. */
  readonly points: number;
  readonly whole: boolean;
  /** Values that must be among them, such as the one in force. */
  readonly also?: readonly number[];
}

/** From here on a range is walked in equal ratios: thresholds of 10 to 1,000 differ more below than above. */
const WIDE = 8;

/** Rising, without repetition. */
export function curveValues({ from, to, points, whole, also = [] }: CurveRange): number[] {
  const steps = Math.max(1, points - 1);
  const isWide = from > 0 && to / from >= WIDE;
  const at = (i: number): number => {
    if (i === 0) return from;
    if (i === steps) return to;
    return isWide ? from * (to / from) ** (i / steps) : from + ((to - from) * i) / steps;
  };
  const spread = Array.from({ length: steps + 1 }, (_, i) => at(i)).map((value) =>
    whole ? Math.round(value) : Number(value.toPrecision(4)),
  );
  const within = [...spread, ...also].filter((value) => value >= from && value <= to);
  return [...new Set(within)].sort((a, b) => a - b);
}

export interface CurvePoint {
  readonly value: number;
  readonly findings: number;
  /** Different addresses that acted in them. */
  readonly sources: number;
}

export interface Curve {
  readonly points: readonly CurvePoint[];
  /** Runs of the detector that it took: one where each finding keeps what it was held against. */
  readonly passes: number;
}

const point = (value: number, findings: readonly Finding[]): CurvePoint => ({
  value,
  findings: findings.length,
  sources: new Set(findings.flatMap(({ src }) => src)).size,
});

/** What a finding was held against: every value of the parameter up to it gives the finding. One that kept no such term does not depend on it. */
const measuredOf = ({ why }: Finding, parameter: string): number =>
  why.find((term) => term.parameter === parameter)?.measured ?? Infinity;

/**
 * `values` rise. Where the detector keeps the measured value of the parameter with its findings, one run at the lowest of them tells all;
 * else it runs once a value. Throws a plain Error where the detector refuses a value or fails.
 */
export async function thresholdCurve(
  query: Query,
  { detector, parameter, values }: { detector: string; parameter: string; values: readonly number[] },
  options: Omit<DetectorRunOptions, 'ids' | 'detectors'> = {},
): Promise<Curve> {
  const at = async (value: number): Promise<readonly Finding[]> => {
    const given = options.settings?.detectors ?? {};
    const settings = {
      detectors: { ...given, [detector]: { ...given[detector], enabled: true, [parameter]: value } },
    };
    const { findings, refused } = await runDetectors(query, { ...options, ids: [detector], settings });
    const [fault] = refused.filter(({ id }) => id === detector);
    if (fault) throw new Error(fault.why);
    return findings;
  };
  const isMeasured = DETECTORS.find(({ id }) => id === detector)?.measures.includes(parameter) ?? false;
  const [lowest] = values;
  if (lowest === undefined) return { points: [], passes: 0 };
  if (isMeasured) {
    const found = await at(lowest);
    const points = values.map((value) =>
      point(
        value,
        found.filter((finding) => measuredOf(finding, parameter) >= value),
      ),
    );
    return { points, passes: 1 };
  }
  const points: CurvePoint[] = [];
  for (const value of values) points.push(point(value, await at(value)));
  return { points, passes: values.length };
}
