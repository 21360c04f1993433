/** Where runs of digits long enough for a card number lie: most bytes are passed over unread. */

const BLANK = 0x20;
const DASH = 0x2d;

/**
 * A number of 13 digits and more covers 13 bytes, and of its printed groupings no two separators are six or twelve bytes apart: of
 * every sixth byte, at least one in a number is a digit.
 */
const STRIDE = 6;
const MIN_DIGITS = 13;

/** Begins and ends of runs, in pairs. */
export interface Runs {
  readonly at: Int32Array;
  count: number;
}

export const newRuns = (): Runs => ({ at: new Int32Array(2 * 256), count: 0 });

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Runs of digits, single blanks or dashes between them, with 13 digits and more; as many as `runs` holds. */
export function digitRuns(bytes: Uint8Array, off: number, end: number, runs: Runs): void {
  runs.count = 0;
  for (let i = off; i < end; i += STRIDE) {
    if (!isDigit(bytes[i])) continue;
    let from = i;
    while (from > off) {
      if (isDigit(bytes[from - 1])) from--;
      else if (
        from - 1 > off &&
        (bytes[from - 1] === BLANK || bytes[from - 1] === DASH) &&
        isDigit(bytes[from - 2])
      )
        from -= 2;
      else break;
    }
    let to = i + 1;
    while (to < end) {
      if (isDigit(bytes[to])) to++;
      else if (to + 1 < end && (bytes[to] === BLANK || bytes[to] === DASH) && isDigit(bytes[to + 1])) to += 2;
      else break;
    }
    if (to - from >= MIN_DIGITS && 2 * runs.count + 1 < runs.at.length) {
      runs.at[2 * runs.count] = from;
      runs.at[2 * runs.count + 1] = to;
      runs.count++;
    }
    // The byte at `to` ends the run: the next one begins behind it.
    i = to - STRIDE + 1;
    if (i < from) i = from;
  }
}
