/** A server reduced to one ingest: opens the case, sweeps, ingests, says `done`. Arguments: data directory, case, input, captures. */

import { join } from 'node:path';
import { openCase } from '../../src/lib/server/cases.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { startIngest } from '../../src/lib/server/jobs/ingest-job.ts';
import { jobOf } from './job.ts';

const [root = '', caseId = '', inputId = '', ...captures] = process.argv.slice(2);
const dir = DataDir.open(root);
const { state } = await openCase(dir, caseId);
const running = startIngest(jobOf(caseId, inputId, ...captures), {
  dir,
  state,
  childPath: join(import.meta.dirname, 'ingest-child.js'),
  engine: 'coldwire test',
  onProgress: ({ phase }) => process.stdout.write(`${phase} ${running.pid}\n`),
});
await running.promise;
await state.close();
process.stdout.write('done\n');
