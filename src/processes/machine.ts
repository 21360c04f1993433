/** The services about this machine, put together. */

import type { CaseAccess } from '../lib/server/case-access.ts';
import type { CaseRegistry } from '../lib/server/case-registry.ts';
import type { Ingests } from '../lib/server/ingests.ts';
import { type MachineAnswers, machineAnswers } from '../lib/server/machine/answers.ts';
import { LiveCaptures } from '../lib/server/machine/captures/live-captures.ts';
import { CustodyLog } from '../lib/server/machine/custody.ts';
import { MachineDir } from '../lib/server/machine/machine-dir.ts';
import type { AbuseServer } from '../lib/server/machine/abuse-reports.ts';
import { LookUps } from '../lib/server/machine/look-ups.ts';
import { Neighbours } from '../lib/server/machine/neighbours.ts';
import { NowReader } from '../lib/server/machine/now.ts';
import { CaseScans } from '../lib/server/machine/scans/case-scans.ts';
import { Scans } from '../lib/server/machine/scans/scans.ts';
import { SwitchBoard } from '../lib/server/machine/switches.ts';
import { enrichment } from './enrichment.ts';
import { LIVE_CHILD } from './paths.ts';

export interface Machine {
  readonly answers: MachineAnswers;
  /** Stops captures and scans. */
  close(): Promise<void>;
}

const abuseServer = (key: string, url: string | undefined): AbuseServer | undefined =>
  key === '' ? undefined : { key, url };

export function startMachine(registry: CaseRegistry, ingests: Ingests, access: CaseAccess): Machine {
  const dir = new MachineDir(registry.dir);
  const custody = new CustodyLog(dir.file('custody.ndjson'));
  const captures = new LiveCaptures({ dir, custody, registry, ingests, childPath: LIVE_CHILD });
  const switches = new SwitchBoard(dir.file('switches.json'));
  const neighbours = new Neighbours({ dir, custody, switches, enrichment });
  const lookUps = new LookUps(dir.file('look-ups.json'), switches, {
    dnsServers: (process.env['COLDWIRE_DNS'] ?? '').split(/[\s,]+/).filter((server) => server !== ''),
    ipinfoUrl: process.env['COLDWIRE_IPINFO_URL'],
    ipinfoToken: process.env['IPINFO_TOKEN'],
    abuse: abuseServer(process.env['ABUSEIPDB_API_KEY'] ?? '', process.env['COLDWIRE_ABUSEIPDB_URL']),
  });
  const now = new NowReader(enrichment, (address) => lookUps.nameOf(address));
  const scans = new Scans(dir, custody);
  const caseScans = new CaseScans(registry, access);
  return {
    answers: machineAnswers({ now, captures, custody, neighbours, lookUps, switches, scans, caseScans }),
    close: async () => {
      neighbours.close();
      await Promise.all([captures.close(), scans.close()]);
    },
  };
}
