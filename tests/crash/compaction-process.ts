/** A server reduced to one compaction. Arguments: data directory, case. Exits with 1 where nothing was copied. */

import { compactCase } from '../../src/lib/server/compaction.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';

const [root = '', caseId = ''] = process.argv.slice(2);
process.exitCode = (await compactCase(DataDir.open(root), caseId)) ? 0 : 1;
