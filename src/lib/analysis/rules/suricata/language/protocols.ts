/** Protocols that may stand in a rule's header. */

import type { RuleProto } from './rule.ts';

const transport = (ipProtos: readonly number[] | undefined, more: Partial<RuleProto> = {}): Omit<RuleProto, 'name'> => ({
  ipProtos,
  ipVersion: undefined,
  only: undefined,
  ...more,
});

const TRANSPORTS: Readonly<Record<string, Omit<RuleProto, 'name'>>> = {
  ip: transport(undefined),
  ipv4: transport(undefined, { ipVersion: 4 }),
  ip4: transport(undefined, { ipVersion: 4 }),
  ipv6: transport(undefined, { ipVersion: 6 }),
  ip6: transport(undefined, { ipVersion: 6 }),
  tcp: transport([6]),
  'tcp-pkt': transport([6], { only: 'packet' }),
  'tcp-stream': transport([6], { only: 'stream' }),
  udp: transport([17]),
  icmp: transport([1, 58]),
  icmpv4: transport([1], { ipVersion: 4 }),
  icmpv6: transport([58], { ipVersion: 6 }),
  sctp: transport([132]),
  igmp: transport([2]),
  esp: transport([50]),
  ah: transport([51]),
  gre: transport([47]),
  pkthdr: transport(undefined, { only: 'pkthdr' }),
  ether: transport(undefined, { only: 'ether' }),
  arp: transport(undefined, { only: 'arp' }),
};

/** Application protocols, and the transports that carry them. */
const APPS: Readonly<Record<string, readonly number[]>> = {
  http: [6],
  http1: [6],
  http2: [6],
  doh2: [6],
  ftp: [6],
  'ftp-data': [6],
  smtp: [6],
  imap: [6],
  pop3: [6],
  tls: [6],
  ssl: [6],
  ssh: [6],
  smb: [6],
  dcerpc: [6, 17],
  dns: [6, 17],
  mdns: [17],
  llmnr: [6, 17],
  irc: [6],
  jabber: [6],
  telnet: [6],
  modbus: [6],
  enip: [6, 17],
  dnp3: [6],
  nfs: [6, 17],
  ntp: [17],
  tftp: [17],
  ike: [17],
  ikev2: [17],
  krb5: [6, 17],
  quic: [17],
  dhcp: [17],
  sip: [6, 17],
  snmp: [17],
  rfb: [6],
  rdp: [6],
  mqtt: [6],
  pgsql: [6],
  mysql: [6],
  redis: [6],
  ldap: [6, 17],
  websocket: [6],
  'bittorrent-dht': [17],
  socks: [6],
  msn: [6],
  template: [6],
};

/** Names that rules may use; `ssl` and `ikev2` are older ones. */
export const APP_PROTOS: ReadonlySet<string> = new Set(Object.keys(APPS));

const RENAMED: Readonly<Record<string, string>> = { ssl: 'tls', ikev2: 'ike' };

export interface ReadProto {
  readonly proto: RuleProto;
  /** The application protocol, where it is one. */
  readonly app: string | undefined;
}

export const readProto = (written: string): ReadProto | string => {
  const name = written.toLowerCase();
  if (Object.hasOwn(TRANSPORTS, name)) return { proto: { name, ...TRANSPORTS[name] }, app: undefined };
  if (!Object.hasOwn(APPS, name)) return `Its protocol “${written}” is not known.`;
  const app = RENAMED[name] ?? name;
  return { proto: { name: app, ...transport(APPS[app]) }, app };
};

/** Transports of an application protocol; undefined for one that is not known. */
export const transportsOf = (app: string): readonly number[] | undefined => (Object.hasOwn(APPS, app) ? APPS[app] : undefined);
