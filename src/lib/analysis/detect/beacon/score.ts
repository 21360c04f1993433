/**
 * The beacon score of RITA v5 (analysis/beacons.go, default_config.hjson): four sub-scores of 0 to 1, each a quarter.
 * Intervals in seconds, sizes in bytes, bins of the data set's span.
 */

export interface Spread {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  /** Median absolute deviation. */
  readonly mad: number;
}

/** Below it quartiles lie too close for their skew to say anything: RITA's. */
const LEAST_IQR = 10;
const WEIGHT = 0.25;

const round3 = (value: number): number => Math.round(value * 1_000) / 1_000;
const unit = (value: number): number => Math.max(0, Math.min(1, value));

/** Bowley's skewness of the quartiles, -1 to 1. */
export const bowley = ({ q1, median, q3 }: Spread): number =>
  q3 - q1 < LEAST_IQR || median === q1 || median === q3 ? 0 : (q1 + q3 - 2 * median) / (q3 - q1);

/** `whereTiny`: what a median below 1 says about the deviation: 1 for intervals, 0 for sizes. */
export const regularity = (spread: Spread, whereTiny: 0 | 1): number => {
  const { median, mad } = spread;
  const tight = median < 1 ? whereTiny : Math.max(0, (median - mad) / median);
  return round3((1 - Math.abs(bowley(spread)) + tight) / 2);
};

/** Bars of about the same height: how many of each, heights grouped by `sensitivity` of the largest. */
const heights = (bins: readonly number[], sensitivity: number): number[] => {
  const step = Math.ceil(Math.max(...bins) * sensitivity);
  const counts = new Map<number, number>();
  for (const bin of bins) {
    if (bin === 0) continue;
    const height = Math.floor(bin / step) * step;
    counts.set(height, (counts.get(height) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
};

const flatness = (bins: readonly number[]): number => {
  const mean = bins.reduce((sum, bin) => sum + bin, 0) / bins.length;
  const deviation = Math.sqrt(bins.reduce((sum, bin) => sum + (bin - mean) ** 2, 0) / bins.length);
  return round3(unit(1 - deviation / mean));
};

/** Flat, or in two heights: from 11 bars on, one outlier let go. */
export const histogramScore = (bins: readonly number[]): number => {
  const bars = bins.filter((bin) => bin > 0).length;
  if (bars === 0) return 0;
  const [largest = 0, second = 0] = heights(bins, 0.05);
  const bimodal = bars >= 11 ? round3(unit((largest + second) / Math.max(1, bars - 1))) : 0;
  return Math.max(flatness(bins), bimodal);
};

const longestRun = (bins: readonly number[]): number => {
  let [longest, current] = [0, 0];
  for (const bin of [...bins, ...bins]) {
    current = bin > 0 ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return Math.min(longest, bins.length);
};

/** Share of the span that it covers, or its longest run (wrapped) of 12 bins; nothing below 6 bars. */
export const durationScore = (bins: readonly number[], covered: number): number => {
  if (bins.filter((bin) => bin > 0).length < 6) return 0;
  const up = (value: number): number => Math.min(1, Math.ceil(value * 1_000) / 1_000);
  return Math.max(up(covered), up(longestRun(bins) / 12));
};

export interface SubScores {
  readonly ts: number;
  readonly ds: number;
  /** Undefined where the span is too short for bins to mean anything. */
  readonly dur: number | undefined;
  readonly hist: number | undefined;
}

/** What is not judged leaves its weight to what is. */
export const beaconScore = ({ ts, ds, dur, hist }: SubScores): number =>
  round3(dur === undefined || hist === undefined ? (ts + ds) / 2 : WEIGHT * (ts + ds + dur + hist));
