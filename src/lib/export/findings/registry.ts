/** Every format in which findings leave, a line each. */

import { anomalies } from './anomalies.ts';
import type { FindingFormat } from './contract.ts';
import { ecs } from './ecs.ts';
import { eve } from './eve.ts';
import { html } from './html.ts';
import { incidents } from './incidents.ts';
import { markdown } from './markdown.ts';
import { stix } from './stix.ts';

/** The findings as the interface gives them, a line each. */
const ndjson: FindingFormat = {
  id: 'ndjson',
  file: 'findings.ndjson',
  media: 'application/x-ndjson',
  *write({ incidents: list }) {
    for (const { finding } of list) yield `${JSON.stringify(finding)}\n`;
  },
};

export const FINDING_FORMATS: readonly FindingFormat[] = [
  incidents,
  anomalies,
  eve,
  ecs,
  stix,
  markdown,
  html,
  ndjson,
];
