/** Tables of protocol records: one line each. */

import type { Table } from './column.ts';
import { CARD_NUMBERS } from './card-numbers.ts';
import { CREDENTIALS } from './credentials.ts';
import { FILES } from './files.ts';
import { KERBEROS } from './kerberos.ts';
import { NTLM } from './ntlm.ts';
import { DNS } from './dns.ts';
import { FTP } from './ftp.ts';
import { MYSQL } from './mysql.ts';
import { SSH } from './ssh.ts';
import { HTTP } from './http.ts';
import { WEBSOCKET } from './websocket.ts';
import { LDAP, LDAP_SEARCH } from './ldap.ts';
import { PE } from './pe.ts';
import { OCSP } from './ocsp.ts';
import { POP3 } from './pop3.ts';
import { POSTGRESQL } from './postgresql.ts';
import { REDIS } from './redis.ts';
import { DHCP } from './dhcp.ts';
import { DHCPV6 } from './dhcpv6.ts';
import { SSL } from './ssl.ts';
import { X509 } from './x509.ts';
import { DCE_RPC } from './dce-rpc.ts';
import { MODBUS } from './modbus.ts';
import { DNP3 } from './dnp3.ts';
import { MQTT_CONNECT, MQTT_PUBLISH, MQTT_SUBSCRIBE } from './mqtt.ts';
import { NTP } from './ntp.ts';
import { NETBIOS_DATAGRAM } from './netbios-datagram.ts';
import { SNMP } from './snmp.ts';
import { SYSLOG } from './syslog.ts';
import { SMTP } from './smtp.ts';
import { QUIC } from './quic.ts';
import { RDP } from './rdp.ts';
import { SIP } from './sip.ts';
import { RADIUS } from './radius.ts';
import { TFTP } from './tftp.ts';
import { TDS } from './tds.ts';
import { SMB_CMD, SMB_FILES, SMB_MAPPING } from './smb.ts';
import { SOCKS } from './socks.ts';
import { S7COMM } from './s7comm.ts';
import { ENIP } from './enip.ts';
import { BACNET } from './bacnet.ts';
import { OPCUA } from './opcua.ts';
import { IMAP } from './imap.ts';
import { IRC } from './irc.ts';
import { RFB } from './rfb.ts';

export const PROTOCOL_TABLES: readonly Table[] = [
  FILES,
  PE,
  CREDENTIALS,
  CARD_NUMBERS,
  KERBEROS,
  NTLM,
  DNS,
  FTP,
  HTTP,
  WEBSOCKET,
  MYSQL,
  SSH,
  LDAP,
  LDAP_SEARCH,
  POSTGRESQL,
  REDIS,
  DHCP,
  DHCPV6,
  SSL,
  X509,
  OCSP,
  DCE_RPC,
  MODBUS,
  DNP3,
  MQTT_CONNECT,
  MQTT_PUBLISH,
  MQTT_SUBSCRIBE,
  NTP,
  NETBIOS_DATAGRAM,
  SNMP,
  SYSLOG,
  SMTP,
  POP3,
  IMAP,
  QUIC,
  RDP,
  SIP,
  RADIUS,
  TFTP,
  TDS,
  SMB_FILES,
  SMB_MAPPING,
  SMB_CMD,
  SOCKS,
  S7COMM,
  ENIP,
  BACNET,
  OPCUA,
  IRC,
  RFB,
];
