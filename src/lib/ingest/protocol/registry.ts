/** Every protocol: one line each. Order is the order in which they are asked where no port helps: strict ones first. */

import type { ProtocolParser } from './contract.ts';
import { krb, krbTcp } from './kerberos/kerberos.ts';
import { gssapi, ntlm } from './gssapi.ts';
import { dns } from './dns/dns.ts';
import { ftp } from './ftp/ftp.ts';
import { ftpData } from './ftp/data.ts';
import { mysql } from './mysql/mysql.ts';
import { ssh } from './ssh/ssh.ts';
import { http } from './http/http.ts';
import { http2 } from './http/http2.ts';
import { http3 } from './http/http3.ts';
import { ssdp } from './ssdp.ts';
import { websocket } from './websocket.ts';
import { ldapTcp, ldapUdp } from './ldap/ldap.ts';
import { recognition } from './recognition/recognition.ts';
import { postgresql } from './postgresql/postgresql.ts';
import { redis } from './redis/redis.ts';
import { dhcp } from './dhcp/dhcp.ts';
import { dhcpv6 } from './dhcpv6.ts';
import { ssl } from './ssl/ssl.ts';
import { dceRpc } from './dce-rpc/dce-rpc.ts';
import { mongodb } from './mongodb.ts';
import { modbus } from './modbus.ts';
import { dnp3Tcp, dnp3Udp } from './dnp3.ts';
import { mqtt } from './mqtt/mqtt.ts';
import { ntp } from './ntp.ts';
import { snmp } from './snmp.ts';
import { netbiosDatagram } from './netbios-datagram.ts';
import { syslog } from './syslog.ts';
import { smtp } from './smtp/smtp.ts';
import { quic } from './quic/quic.ts';
import { rdp, rdpUdp } from './rdp/rdp.ts';
import { dtls } from './dtls/dtls.ts';
import { sip } from './sip.ts';
import { radius } from './radius.ts';
import { tftp } from './tftp.ts';
import { tds } from './tds.ts';
import { smb } from './smb/smb.ts';
import { socks } from './socks.ts';
import { s7comm } from './s7comm.ts';
import { enip } from './enip.ts';
import { bacnet } from './bacnet.ts';
import { opcua } from './opcua.ts';
import { pop3 } from './pop3.ts';
import { imap } from './imap/imap.ts';
import { irc } from './irc.ts';
import { rtsp } from './rtsp.ts';
import { telnet } from './telnet.ts';
import { ircDcc } from './irc-dcc.ts';
import { rfb } from './rfb.ts';
import { xmpp } from './xmpp.ts';

const PARSERS: readonly ProtocolParser[] = [
  krb,
  krbTcp,
  gssapi,
  ntlm,
  dns,
  ftp,
  ftpData,
  http2,
  http,
  http3,
  ssdp,
  websocket,
  mysql,
  ssh,
  ldapTcp,
  ldapUdp,
  postgresql,
  redis,
  dhcp,
  dhcpv6,
  ssl,
  dceRpc,
  mongodb,
  modbus,
  dnp3Tcp,
  dnp3Udp,
  mqtt,
  snmp,
  ntp,
  netbiosDatagram,
  syslog,
  smtp,
  quic,
  rdp,
  rdpUdp,
  dtls,
  sip,
  radius,
  tftp,
  tds,
  s7comm,
  enip,
  bacnet,
  opcua,
  smb,
  socks,
  pop3,
  imap,
  irc,
  rtsp,
  xmpp,
  telnet,
  rfb,
  ircDcc,
];

/** Recognition is last: it names what nobody else reads. */
export const PROTOCOLS: readonly ProtocolParser[] = [...PARSERS, recognition];

export const protocolNamed = (name: string): ProtocolParser | undefined =>
  PROTOCOLS.find((protocol) => protocol.name === name);
