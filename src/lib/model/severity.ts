/** Severities of 0 to 100 in words. */

import type { SeverityWord } from './api/findings.ts';

/** Lowest severity of each word. */
const WORDS: readonly (readonly [number, SeverityWord])[] = [
  [90, 'critical'],
  [70, 'high'],
  [40, 'medium'],
  [20, 'low'],
];

export const severityWord = (severity: number): SeverityWord =>
  WORDS.find(([least]) => severity >= least)?.[1] ?? 'info';
