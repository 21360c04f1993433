/** Every protocol: one line each. Order is the order in which they are asked where no port helps: strict ones first. */

import type { ProtocolParser } from './contract.ts';
import { krb, krbTcp } from './kerberos/kerberos.ts';
import { gssapi, ntlm } from './gssapi.ts';
import { dns } from './dns/dns.ts';
import { ftp } from './ftp/ftp.ts';
import { ftpData } from './ftp/data.ts';
import { mysql } from './mysql/mysql.ts';
import { ssh } from './ssh/ssh.ts';
import { ldapTcp, ldapUdp } from './ldap/ldap.ts';
import { recognition } from './recognition/recognition.ts';

export const PROTOCOLS: readonly ProtocolParser[] = [
  krb,
  krbTcp,
  gssapi,
  ntlm,
  dns,
  ftp,
  ftpData,
  mysql,
  ssh,
  ldapTcp,
  ldapUdp,
  // Last: names what nobody else reads.
  recognition,
];

export const protocolNamed = (name: string): ProtocolParser | undefined =>
  PROTOCOLS.find((protocol) => protocol.name === name);
