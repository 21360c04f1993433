import type { Range } from '../chart/time-scale.ts';

export interface Mark<T> {
  /** Place from the left. */
  readonly bin: number;
  readonly findings: readonly T[];
  /** From the first to the last of them, seconds. */
  readonly range: Range;
}

/** Findings by their beginning (what began before the range stands at its left), as many marks at most as there is room for. */
export function laneMarks<T extends { readonly first: number; readonly last: number }>(
  findings: readonly T[],
  { from, to }: Range,
  bins: number,
): Mark<T>[] {
  const byBin = new Map<number, T[]>();
  for (const finding of findings) {
    const part = (finding.first - from) / Math.max(to - from, Number.MIN_VALUE);
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(part * bins)));
    const there = byBin.get(bin);
    if (there) there.push(finding);
    else byBin.set(bin, [finding]);
  }
  return [...byBin]
    .sort(([a], [b]) => a - b)
    .map(([bin, of]) => ({
      bin,
      findings: of.toSorted((a, b) => a.first - b.first),
      range: {
        from: Math.max(from, Math.min(...of.map(({ first }) => first))),
        to: Math.min(to, Math.max(...of.map(({ last }) => last))),
      },
    }));
}
