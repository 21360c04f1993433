/** The ingest of some captures into an input of a case. */

import type { IngestJob } from '../../src/lib/server/jobs/ingest-messages.ts';

export const jobOf = (caseId: string, inputId: string, ...paths: string[]): IngestJob => ({
  caseId,
  inputId,
  name: inputId,
  ownerId: 'local',
  files: paths.map((path) => ({ name: path.split('/').at(-1) ?? path, path })),
  settings: { midstream: true },
});
