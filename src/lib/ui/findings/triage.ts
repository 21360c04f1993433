import type { TriageState } from '../../model/api/findings.ts';

/** States of triage: their words, tones and keys. */
export const TRIAGE: Readonly<
  Record<TriageState, { word: string; tone: 'plain' | 'warn' | 'good' | 'bad' | 'accent'; key: string }>
> = {
  new: { word: 'new', tone: 'plain', key: 'n' },
  escalated: { word: 'escalated', tone: 'bad', key: 'e' },
  closed: { word: 'closed', tone: 'good', key: 'c' },
  false_positive: { word: 'false positive', tone: 'warn', key: 'f' },
};

export const TRIAGE_STATES = Object.keys(TRIAGE) as TriageState[];

/** Formats in which findings leave, with their names. */
export const FINDING_EXPORTS: readonly (readonly [string, string])[] = [
  ['incidents', 'Incident CSV'],
  ['anomalies', 'Anomalies CSV'],
  ['eve', 'EVE JSON'],
  ['ecs', 'ECS NDJSON'],
  ['stix', 'STIX 2.1'],
  ['markdown', 'Report, Markdown'],
  ['html', 'Report, HTML'],
  ['ndjson', 'NDJSON'],
];
