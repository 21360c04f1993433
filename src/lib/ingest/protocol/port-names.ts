/**
 * Applications by the responder's port: a guess, told as one (`app_confidence` port), for connections whose bytes nobody knew. Names are
 * those of conn.service where a parser has one; numbers are of IANA's registry, or what everybody uses.
 */

import type { AppConfidence } from '../../model/ids.ts';

// prettier-ignore
const NAMES: Readonly<Record<string, readonly number[]>> = {
  echo: [7], discard: [9], daytime: [13], qotd: [17], chargen: [19], 'ftp-data': [20], ftp: [21], ssh: [22], telnet: [23],
  smtp: [25, 587], time: [37], whois: [43], tacacs: [49], dns: [53, 853, 5353, 5355], dhcp: [67, 68], tftp: [69], gopher: [70], finger: [79],
  http: [80, 8000, 8008, 8080, 8888], krb: [88], pop3: [110], rpcbind: [111], ident: [113], nntp: [119], ntp: [123], dce_rpc: [135], netbios: [137, 138, 139],
  imap: [143], snmp: [161, 162], bgp: [179], irc: [194, 6667], ldap: [389], ssl: [443, 465, 636, 993, 995, 8443], smb: [445], ipsec: [500, 4500],
  rexec: [512], rlogin: [513], syslog: [514, 601], lpd: [515], rip: [520], dhcpv6: [546, 547], rtsp: [554], ipp: [631], ldp: [646], rsync: [873],
  socks: [1080], openvpn: [1194], tds: [1433, 1434], oracle: [1521], l2tp: [1701], pptp: [1723], radius: [1645, 1646, 1812, 1813], ssdp: [1900], mqtt: [1883], nfs: [2049],
  zookeeper: [2181], docker: [2375, 2376], mysql: [3306], rdp: [3389], stun: [3478], svn: [3690], sip: [5060, 5061], xmpp: [5222, 5269], postgresql: [5432],
  amqp: [5671, 5672], rfb: [5900, 5901], x11: [6000], redis: [6379], bittorrent: [6881], cassandra: [9042], tor: [9001], elasticsearch: [9200], memcached: [11211],
  mongodb: [27017], s7comm: [102], modbus: [502], dnp3: [20000], enip: [44818, 2222], bacnet: [47808], opcua: [4840], wireguard: [51820], winrm: [5985, 5986],
};

const CONFIDENCE: AppConfidence = 'port';

export const PORT_APPLICATIONS: ReadonlyMap<
  number,
  { readonly name: string; readonly confidence: AppConfidence }
> = new Map(
  Object.entries(NAMES).flatMap(([name, ports]) =>
    ports.map((port) => [port, { name, confidence: CONFIDENCE }] as const),
  ),
);
