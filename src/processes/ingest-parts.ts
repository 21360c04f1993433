/** What an ingest needs beside the case: the child that reads, and what runs when an input is sealed. */

import type { CaseAccess } from '../lib/server/case-access.ts';
import type { CaseRegistry } from '../lib/server/case-registry.ts';
import type { IngestParts } from '../lib/server/ingests.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { INGEST_CHILD } from './paths.ts';

export function ingestParts(_registry: CaseRegistry, _access: CaseAccess): IngestParts {
  return { childPath: INGEST_CHILD, engine: ENGINE_VERSION, afterSealed: () => Promise.resolve() };
}
