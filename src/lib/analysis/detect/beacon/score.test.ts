import { describe, expect, it } from 'vitest';
import { beaconScore, bowley, durationScore, histogramScore, regularity } from './score.ts';

const spread = (q1: number, median: number, q3: number, mad: number) => ({ q1, median, q3, mad });
const bins = (...counts: number[]): number[] => [...counts, ...Array<number>(24 - counts.length).fill(0)];
const full = (count: number): number[] => Array<number>(24).fill(count);

describe("RITA's beacon score", () => {
  it.each([
    ['even quartiles', spread(50, 60, 70, 5), 0],
    ['skewed to the right', spread(50, 55, 70, 5), 0.5],
    ['too close together to say anything', spread(58, 60, 66, 3), 0],
    ['the median is a quartile', spread(40, 40, 70, 3), 0],
  ])('skew: %s', (_what, given, skew) => {
    expect(bowley(given)).toBeCloseTo(skew, 6);
  });

  it.each([
    ['a clock', spread(60, 60, 60, 0), 1, 1],
    ['a tenth of jitter', spread(57, 60, 63, 6), 1, 0.95],
    ['wider than its median', spread(0, 10, 200, 40), 1, 0.052],
    ['below a second between', spread(0.1, 0.2, 0.3, 0.1), 1, 1],
    ['no bytes at all', spread(0, 0, 0, 0), 0, 0.5],
  ] as const)('regularity: %s', (_what, given, tiny, expected) => {
    expect(regularity(given, tiny)).toBeCloseTo(expected, 2);
  });

  it('histogram: flat, in two heights, in a burst', () => {
    expect(histogramScore(full(12))).toBe(1);
    expect(histogramScore([...Array<number>(12).fill(100), ...Array<number>(12).fill(20)])).toBe(1);
    expect(histogramScore(bins(50))).toBe(0);
    expect(histogramScore(full(0))).toBe(0);
  });

  it('duration: the span that it covers, or a run of 12 bins, from 6 bars on', () => {
    expect(durationScore(bins(1, 1, 1, 1, 1), 0.9)).toBe(0);
    expect(durationScore(bins(1, 1, 1, 1, 1, 1), 0.25)).toBe(0.5);
    expect(durationScore(full(3), 1)).toBe(1);
    // A run that goes over the end goes on at the beginning.
    const wrapped = [...Array<number>(4).fill(1), ...Array<number>(14).fill(0), ...Array<number>(6).fill(1)];
    expect(durationScore(wrapped, 0)).toBeCloseTo(10 / 12, 2);
  });

  it('is the mean of what could be judged', () => {
    expect(beaconScore({ ts: 1, ds: 1, dur: 1, hist: 1 })).toBe(1);
    expect(beaconScore({ ts: 0.9, ds: 0.8, dur: 0.5, hist: 0.2 })).toBe(0.6);
    expect(beaconScore({ ts: 0.9, ds: 0.8, dur: undefined, hist: undefined })).toBe(0.85);
  });
});
