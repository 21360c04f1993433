/**
 * The composition root of the server: everything that routes call is built here, once a process. `coldwire serve` starts it with
 * its own settings; under `vite dev` the first request does, with COLDWIRE_DATA.
 */

import { join } from 'node:path';
import { createAccess } from '../../lib/server/access.ts';
import { CaseAccess } from '../../lib/server/case-access.ts';
import { CaseRegistry } from '../../lib/server/case-registry.ts';
import { CaseService } from '../../lib/server/case-service.ts';
import { newId } from '../../lib/server/cases.ts';
import { keptOf } from '../../lib/server/kept-with-case.ts';
import { Comparisons } from '../../lib/server/comparisons.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { FileUploads } from '../../lib/server/file-uploads.ts';
import { Findings } from '../../lib/server/findings.ts';
import { HomeNetworkChoice } from '../../lib/server/home-networks.ts';
import { Ingests } from '../../lib/server/ingests.ts';
import { JobQueue } from '../../lib/server/job-queue.ts';
import { Snapshots } from '../../lib/server/snapshots.ts';
import { carried } from '../carried.ts';
import { ingestParts } from '../ingest-parts.ts';
import { startMachine } from '../machine.ts';
import { PACKAGE_ROOT } from '../paths.ts';
import { Proofs } from '../../lib/server/proof/proofs.ts';
import { Runs } from '../../lib/server/runs.ts';
import { TriageDesk } from '../../lib/server/triage.ts';
import { log } from '../server-log.ts';
import { type Answers, answersOf } from './answers.ts';

export interface ServerSettings {
  readonly dataDir: string;
  /** Shown by commands of the same user; without one they are not let in. */
  readonly token?: string | undefined;
  /** Names under which the server may be asked, beside addresses and localhost. */
  readonly hosts?: readonly string[];
}

export interface Services extends Answers {
  readonly access: ReturnType<typeof createAccess>;
  readonly dir: DataDir;
  /** Ends jobs, gives cases back. */
  close(): Promise<void>;
}

let running: Services | undefined;

/** Throws FileProblem where the data directory cannot be used. */
export function startServices({ dataDir, token, hosts = [] }: ServerSettings): Services {
  if (running) throw new Error('The services of this process run already.');
  const dir = DataDir.open(dataDir);
  dir.sweepObjects();
  const registry = new CaseRegistry(dir);
  const access = new CaseAccess((caseId) => Promise.resolve().then(() => registry.sealed(caseId)), {
    kept: (caseId) => keptOf(registry, caseId),
    version: (caseId) => registry.foundVersion(caseId),
  });
  const queue = new JobQueue(() => newId('job'));
  const parts = ingestParts(registry, (sentence, error) => log.warn({ err: error }, sentence));
  const { library, choice, detectors, childPath, engine } = parts;
  const ingests = new Ingests(registry, access, queue, parts);
  const desk = new TriageDesk(registry);
  const findings = new Findings(registry, desk);
  const uploads = new FileUploads(dir, ingests);
  const comparisons = new Comparisons(registry, findings);
  const machine = startMachine(registry, ingests, access);
  void registry.sweep();
  running = {
    ...answersOf({
      registry,
      access,
      queue,
      ingests,
      uploads,
      cases: new CaseService(registry, access, queue),
      findings,
      comparisons,
      snapshots: new Snapshots(registry, access),
      desk,
      library,
      choice,
      detectors,
      proofs: new Proofs({ registry, access, findings, library, choice, detectors, childPath, engine }),
      runs: new Runs({ registry, queue, library, choice, detectors, findings, childPath, engine }),
      homeNetworks: new HomeNetworkChoice(registry),
      sampleDirectory: join(PACKAGE_ROOT, 'sample-pcaps'),
      carried: carried(),
      machine: machine.answers,
    }),
    access: createAccess({ token, hosts }),
    dir,
    close: async () => {
      running = undefined;
      await machine.close();
      await parts.close();
      await queue.close();
      access.close();
      comparisons.close();
      await registry.close();
    },
  };
  return running;
}

export function services(): Services {
  return (
    running ??
    startServices({ dataDir: process.env['COLDWIRE_DATA'] ?? 'data', hosts: hostsOf(process.env['ORIGIN']) })
  );
}

/** The name that people were told to open, where it is not an address. */
export function hostsOf(origin: string | undefined): string[] {
  return origin !== undefined && URL.canParse(origin)
    ? [new URL(origin).hostname.replace(/^\[|\]$/g, '')]
    : [];
}
