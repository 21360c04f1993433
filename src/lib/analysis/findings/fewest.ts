/** The fewest packets that still do something: delta debugging (Zeller and Hildebrandt, IEEE TSE 28(2), 2002). */

export interface Fewest<T> {
  readonly kept: readonly T[];
  /** How often the test was run. */
  readonly tries: number;
  /** False where `tries` ended before nothing more could be left out. */
  readonly minimal: boolean;
}

/**
 * Leaves parts of `all` out as long as `holds` holds for what is left, which it must for `all` itself. `guesses` are smaller sets
 * worth trying first. Ends after `most` tests: what is kept then holds, and may not be the fewest.
 */
export async function fewest<T>(
  all: readonly T[],
  guesses: readonly (readonly T[])[],
  holds: (some: readonly T[]) => Promise<boolean>,
  most: number,
): Promise<Fewest<T>> {
  let tries = 0;
  const test = (some: readonly T[]): Promise<boolean> => {
    tries++;
    return holds(some);
  };
  let kept = all;
  for (const guess of [...guesses].sort((a, b) => a.length - b.length)) {
    if (guess.length === 0 || guess.length >= kept.length || tries >= most) continue;
    if (await test(guess)) {
      kept = guess;
      break;
    }
  }
  let parts = 2;
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / parts);
    let smaller: readonly T[] | undefined;
    for (let at = 0; at < kept.length; at += size) {
      if (tries >= most) return { kept, tries, minimal: false };
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (rest.length > 0 && (await test(rest))) {
        smaller = rest;
        break;
      }
    }
    if (smaller) {
      kept = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return { kept, tries, minimal: true };
}
