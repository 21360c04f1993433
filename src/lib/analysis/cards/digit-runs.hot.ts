/** Where runs of digits long enough for a card number lie: most bytes are passed over unread. */

const BLANK = 0x20;
const DASH = 0x2d;

const MIN_DIGITS = 13;
/** A byte that is in no run rules out all runs over it: the next one covers the byte so many further on, or begins later. */
const STRIDE = MIN_DIGITS;
/** Of any byte of a run, so many more of it lie on at least one side. */
const HALF = (MIN_DIGITS - 1) / 2;

/** 1 for what may be in a run: digits, blanks, dashes. */
const IN_RUN = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x30 && byte <= 0x39) || byte === BLANK || byte === DASH ? 1 : 0,
);

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
  const inRun = IN_RUN;
  let i = off + STRIDE - 1;
  while (i < end) {
    // Three probes at once: nearly always none is of a run.
    if (
      i + 2 * STRIDE < end &&
      (inRun[bytes[i]] | inRun[bytes[i + STRIDE]] | inRun[bytes[i + 2 * STRIDE]]) === 0
    ) {
      i += 3 * STRIDE;
      continue;
    }
    i =
      inRun[bytes[i]] !== 0 && mayBeInside(bytes, i, off, end)
        ? around(bytes, i, off, end, runs)
        : i + STRIDE;
  }
}

/** Marks a byte of every run of 13 characters and more that a run of digits may be part of; every 13th byte of `from` to `to` is looked at. */
export function digitPlaces(
  bytes: Uint8Array,
  from: number,
  to: number,
  end: number,
  mark: (at: number) => void,
): void {
  const inRun = IN_RUN;
  // A run that begins before `from` is the block's before this one, if not this one's: its first probe here may be `from` itself.
  for (let i = from; i < to;) {
    if (
      i + 2 * STRIDE < to &&
      (inRun[bytes[i]] | inRun[bytes[i + STRIDE]] | inRun[bytes[i + 2 * STRIDE]]) === 0
    ) {
      i += 3 * STRIDE;
      continue;
    }
    if (inRun[bytes[i]] !== 0 && mayBeInside(bytes, i, 0, end)) mark(i);
    i += STRIDE;
  }
}

/** Whether a run could cover `i`: six bytes on one side of it look like one. */
function mayBeInside(bytes: Uint8Array, i: number, off: number, end: number): boolean {
  let before = i;
  while (before > off && i - before < HALF && IN_RUN[bytes[before - 1]] !== 0) before--;
  if (i - before === HALF) return true;
  let after = i;
  while (after + 1 < end && after - i < HALF && IN_RUN[bytes[after + 1]] !== 0) after++;
  return after - i === HALF;
}

/** Notes the run around `at`, if it is long enough; answers where to look next. */
function around(bytes: Uint8Array, at: number, off: number, end: number, runs: Runs): number {
  let i = at;
  // A separator's run goes on with the digit behind it.
  if (!isDigit(bytes[i])) i++;
  if (i >= end || !isDigit(bytes[i])) return at + STRIDE;
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
  return to + STRIDE;
}
