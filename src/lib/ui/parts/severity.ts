import type { SeverityWord } from '../../model/api/findings.ts';

/** Gravest first. */
export const SEVERITIES: readonly SeverityWord[] = ['critical', 'high', 'medium', 'low', 'info'];

/** A shape of its own for each word, on a 12 × 12 grid: told apart without colour. */
export const SHAPES: Record<SeverityWord, string> = {
  critical: 'M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7z',
  high: 'M6 .8 11.6 11H.4z',
  medium: 'M6 .4 11.6 6 6 11.6.4 6z',
  low: 'M6 11a5 5 0 1 0 0-10 5 5 0 0 0 0 10z',
  info: 'M1 4.5h10v3H1z',
};

/** The word of a severity of 0 to 100, by the bounds that the API documents. */
export function severityWord(severity: number): SeverityWord {
  if (severity >= 90) return 'critical';
  if (severity >= 70) return 'high';
  if (severity >= 40) return 'medium';
  return severity >= 20 ? 'low' : 'info';
}
