/**
 * Whether a text is of a pattern in which `*` stands for any run of characters, and nothing else is special. Patterns are people's:
 * a regular expression made of one could take exponential time, this takes length of text times length of pattern at most.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  let [t, p] = [0, 0];
  /** Where to go on when what follows the last star did not fit: one character more for that star. */
  let [star, taken] = [-1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      [star, taken] = [p, t];
      p++;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
