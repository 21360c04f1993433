import { scaleTime, scaleUtc } from 'd3';
import type { Zone } from '../format/time.ts';

/** A range of time in seconds since the epoch. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly x: number;
  readonly label: string;
}

/** Below this no zoom goes: a microsecond, what times as doubles still tell apart. */
export const MIN_SPAN = 1e-6;

/** A range of one moment is given a millisecond, so that it can be drawn. */
export const atLeast = (range: Range): Range =>
  range.to - range.from >= MIN_SPAN ? range : { from: range.from, to: range.from + 0.001 };

const two = (n: number): string => String(n).padStart(2, '0');

interface Clock {
  readonly date: string;
  readonly time: string;
  readonly ms: number;
}

function clockOf(date: Date, zone: Zone): Clock {
  const utc = zone === 'utc';
  const [month, day] = utc ? [date.getUTCMonth(), date.getUTCDate()] : [date.getMonth(), date.getDate()];
  const [h, m, s] = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return {
    date: `${utc ? date.getUTCFullYear() : date.getFullYear()}-${two(month + 1)}-${two(day)}`,
    time: `${two(h)}:${two(m)}${`:${two(s)}`}`,
    ms: date.getUTCMilliseconds(),
  };
}

/** Ticks for a width in pixels: as much of date and clock as their distance needs, in 24 hours. */
export function timeTicks(range: Range, width: number, zone: Zone): Tick[] {
  const span = range.to - range.from;
  const wanted = Math.max(2, Math.floor(width / 110));
  if (span < 0.02) return fineTicks(range, width, wanted);
  const scale = (zone === 'utc' ? scaleUtc() : scaleTime())
    .domain([new Date(range.from * 1000), new Date(range.to * 1000)])
    .range([0, width]);
  const ticks = scale.ticks(wanted);
  const step = ticks.length > 1 ? Number(ticks[1]) - Number(ticks[0]) : span * 1000;
  return ticks.map((tick) => {
    const clock = clockOf(tick, zone);
    const text =
      step >= 86_400_000
        ? clock.date
        : step >= 60_000
          ? clock.time === '00:00:00'
            ? clock.date
            : clock.time.slice(0, 5)
          : step >= 1000
            ? clock.time
            : `${clock.time.slice(3)}.${String(clock.ms).padStart(3, '0')}`;
    return { x: scale(tick), label: text };
  });
}

/** Under twenty milliseconds a clock says nothing: distances from the beginning instead. */
function fineTicks(range: Range, width: number, wanted: number): Tick[] {
  const span = range.to - range.from;
  if (!(span > 0)) return [];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? rough;
  const out: Tick[] = [];
  for (let at = 0; at <= span * (1 + 1e-9); at += step)
    out.push({ x: (at / span) * width, label: `+${Number((at * 1000).toPrecision(4))} ms` });
  return out;
}

/** The range zoomed by a factor (below 1: closer) about a point, kept inside the whole. */
export function zoomed(range: Range, factor: number, at: number, whole: Range): Range {
  const span = Math.max(MIN_SPAN, Math.min(whole.to - whole.from, (range.to - range.from) * factor));
  const share = range.to > range.from ? (at - range.from) / (range.to - range.from) : 0.5;
  return inside({ from: at - share * span, to: at + (1 - share) * span }, whole);
}

/** The range moved by a share of itself, kept inside the whole. */
export function panned(range: Range, share: number, whole: Range): Range {
  const by = (range.to - range.from) * share;
  return inside({ from: range.from + by, to: range.to + by }, whole);
}

function inside(range: Range, whole: Range): Range {
  const span = Math.min(range.to - range.from, whole.to - whole.from);
  const from = Math.max(whole.from, Math.min(whole.to - span, range.from));
  return { from, to: from + span };
}
