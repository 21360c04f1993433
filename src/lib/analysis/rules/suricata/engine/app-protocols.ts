/** What rules call application protocols, against what parsers call their services. */

/** Services by the parsers' (Zeek's) names → names of rules. Those that are the same are not listed. */
const OF_SERVICE: Readonly<Record<string, readonly string[]>> = {
  http: ['http', 'http1'],
  http2: ['http2', 'http'],
  http3: ['http3', 'http'],
  doh2: ['doh2', 'http2', 'http', 'dns'],
  ssl: ['tls'],
  dtls: ['tls'],
  dce_rpc: ['dcerpc'],
  smb: ['smb', 'dcerpc'],
  krb: ['krb5'],
  krb_tcp: ['krb5'],
  ldap_tcp: ['ldap'],
  ldap_udp: ['ldap'],
  postgresql: ['pgsql'],
  dnp3_tcp: ['dnp3'],
  dnp3_udp: ['dnp3'],
  'ftp-data': ['ftp-data'],
  ipsec: ['ike'],
  isakmp: ['ike'],
  netbios_ns: ['netbios'],
  bittorrent: ['bittorrent-dht'],
};

/** Names that services have as they are, and that rules ask for. */
export const appProtosOf = (service: string): readonly string[] => OF_SERVICE[service] ?? [service];

/** DNS by other means is read by the parser of DNS, and is that service. */
const READ_AS: Readonly<Record<string, string>> = { mdns: 'dns', llmnr: 'dns', doh2: 'http2' };

/** Services that a connection may have where it speaks a protocol of rules. */
export const servicesOf = (proto: string): readonly string[] => [
  proto,
  ...(Object.hasOwn(READ_AS, proto) ? [READ_AS[proto] ?? proto] : []),
  ...Object.keys(OF_SERVICE).filter((service) => OF_SERVICE[service]?.includes(proto)),
];

/** DNS over HTTP/2 is a protocol of its own to rules. */
const withDoh = (services: readonly string[]): readonly string[] =>
  services.includes('http2') && services.includes('dns') ? ['doh2'] : services;

/** Does a flow with these services speak one of the protocols that a rule names? */
export function speaks(services: readonly string[], wanted: readonly string[]): boolean {
  return withDoh(services).some((service) => appProtosOf(service).some((proto) => wanted.includes(proto)));
}

/** `app-layer-protocol:NAME,exact`: the flow's own protocol and no relative of it. */
export const speaksExactly = (services: readonly string[], wanted: string): boolean =>
  withDoh(services).some((service) => appProtosOf(service)[0] === wanted);
