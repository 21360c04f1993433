/** What was found in a case, for the command line: from the server that owns it where one runs, else from the case itself. */

import type { Finding, FindingList } from '../../lib/model/api/findings.ts';
import { CaseRegistry } from '../../lib/server/case-registry.ts';
import type { DataDir } from '../../lib/server/data-dir.ts';
import { Findings } from '../../lib/server/findings.ts';
import { TriageDesk } from '../../lib/server/triage.ts';
import { CommandProblem } from './data-option.ts';
import { ServerClient } from './server-client.ts';

/** As many as the interface gives in one reply. */
const MOST = 10_000;

/** Findings of the ingests, suppressed ones too. Rejects with one sentence. */
export async function findingsOfCase(dir: DataDir, caseId: string): Promise<Finding[]> {
  const server = dir.server();
  if (server) {
    const path = `/cases/${caseId}/findings?suppressed=show&limit=${MOST}`;
    const { findings, of } = await new ServerClient(server).ask<FindingList>('GET', path);
    if (of > findings.length)
      throw new CommandProblem(
        `The case ${caseId} has ${of} findings, more than a running server gives at once (${MOST}): stop the server, or leave the level findings out.`,
      );
    return findings;
  }
  const registry = new CaseRegistry(dir);
  try {
    return await new Findings(registry, new TriageDesk(registry)).all(caseId);
  } finally {
    await registry.close();
  }
}
