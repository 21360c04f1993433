/** The text of a side (model/api/compare.ts: sideText) taken apart and put together again, as the pickers have it. */

import { toNs } from '../format/time.ts';

export interface SideParts {
  /** `ID`, `all` or `CASE/ID`. */
  readonly what: string;
  /** Seconds since the epoch as text; '' for none. */
  readonly from: string;
  readonly to: string;
}

export function partsOf(text: string): SideParts {
  const [what = '', window = '..'] = text.split('@');
  const [from = '', to = ''] = window.split('..');
  return { what, from, to };
}

export const sideOf = ({ what, from, to }: SideParts): string =>
  from === '' && to === '' ? what : `${what}@${from}..${to}`;

/** Inside a case, `CASE/ID` of another one is told from its own ids. */
export const ofOtherCase = (what: string): boolean => what.includes('/');

interface Named {
  readonly id: string;
  readonly name: string;
  /** When its packets were seen; null or absent where it has none. */
  readonly range?: { readonly from: number } | null;
}

/** The earlier traffic first: the order in which files were read says nothing of before and after. */
const byTime = (a: Named, b: Named): number => (a.range?.from ?? Infinity) - (b.range?.from ?? Infinity) || 0;

/**
 * The likely two: what is named before and after, else the input with the earliest packet and the next one; where there are not two inputs, the
 * oldest and the newest of the snapshots, or the newest against the one input. `snapshots`: the newest first.
 */
export function likelySides(
  inputs: readonly Named[],
  snapshots: readonly Named[] = [],
): { a: string | null; b: string | null } {
  if (inputs.length < 2 && snapshots.length > 0) {
    const newest = snapshots[0]?.id ?? null;
    const [first = snapshots.length > 1 ? snapshots.at(-1) : undefined] = inputs;
    return { a: first?.id ?? newest, b: first ? newest : null };
  }
  const like = (name: RegExp): string | undefined => inputs.find((input) => name.test(input.name))?.id;
  const inOrder = inputs.toSorted(byTime);
  const a = like(/before/iu) ?? inOrder[0]?.id ?? null;
  const b = like(/after/iu) ?? inOrder.find(({ id }) => id !== a)?.id ?? null;
  return { a, b };
}

/** Seconds as text, from seconds or a date in UTC; '' for nothing, undefined where it is neither. */
export function secondsOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || /^\d{1,10}(\.\d{1,9})?$/u.test(trimmed)) return trimmed;
  const ns = toNs(/^\d{4}-\d\d-\d\d$/u.test(trimmed) ? `${trimmed}T00:00:00` : trimmed);
  if (ns <= 0n) return undefined;
  const fraction = String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/u, '');
  return `${ns / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
