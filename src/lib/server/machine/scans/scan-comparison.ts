/** What changed from one scan to another: its services by the comparison that captures and snapshots are compared with. */

import { differenceAt } from '../../../analysis/compare/difference.ts';
import { SERVICES_LEVEL } from '../../../analysis/compare/levels/services.ts';
import { scanSnapshot } from '../../../host/nmap/scan-snapshot.ts';
import type { ScanComparison, ScanResult } from '../../../model/api/scans.ts';
import { openCaseReader } from '../../../store/case-reader.ts';

const ROWS = 5_000;

const up = ({ hosts }: ScanResult): Set<string> =>
  new Set(hosts.filter(({ state }) => state === 'up').map(({ address }) => address));

export async function compareScans(a: ScanResult, b: ScanResult): Promise<ScanComparison> {
  const [before, after] = [up(a), up(b)];
  const reader = await openCaseReader([], { connections: 1, threads: 1, memoryMb: 256 });
  try {
    const services = await differenceAt(
      (sql, params) => reader.rows(sql, params),
      SERVICES_LEVEL,
      { kind: 'snapshot', snapshot: scanSnapshot(a.scan, a.hosts) },
      { kind: 'snapshot', snapshot: scanSnapshot(b.scan, b.hosts) },
      // A port that answered a scan is a service, however high it is.
      { ephemeralFrom: 65_536 },
      { limit: ROWS, offset: 0 },
    );
    return {
      a: a.scan,
      b: b.scan,
      hosts: {
        added: [...after].filter((address) => !before.has(address)),
        removed: [...before].filter((address) => !after.has(address)),
        same: [...after].filter((address) => before.has(address)).length,
      },
      services,
    };
  } finally {
    reader.close();
  }
}
