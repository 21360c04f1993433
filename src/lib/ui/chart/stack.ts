import { scaleLinear } from 'd3';
import type { Timeline } from '../../model/api/timeline.ts';
import type { Range } from './time-scale.ts';

export interface StackedSeries {
  readonly name: string;
  readonly total: number;
  /** SVG path of all its bars. */
  readonly path: string;
}

export interface Stack {
  readonly series: readonly StackedSeries[];
  readonly max: number;
  readonly yTicks: readonly YTick[];
}

export interface YTick {
  readonly y: number;
  readonly value: number;
  /** Base line of its label: over its line, or below it where the chart ends. */
  readonly labelY: number;
}

/** Pixels that a label needs from its base line upwards, and from one base line to the next. */
const LABEL_ASCENT = 10;
const LABEL_LINE = 12;

/** The ticks from the top down whose labels do not lie on each other. */
function readable(ticks: readonly { y: number; value: number }[]): YTick[] {
  const kept: YTick[] = [];
  for (const tick of [...ticks].sort((a, b) => a.y - b.y)) {
    const labelY = Math.max(LABEL_ASCENT, tick.y - 2);
    if (labelY - (kept.at(-1)?.labelY ?? -LABEL_LINE) >= LABEL_LINE) kept.push({ ...tick, labelY });
  }
  return kept.reverse();
}

/** Bars stacked bin by bin, one path a series: hundreds of bins cost a few elements. */
export function stacked(timeline: Timeline, range: Range, width: number, height: number): Stack {
  const { bins, start, bin_s } = timeline;
  const sums = new Float64Array(bins);
  for (const one of timeline.series) one.values.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
  const max = sums.reduce((a, b) => Math.max(a, b), 0);
  const y = scaleLinear()
    .domain([0, max === 0 ? 1 : max])
    .nice(3)
    .range([height, 0]);
  const span = range.to - range.from;
  const x = (seconds: number): number => (span > 0 ? ((seconds - range.from) / span) * width : 0);
  const below = new Float64Array(bins);
  const gap = x(start + bin_s) - x(start) > 4 ? 1 : 0;
  const round = (n: number): string => n.toFixed(1);

  const series = timeline.series.map(({ name, values }) => {
    let path = '';
    let total = 0;
    for (let i = 0; i < bins; i++) {
      const value = values[i] ?? 0;
      if (value <= 0) continue;
      total += value;
      const base = below[i] ?? 0;
      below[i] = base + value;
      const left = Math.max(0, x(start + i * bin_s));
      const right = Math.min(width, x(start + (i + 1) * bin_s)) - gap;
      if (right < 0 || left > width) continue;
      const top = y(base + value);
      // What is there is seen: never thinner or lower than a pixel.
      const barHeight = Math.max(1, y(base) - top);
      path += `M${round(left)} ${round(y(base))}v${round(-barHeight)}h${round(Math.max(1, right - left))}v${round(barHeight)}z`;
    }
    return { name, total, path };
  });
  return {
    series,
    max,
    yTicks: readable(
      y
        .ticks(3)
        .filter((v) => v > 0)
        .map((value) => ({ y: y(value), value })),
    ),
  };
}

/** Which bin a place on the chart is in, or undefined outside. */
export function binAt(timeline: Timeline, range: Range, width: number, px: number): number | undefined {
  const seconds = range.from + (px / width) * (range.to - range.from);
  const bin = Math.floor((seconds - timeline.start) / timeline.bin_s);
  return bin >= 0 && bin < timeline.bins ? bin : undefined;
}

const FIXED: Readonly<Record<string, number>> = {
  tcp: 1,
  udp: 2,
  icmp: 3,
  sctp: 4,
  unknown_transport: 6,
  other: 6,
  none: 6,
};

/** The CSS variable of a series: transports always have theirs, others take turns. */
export const seriesColour = (name: string, index: number): string =>
  `var(--series-${FIXED[name] ?? (index % 5) + 1})`;
