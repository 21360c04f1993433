/** Which names a filter may use on a table, and what they stand for. Wireshark's names are mapped onto our columns here. */

import type { Column, Table } from '../../model/tables.ts';

/** What must also hold for a field to be there: `tcp.port` is a port of a TCP connection only. */
export type Guard =
  | { readonly kind: 'proto'; readonly values: readonly string[] }
  | { readonly kind: 'ip_proto'; readonly value: number }
  | { readonly kind: 'family'; readonly version: 4 | 6 };

export interface Field {
  readonly name: string;
  readonly doc: string;
  /** One, or the two ends of a connection: then a test asks for any of them (`!=`: all). All are of one kind. */
  readonly columns: readonly Column[];
  readonly guards: readonly Guard[];
  /** The column is text that holds a comma-separated list; a test asks for any of its items. */
  readonly list: boolean;
  /** Name in Wireshark, where it has the field with this meaning. */
  readonly wireshark?: string;
}

/** A bare word: `tcp`, `arp`, `dns`. */
export type ProtocolWord =
  | { readonly kind: 'guards'; readonly guards: readonly Guard[] }
  | { readonly kind: 'service'; readonly column: Column; readonly service: string }
  | { readonly kind: 'constant'; readonly value: boolean };

interface Alias {
  readonly name: string;
  /** The first of these whose columns the table has is meant. */
  readonly columns: readonly (readonly string[])[];
  readonly guards?: readonly Guard[];
  readonly doc: string;
  /** Not a Wireshark name. */
  readonly ours?: true;
  readonly wireshark?: string;
}

const v4: Guard = { kind: 'family', version: 4 };
const v6: Guard = { kind: 'family', version: 6 };
const tcp: Guard = { kind: 'proto', values: ['tcp'] };
const udp: Guard = { kind: 'proto', values: ['udp'] };
const sctp: Guard = { kind: 'proto', values: ['sctp'] };
const ported: Guard = { kind: 'proto', values: ['tcp', 'udp', 'sctp'] };
const icmp: Guard = { kind: 'ip_proto', value: 1 };
const icmpv6: Guard = { kind: 'ip_proto', value: 58 };

const bothAddresses = [['src', 'dst'], ['id_orig_h', 'id_resp_h'], ['sender_ip', 'target_ip'], ['address']];
const source = [['src'], ['id_orig_h'], ['sender_ip']];
const target = [['dst'], ['id_resp_h'], ['target_ip']];
const bothPorts = [
  ['src_p', 'dst_p'],
  ['id_orig_p', 'id_resp_p'],
  ['sport', 'dport'],
];
const sourcePort = [['src_p'], ['id_orig_p'], ['sport']];
const targetPort = [['dst_p'], ['id_resp_p'], ['dport']];
const bothMacs = [
  ['orig_l2_addr', 'resp_l2_addr'],
  ['eth_src', 'eth_dst'],
];
const sourceMac = [['orig_l2_addr'], ['eth_src']];
const targetMac = [['resp_l2_addr'], ['eth_dst']];

const portsOf = (name: string, guard: Guard): Alias[] => [
  { name: `${name}.port`, columns: bothPorts, guards: [guard], doc: `either port of ${name}` },
  {
    name: `${name}.srcport`,
    columns: sourcePort,
    guards: [guard],
    doc: `port of the originator (of the sender, where rows are packets), ${name}`,
  },
  { name: `${name}.dstport`, columns: targetPort, guards: [guard], doc: `port of the responder, ${name}` },
];

const ALIASES: readonly Alias[] = [
  { name: 'addr', columns: bothAddresses, doc: 'either address, IPv4 or IPv6', ours: true },
  { name: 'ip.addr', columns: bothAddresses, guards: [v4], doc: 'either address, IPv4' },
  { name: 'ip.src', columns: source, guards: [v4], doc: 'address of the originator, IPv4' },
  { name: 'ip.dst', columns: target, guards: [v4], doc: 'address of the responder, IPv4' },
  { name: 'ip.host', columns: bothAddresses, guards: [v4], doc: 'as ip.addr', wireshark: 'ip.addr' },
  { name: 'ipv6.addr', columns: bothAddresses, guards: [v6], doc: 'either address, IPv6' },
  { name: 'ipv6.src', columns: source, guards: [v6], doc: 'address of the originator, IPv6' },
  { name: 'ipv6.dst', columns: target, guards: [v6], doc: 'address of the responder, IPv6' },
  { name: 'port', columns: bothPorts, guards: [ported], doc: 'either port, TCP, UDP or SCTP', ours: true },
  ...portsOf('tcp', tcp),
  ...portsOf('udp', udp),
  ...portsOf('sctp', sctp),
  { name: 'icmp.type', columns: [['id_orig_p']], guards: [icmp], doc: 'type of the first ICMP message' },
  { name: 'icmp.code', columns: [['id_resp_p']], guards: [icmp], doc: 'code of the first ICMP message' },
  {
    name: 'icmpv6.type',
    columns: [['id_orig_p']],
    guards: [icmpv6],
    doc: 'type of the first ICMPv6 message',
  },
  {
    name: 'icmpv6.code',
    columns: [['id_resp_p']],
    guards: [icmpv6],
    doc: 'code of the first ICMPv6 message',
  },
  { name: 'ip.proto', columns: [['ip_proto']], guards: [v4], doc: 'IP protocol number, IPv4' },
  { name: 'ipv6.nxt', columns: [['ip_proto']], guards: [v6], doc: 'IP protocol number, IPv6' },
  { name: 'eth.addr', columns: bothMacs, doc: 'either MAC' },
  { name: 'eth.src', columns: sourceMac, doc: 'MAC of the originator' },
  { name: 'eth.dst', columns: targetMac, doc: 'MAC of the responder' },
  { name: 'vlan.id', columns: [['vlan']], doc: 'any VLAN tag' },
  { name: 'frame.time', columns: [['ts'], ['first_seen']], doc: 'time of the first packet' },
  { name: 'frame.time_epoch', columns: [['ts'], ['first_seen']], doc: 'the same, as Wireshark names it' },
  { name: 'frame.number', columns: [['n'], ['first_frame']], doc: 'number of the first frame, in its file' },
  { name: 'frame.len', columns: [['len']], doc: 'bytes on the wire' },
  { name: 'frame.cap_len', columns: [['caplen']], doc: 'bytes captured' },
  { name: 'tcp.flags', columns: [['tcp_flags']], doc: 'TCP flags of the packet' },
  { name: 'arp.opcode', columns: [['op']], doc: 'ARP operation' },
  { name: 'arp.src.proto_ipv4', columns: [['sender_ip']], doc: 'ARP sender address' },
  { name: 'arp.dst.proto_ipv4', columns: [['target_ip']], doc: 'ARP target address' },
  { name: 'arp.src.hw_mac', columns: [['sender_mac']], doc: 'ARP sender MAC' },
  { name: 'arp.dst.hw_mac', columns: [['target_mac']], doc: 'ARP target MAC' },
];

/** Our columns that Wireshark has under a name of its own, with the same meaning in every packet of the connection. */
const WIRESHARK_OF_COLUMN: Readonly<Record<string, string>> = {
  vlan: 'vlan.id',
  ts: 'frame.time_epoch',
  caplen: 'frame.cap_len',
  len: 'frame.len',
  tcp_flags: 'tcp.flags',
  op: 'arp.opcode',
  sender_ip: 'arp.src.proto_ipv4',
  target_ip: 'arp.dst.proto_ipv4',
  sender_mac: 'arp.src.hw_mac',
  target_mac: 'arp.dst.hw_mac',
};

/** Columns that hold several values in one text. */
const LISTS: ReadonlySet<string> = new Set(['service', 'app_proto']);

const icmpTransport: Guard = { kind: 'proto', values: ['icmp'] };

/** What each word asks for; the first whose columns the table has. `proto` alone does not tell ICMP from ICMPv6. */
const TRANSPORT_WORDS: Readonly<Record<string, readonly (readonly Guard[])[]>> = {
  tcp: [[tcp]],
  udp: [[udp]],
  sctp: [[sctp]],
  icmp: [[icmp], [icmpTransport, v4]],
  icmpv6: [[icmpv6], [icmpTransport, v6]],
  ip: [[v4]],
  ipv6: [[v6]],
};

/** Wireshark's protocol word → the value of `service`, which is Zeek's analyzer name. */
export const SERVICE_WORDS: Readonly<Record<string, string>> = {
  bacnet: 'bacnet',
  dcerpc: 'dce_rpc',
  dce_rpc: 'dce_rpc',
  dhcp: 'dhcp',
  dhcpv6: 'dhcpv6',
  dnp3: 'dnp3',
  dns: 'dns',
  dtls: 'dtls',
  ftp: 'ftp',
  'ftp-data': 'ftp-data',
  gtp: 'gtpv1',
  gssapi: 'gssapi',
  http: 'http',
  http2: 'http2',
  http3: 'http3',
  imap: 'imap',
  irc: 'irc',
  kerberos: 'krb',
  krb: 'krb',
  ldap: 'ldap',
  llmnr: 'llmnr',
  mdns: 'mdns',
  modbus: 'modbus',
  mqtt: 'mqtt',
  mysql: 'mysql',
  nbdgm: 'nbdgm',
  nbns: 'nbns',
  ntlm: 'ntlm',
  ntlmssp: 'ntlm',
  ntp: 'ntp',
  openvpn: 'openvpn',
  pgsql: 'postgresql',
  pop: 'pop3',
  pop3: 'pop3',
  postgresql: 'postgresql',
  quic: 'quic',
  radius: 'radius',
  rdp: 'rdp',
  redis: 'redis',
  resp: 'redis',
  rtp: 'rtp',
  sip: 'sip',
  smb: 'smb',
  smb2: 'smb',
  smtp: 'smtp',
  snmp: 'snmp',
  socks: 'socks',
  ssh: 'ssh',
  ssl: 'ssl',
  stun: 'stun',
  syslog: 'syslog',
  tds: 'tds',
  telnet: 'telnet',
  tftp: 'tftp',
  tls: 'ssl',
  vnc: 'rfb',
  websocket: 'websocket',
  wg: 'wireguard',
  xmpp: 'xmpp',
};

/** `service` values whose Wireshark word differs: the first word above that Wireshark knows. */
export const WIRESHARK_OF_SERVICE: Readonly<Record<string, string>> = {
  dce_rpc: 'dcerpc',
  gssapi: 'gss-api',
  gtpv1: 'gtp',
  krb: 'kerberos',
  ntlm: 'ntlmssp',
  postgresql: 'pgsql',
  pop3: 'pop',
  redis: 'resp',
  rfb: 'vnc',
  smb: 'smb || smb2',
  ssl: 'tls',
  wireguard: 'wg',
};

const has = (table: Table, guard: Guard): boolean => {
  switch (guard.kind) {
    case 'proto':
      return find(table, 'proto')?.kind === 'enum';
    case 'ip_proto':
      return find(table, 'ip_proto') !== undefined;
    case 'family':
      return familyColumn(table) !== undefined;
  }
};

const find = (table: Table, name: string): Column | undefined =>
  table.columns.find((column) => column.name === name && !column.internal);

/** The address that tells whether a row is IPv4 or IPv6. */
export const familyColumn = (table: Table): Column | undefined =>
  table.columns.find((column) => column.kind === 'addr');

const fromAlias = (table: Table, alias: Alias): Field | undefined => {
  if (!(alias.guards ?? []).every((guard) => has(table, guard))) return undefined;
  for (const names of alias.columns) {
    const columns = names.map((name) => find(table, name));
    if (columns.every((column) => column !== undefined)) {
      return {
        name: alias.name,
        doc: alias.doc,
        columns,
        guards: alias.guards ?? [],
        list: false,
        ...(alias.ours ? {} : { wireshark: alias.wireshark ?? alias.name }),
      };
    }
  }
  return undefined;
};

const fromColumn = (column: Column): Field => {
  const wireshark = WIRESHARK_OF_COLUMN[column.name];
  return {
    name: column.name,
    doc: column.doc,
    columns: [column],
    guards: [],
    list: LISTS.has(column.name) && column.kind === 'text',
    ...(wireshark === undefined ? {} : { wireshark }),
  };
};

/** Every field of a table: its columns first, then Wireshark's names. For completion and for the documentation. */
export const fieldsOf = (table: Table): Field[] => [
  ...table.columns.filter((column) => !column.internal).map(fromColumn),
  ...ALIASES.flatMap((alias) => fromAlias(table, alias) ?? []),
];

export const resolveField = (table: Table, name: string): Field | undefined => {
  const exact = find(table, name);
  if (exact) return fromColumn(exact);
  const wanted = name.toLowerCase();
  const alias = ALIASES.find((a) => a.name === wanted);
  if (alias) return fromAlias(table, alias);
  const folded = table.columns.find((column) => column.name === wanted && !column.internal);
  return folded && fromColumn(folded);
};

/** Bare words that a table understands. */
export const protocolWordsOf = (table: Table): string[] => [
  'arp',
  ...Object.keys(TRANSPORT_WORDS).filter((word) => transportGuards(table, word) !== undefined),
  ...(serviceColumn(table) ? Object.keys(SERVICE_WORDS) : []),
];

const transportGuards = (table: Table, word: string): readonly Guard[] | undefined =>
  Object.hasOwn(TRANSPORT_WORDS, word)
    ? TRANSPORT_WORDS[word].find((guards) => guards.every((guard) => has(table, guard)))
    : undefined;

const serviceColumn = (table: Table): Column | undefined =>
  find(table, 'service') ?? find(table, 'app_proto');

export const resolveWord = (table: Table, name: string): ProtocolWord | undefined => {
  const word = name.toLowerCase();
  if (word === 'arp') return { kind: 'constant', value: table.name === 'arp' };
  const guards = transportGuards(table, word);
  if (guards) return { kind: 'guards', guards };
  const column = serviceColumn(table);
  return column && Object.hasOwn(SERVICE_WORDS, word)
    ? { kind: 'service', column, service: SERVICE_WORDS[word] }
    : undefined;
};
