/** Which dissector explains a payload: by its first bytes, and by port where they say too little. A new protocol is a file and a line. */

import type { ApplicationDissector } from '../contract.ts';
import { ldap, snmp } from './ber.ts';
import { dhcp } from './dhcp.ts';
import { dns } from './dns.ts';
import { http } from './http.ts';
import { ftp, imap, pop, smtp } from './lines.ts';
import { nbns } from './nbns.ts';
import { ntp } from './ntp.ts';
import { quic } from './quic.ts';
import { smb1 } from './smb1.ts';
import { smb2 } from './smb2.ts';
import { tls } from './tls.ts';

const APPLICATIONS: readonly ApplicationDissector[] = [
  dns,
  nbns,
  http,
  tls,
  quic,
  smb2,
  smb1,
  dhcp,
  ntp,
  snmp,
  ldap,
  ftp,
  smtp,
  pop,
  imap,
];

export interface Application {
  readonly dissector: ApplicationDissector;
  /** The server's port where one of them is, else the destination's. */
  readonly port: number;
  readonly fromServer: boolean;
}

/** Undefined where no message that we know begins here. */
export function applicationOf(
  transport: 'tcp' | 'udp',
  { source, destination }: { readonly source: number; readonly destination: number },
  payload: Uint8Array,
): Application | undefined {
  for (const dissector of APPLICATIONS) {
    if (dissector.transport !== 'both' && dissector.transport !== transport) continue;
    const toServer = dissector.ports.includes(destination);
    const fromServer = !toServer && dissector.ports.includes(source);
    if (dissector.needsPort === true && !toServer && !fromServer) continue;
    if (dissector.probe(payload)) return { dissector, port: fromServer ? source : destination, fromServer };
  }
  return undefined;
}
