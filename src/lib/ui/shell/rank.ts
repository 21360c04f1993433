/** Commands whose title holds the words typed: at its beginning, at the beginning of a word, anywhere; in that order. */
export function rank<T extends { readonly title: string; readonly group: string }>(
  text: string,
  list: readonly T[],
): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (item: T): number => {
    const title = item.title.toLowerCase();
    const whole = `${title} ${item.group.toLowerCase()}`;
    let sum = 0;
    for (const word of words) {
      if (title.startsWith(word)) sum += 3;
      else if (whole.includes(` ${word}`)) sum += 2;
      else if (whole.includes(word)) sum += 1;
      else return -1;
    }
    return sum;
  };
  return list
    .map((item, index) => ({ item, index, score: score(item) }))
    .filter((entry) => entry.score >= 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.item);
}
