/** Tables of protocol records: one line each. */

import type { Table } from './column.ts';
import { CREDENTIALS } from './credentials.ts';
import { FILES } from './files.ts';
import { KERBEROS } from './kerberos.ts';
import { NTLM } from './ntlm.ts';
import { DNS } from './dns.ts';
import { FTP } from './ftp.ts';
import { MYSQL } from './mysql.ts';
import { SSH } from './ssh.ts';
import { LDAP, LDAP_SEARCH } from './ldap.ts';

export const PROTOCOL_TABLES: readonly Table[] = [
  FILES,
  CREDENTIALS,
  KERBEROS,
  NTLM,
  DNS,
  FTP,
  MYSQL,
  SSH,
  LDAP,
  LDAP_SEARCH,
];
