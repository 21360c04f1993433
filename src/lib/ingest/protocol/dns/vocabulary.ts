/** Names of DNS numbers as Zeek's dns.log prints them (IANA's DNS parameters; NetBIOS: RFC 1002). */

const TYPES = new Map<number, string>([
  ...'A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA'
    .split(' ')
    .map((name, i): [number, string] => [i + 1, name]),
  ...'HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS'
    .split(' ')
    .map((name, i): [number, string] => [i + 55, name]),
  ...'SPF UINFO UID GID UNSPEC NID L32 L64 LP EUI48 EUI64'
    .split(' ')
    .map((name, i): [number, string] => [i + 99, name]),
  ...'TKEY TSIG IXFR AXFR MAILB MAILA * URI CAA'
    .split(' ')
    .map((name, i): [number, string] => [i + 249, name]),
  [32768, 'TA'],
  [32769, 'DLV'],
  [65281, 'WINS'],
  [65282, 'WINS-R'],
  [65422, 'XPF'],
  [65521, 'INTEGRITY'],
]);

const NETBIOS_TYPES = new Map([
  [32, 'NB'],
  [33, 'NBSTAT'],
]);

export const isKnownType = (type: number): boolean => TYPES.has(type);

export const typeName = (type: number, netbios: boolean): string =>
  (netbios ? NETBIOS_TYPES.get(type) : undefined) ?? TYPES.get(type) ?? `query-${type}`;

const RCODES =
  'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSet NOTAUTH NOTZONE unassigned-11 unassigned-12 unassigned-13 unassigned-14 unassigned-15 BADVERS BADKEY BADTIME BADMODE BADNAME BADALG BADTRUNC BADCOOKIE'.split(
    ' ',
  );

export const rcodeName = (rcode: number): string => RCODES[rcode] ?? `rcode-${rcode}`;

const CLASSES = new Map([
  [1, 'C_INTERNET'],
  [2, 'C_CSNET'],
  [3, 'C_CHAOS'],
  [4, 'C_HESIOD'],
  [254, 'C_NONE'],
  [255, 'C_ANY'],
]);

/** mDNS uses the top bit of the class for itself (RFC 6762 §5.4, §10.2). */
export const isKnownClass = (cls: number): boolean => CLASSES.has(cls & 0x7fff);

export const className = (cls: number): string => CLASSES.get(cls) ?? `qclass-${cls}`;

const SHORT_CLASSES = new Map([
  [1, 'IN'],
  [2, 'CS'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
]);

export const shortClassName = (cls: number): string => SHORT_CLASSES.get(cls & 0x7fff) ?? `CLASS${cls}`;

const OPCODES = new Map([
  [0, 'query'],
  [1, 'iquery'],
  [2, 'server-status'],
  [4, 'notify'],
  [5, 'dynamic-update'],
  [6, 'dso'],
]);

const NETBIOS_OPCODES = new Map([
  [0, 'netbios-query'],
  [5, 'netbios-registration'],
  [6, 'netbios-release'],
  [7, 'netbios-wack'],
  [8, 'netbios-refresh'],
]);

export const isKnownOpcode = (opcode: number, netbios: boolean): boolean =>
  netbios ? NETBIOS_OPCODES.has(opcode) || opcode === 9 || opcode === 15 : OPCODES.has(opcode);

export const opcodeName = (opcode: number, netbios: boolean): string =>
  netbios
    ? (NETBIOS_OPCODES.get(opcode) ?? `netbios-opcode-${opcode}`)
    : (OPCODES.get(opcode) ?? `opcode-${opcode}`);
