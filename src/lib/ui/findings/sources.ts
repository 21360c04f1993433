import { count } from '../format/numbers.ts';

/** So many sources of a finding are kept (the detectors' LISTED), and how many more there were is not. */
const KEPT = 100;

/** How many sources a finding has, `without` some of them, as far as the `kept` ones say. */
export const sources = (kept: number, without = 0): string =>
  kept < KEPT ? count(kept - without) : `${count(kept - without)} or more`;
