import { describe, expect, it } from 'vitest';
import { binAt, seriesColour, stacked } from './stack.ts';
import { MIN_SPAN, panned, timeTicks, zoomed } from './time-scale.ts';

const day = 86_400;
const noon = 1_714_564_800; // 2024-05-01T12:00:00Z

describe('timeTicks', () => {
  const labels = (from: number, to: number): string[] =>
    timeTicks({ from, to }, 500, 'utc').map((tick) => tick.label);

  it('says dates over days, clocks over hours, milliseconds under a second', () => {
    expect(labels(noon, noon + 4 * day)).toEqual(['2024-05-02', '2024-05-03', '2024-05-04', '2024-05-05']);
    expect(labels(noon - 6 * 3600, noon + 6 * 3600)).toEqual(['06:00', '09:00', '12:00', '15:00', '18:00']);
    expect(labels(noon - 13 * 3600, noon - 10 * 3600)).toContain('2024-05-01');
    expect(labels(noon, noon + 40)).toEqual(['12:00:00', '12:00:15', '12:00:30']);
    expect(labels(noon, noon + 0.5)).toContain('00:00.200');
    expect(labels(noon, noon + 0.002)).toEqual(['+0 ms', '+0.5 ms', '+1 ms', '+1.5 ms', '+2 ms']);
  });

  it('puts a tick where its time is', () => {
    const ticks = timeTicks({ from: noon, to: noon + 4 * 3600 }, 400, 'utc');
    expect(ticks.find((tick) => tick.label === '14:00')?.x).toBeCloseTo(200);
  });
});

describe('zoom and pan', () => {
  const whole = { from: 0, to: 100 };

  it('keeps the point under the pointer', () => {
    expect(zoomed(whole, 0.5, 20, whole)).toEqual({ from: 10, to: 60 });
    expect(zoomed({ from: 10, to: 60 }, 2, 20, whole)).toEqual(whole);
  });

  it('never leaves the data and never ends in a point', () => {
    expect(zoomed({ from: 90, to: 100 }, 2, 99, whole)).toEqual({ from: 80, to: 100 });
    const deep = zoomed({ from: 5, to: 5 + MIN_SPAN }, 0.1, 5, whole);
    expect(deep.to - deep.from).toBeCloseTo(MIN_SPAN, 8);
    expect(panned({ from: 80, to: 100 }, 0.5, whole)).toEqual({ from: 80, to: 100 });
    expect(panned({ from: 40, to: 60 }, -0.5, whole)).toEqual({ from: 30, to: 50 });
  });
});

describe('stacked', () => {
  const timeline = {
    start: 100,
    bin_s: 10,
    bins: 3,
    by: 'bytes' as const,
    basis: 'packets' as const,
    series: [
      { name: 'tcp', values: [10, 0, 4] },
      { name: 'udp', values: [10, 0, 1] },
    ],
  };
  const range = { from: 100, to: 130 };

  it('labels as many heights as can be read, the uppermost inside the chart', () => {
    const values = (height: number): number[] =>
      stacked(timeline, range, 300, height).yTicks.map((tick) => tick.value);
    expect(values(100)).toEqual([5, 10, 15, 20]);
    expect(values(40)).toEqual([5, 20]);
    expect(values(12)).toEqual([20]);
    expect(stacked(timeline, range, 300, 100).yTicks.at(-1)).toMatchObject({ y: 0, labelY: 10 });
  });

  it('stacks series bin by bin on one scale', () => {
    const stack = stacked(timeline, range, 300, 100);
    expect(stack.max).toBe(20);
    expect(stack.series.map((s) => [s.name, s.total])).toEqual([
      ['tcp', 14],
      ['udp', 11],
    ]);
    expect(stack.series[0].path).toBe('M0.0 100.0v-50.0h99.0v50.0zM200.0 100.0v-20.0h99.0v20.0z');
    expect(stack.series[1].path).toBe('M0.0 50.0v-50.0h99.0v50.0zM200.0 80.0v-5.0h99.0v5.0z');
    expect(stack.yTicks.at(-1)?.value).toBe(20);
  });

  it('shows what is tiny, and nothing of nothing', () => {
    const tiny = { ...timeline, series: [{ name: 'tcp', values: [1_000_000, 1, 0] }] };
    expect(stacked(tiny, range, 300, 100).series[0].path).toContain('v-1.0');
    const none = { ...timeline, series: [{ name: 'tcp', values: [0, 0, 0] }] };
    expect(stacked(none, range, 300, 100).series[0].path).toBe('');
  });

  it('finds the bin under a place', () => {
    expect(binAt(timeline, range, 300, 150)).toBe(1);
    expect(binAt(timeline, range, 300, 299)).toBe(2);
    expect(binAt(timeline, range, 300, 301)).toBeUndefined();
    expect(binAt(timeline, range, 300, -1)).toBeUndefined();
  });

  it('gives a transport its own colour wherever it stands', () => {
    expect(seriesColour('udp', 0)).toBe('var(--series-2)');
    expect(seriesColour('dns', 5)).toBe('var(--series-1)');
  });
});
