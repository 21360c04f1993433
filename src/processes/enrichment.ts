/** The data that hosts are enriched with: what comes with Coldwire, and before it the user's own databases. */

import { delimiter } from 'node:path';
import { type Enrichment, openEnrichment } from '../lib/enrich/registry.ts';

let opened: Promise<Enrichment> | undefined;

/** Opened once a thread, when it is first asked for. COLDWIRE_MMDB lists the user's .mmdb files, as PATH lists folders. */
export function enrichment(): Promise<Enrichment> {
  const databases = (process.env['COLDWIRE_MMDB'] ?? '').split(delimiter).filter((path) => path !== '');
  return (opened ??= openEnrichment({ databases }));
}
