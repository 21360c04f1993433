/** Edit distance with transpositions counted once (optimal string alignment). */
export const editDistance = (a: string, b: string): number => {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, before[j - 2] + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length];
};

const rank = (typed: string, candidate: string): number => {
  const name = candidate.toLowerCase();
  if (name === typed) return 0;
  if (name.startsWith(typed)) return 0.5;
  return Math.min(editDistance(typed, name), name.includes(typed) && typed.length > 2 ? 1.5 : Infinity);
};

/** The names nearest to what was typed, at most `count`, none that is more than half wrong. */
export const nearest = (typed: string, candidates: readonly string[], count = 3): string[] => {
  const wanted = typed.toLowerCase().slice(0, 64);
  const limit = Math.max(2, Math.floor(wanted.length / 2));
  return candidates
    .map((name) => ({ name, distance: rank(wanted, name) }))
    .filter((c) => c.distance <= limit)
    .sort((x, y) => x.distance - y.distance || x.name.localeCompare(y.name))
    .slice(0, count)
    .map((c) => c.name);
};
