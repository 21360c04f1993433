/** A scan as a snapshot: each open port of each host is a socket that waits, so that scans are compared as everything else is. */

import type { ScannedHost, ScannedPort, ScanSummary } from '../../model/api/scans.ts';
import { sealSnapshot } from '../../model/snapshot-seal.ts';
import { type Snapshot, type Socket, UNKNOWN_SOCKET } from '../../model/snapshot.ts';

const isTransport = (proto: string): proto is 'tcp' | 'udp' | 'sctp' =>
  proto === 'tcp' || proto === 'udp' || proto === 'sctp';

/** Service, product and version as one text: any of them changing is a change. */
const serviceText = ({ service, product, version }: ScannedPort): string | null =>
  [service, product, version].filter((part) => part !== null).join(' ') || null;

function socketsOf({ address, ports }: ScannedHost): Socket[] {
  return ports.flatMap((port): Socket[] =>
    port.state === 'open' && isTransport(port.proto)
      ? [
          {
            ...UNKNOWN_SOCKET,
            proto: port.proto,
            family: address.includes(':') ? 6 : 4,
            local_address: address,
            local_port: port.port,
            state: port.proto === 'udp' ? 'UNCONN' : 'LISTEN',
            service: serviceText(port)?.slice(0, 256) ?? null,
          },
        ]
      : [],
  );
}

export const scanSnapshot = (scan: ScanSummary, hosts: readonly ScannedHost[]): Snapshot =>
  sealSnapshot({
    time: new Date((scan.ended ?? scan.started) * 1000).toISOString(),
    window: null,
    origin: { kind: 'file', format: 'nmap', host: null, detail: scan.id, sha256: null },
    addresses: hosts
      .filter(({ state }) => state === 'up')
      .map(({ address }) => address)
      .slice(0, 4_096),
    sockets: hosts.flatMap(socketsOf),
    skipped: 0,
  });
