/**
 * Cumulative sum over counts a second, as Siris and Papagalou (2004) raise it for SYN floods: the mean is an exponential average,
 * and the sum grows by how far a count lies above (1 + α) times the mean, against the counts' variance.
 *
 * g(t) = max(0, g(t-1) + αμ/σ² · (x(t) - μ(t-1) - αμ(t-1)/2))
 */

export interface CusumOptions {
  /** Weight of the past in the mean: .98. */
  readonly memory: number;
  /** How far above the mean counts as a change: .5. */
  readonly alpha: number;
}

/** The highest sum, and the second (index) at which it was reached. */
export const highestCusum = (
  counts: readonly number[],
  { memory, alpha }: CusumOptions,
): { sum: number; at: number } => {
  let mean = counts[0] ?? 0;
  let variance = Math.max(1, mean);
  let [sum, highest, at] = [0, 0, 0];
  for (const [second, count] of counts.entries()) {
    const level = Math.max(mean, 1);
    sum = Math.max(0, sum + ((alpha * level) / variance) * (count - level - (alpha * level) / 2));
    if (sum > highest) [highest, at] = [sum, second];
    // Poisson counts vary as their mean does; a quiet line must not make every packet a change.
    variance = Math.max(1, memory * variance + (1 - memory) * (count - mean) ** 2, mean);
    mean = memory * mean + (1 - memory) * count;
  }
  return { sum: highest, at };
};
