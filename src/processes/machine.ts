/** The services about this machine, put together. */

import type { CaseRegistry } from '../lib/server/case-registry.ts';
import type { Ingests } from '../lib/server/ingests.ts';
import { type MachineAnswers, machineAnswers } from '../lib/server/machine/answers.ts';
import { LiveCaptures } from '../lib/server/machine/captures/live-captures.ts';
import { CustodyLog } from '../lib/server/machine/custody.ts';
import { MachineDir } from '../lib/server/machine/machine-dir.ts';
import { NowReader } from '../lib/server/machine/now.ts';
import { enrichment } from './enrichment.ts';
import { LIVE_CHILD } from './paths.ts';

export interface Machine {
  readonly answers: MachineAnswers;
  /** Stops captures and scans. */
  close(): Promise<void>;
}

export function startMachine(registry: CaseRegistry, ingests: Ingests): Machine {
  const dir = new MachineDir(registry.dir);
  const custody = new CustodyLog(dir.file('custody.ndjson'));
  const captures = new LiveCaptures({ dir, custody, registry, ingests, childPath: LIVE_CHILD });
  return {
    answers: machineAnswers({ now: new NowReader(enrichment, () => null), captures, custody }),
    close: () => captures.close(),
  };
}
