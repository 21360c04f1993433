/** A protocol, known by what was said, on a port that is another's; or far from its own. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import { list, num, text, type Detector, type DetectorContext, type Finding, type Why } from './contract.ts';
import { CONN_ENDED, evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';

const params = z
  .object({
    unusual: z.boolean().default(true).describe('also a protocol on a port that is nobody’s'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** What may be said on a well-known port: IANA's service names, and what servers offer there beside it. */
const EXPECTED: readonly (readonly [port: number, services: string])[] = [
  [20, 'ftp-data'],
  [21, 'ftp ssl'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp ssl'],
  [53, 'dns ssl'],
  [69, 'tftp'],
  // HTTP/2 is an HTTP: with prior knowledge on 80, and of TLS that was decrypted on 443 (DNS over HTTPS inside it).
  [80, 'http http2 websocket'],
  [88, 'krb krb_tcp'],
  [110, 'pop3 ssl'],
  [123, 'ntp'],
  [135, 'dce_rpc'],
  [139, 'smb ntlm gssapi dce_rpc'],
  [143, 'imap ssl'],
  [161, 'snmp'],
  [389, 'ldap ldap_tcp ldap_udp ssl gssapi ntlm'],
  // TLS over datagrams belongs where TLS does: VPNs on 443, RFC 8094 on 853, MS-RDPEUDP on 3389.
  [443, 'ssl dtls quic http http2 websocket'],
  [445, 'smb ntlm gssapi dce_rpc krb'],
  [465, 'ssl smtp'],
  [514, 'syslog syslog_tcp'],
  [587, 'smtp ssl'],
  [636, 'ssl ldap'],
  [853, 'ssl dtls quic dns'],
  [993, 'ssl imap'],
  [995, 'ssl pop3'],
  [1433, 'tds ssl'],
  [1883, 'mqtt'],
  [3306, 'mysql ssl'],
  [3389, 'rdp rdpeudp ssl dtls ntlm gssapi'],
  [5060, 'sip'],
  [5432, 'postgresql ssl'],
  [5900, 'rfb'],
  [6379, 'redis'],
  [8443, 'ssl dtls http http2 websocket quic'],
  [8883, 'ssl mqtt'],
];

/** Where these protocols live; elsewhere they are unusual. Protocols that are at home on any port (HTTP, TLS) are not here. */
const AT_HOME: Readonly<Record<string, readonly number[]>> = {
  ssh: [22],
  telnet: [23],
  ftp: [21],
  smtp: [25, 465, 587, 2525],
  dns: [53, 137, 853, 5353, 5355],
  smb: [139, 445],
  rdp: [3389],
  imap: [143, 993],
  pop3: [110, 995],
  irc: [194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697, 7000],
  socks: [1080],
};

const expected = EXPECTED.map(([port, services]) => `(${port}, '${services}')`).join(', ');
const home = Object.entries(AT_HOME)
  .flatMap(([service, ports]) => ports.map((port) => `('${service}', ${port})`))
  .join(', ');
const unusual = Object.keys(AT_HOME)
  .map((service) => `'${service}'`)
  .join(', ');

const MISPLACED = `
  WITH expected(port, services) AS (VALUES ${expected}),
  home(service, port) AS (VALUES ${home}),
  kinds AS (SELECT DISTINCT service, id_resp_p FROM r.conn WHERE service IS NOT NULL AND service <> '' AND proto IN ('tcp', 'udp')),
  judged AS (
    SELECT service, id_resp_p, e.services AS wanted, CASE
      WHEN e.port IS NOT NULL AND NOT list_has_any(string_split(service, ','), string_split(e.services, ' ')) THEN 'mismatch'
      WHEN e.port IS NULL AND list_has_any(string_split(service, ','), [${unusual}])
        AND NOT EXISTS (SELECT 1 FROM home h WHERE h.port = id_resp_p AND list_contains(string_split(k.service, ','), h.service)) THEN 'unusual' END AS kind
    FROM kinds k LEFT JOIN expected e ON e.port = k.id_resp_p)
  SELECT input, kind, wanted, service, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, any_value(proto)::VARCHAR AS proto, ${evidenceColumns(CONN_ENDED)},
    count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list
  FROM r.conn JOIN judged j USING (service, id_resp_p) WHERE kind IS NOT NULL AND proto IN ('tcp', 'udp')
  GROUP BY input, kind, wanted, service, id_resp_h_hi, id_resp_h_lo, id_resp_p ORDER BY input, first, dst, port`;

export const protocolPort: Detector<Params> = {
  id: 'protocol-port',
  rev: 3,
  name: 'Protocol on another’s port',
  doc: 'The protocol that was spoken against the one that the port is registered for (nDPI risk 5; IANA service names).',
  params,
  reads: ['conn'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(MISPLACED, [])) {
    const kind = text(row['kind']);
    if (kind === 'unusual' && !p.unusual) continue;
    const [service, dst, port] = [text(row['service']), text(row['dst']), num(row['port'])];
    const why: Why[] = [
      { term: 'spoken', value: service, weight: kind === 'mismatch' ? 45 : 20 },
      {
        term: 'the port',
        value:
          kind === 'mismatch'
            ? `${port} is for ${text(row['wanted']).replaceAll(' ', ', ')}`
            : `${port} is nobody’s`,
        weight: 0,
      },
      { term: 'clients', value: num(row['clients']), weight: 0 },
    ];
    yield finding(protocolPort, {
      key: `${service}/${dst}/${port}`,
      title: `${service} on port ${port} of ${dst}, from ${plural(num(row['clients']), 'host')}`,
      sub: kind,
      technique: 'T1571',
      src: list(row['src_list']).map(text),
      dst: [dst],
      ports: [port],
      proto: text(row['proto']),
      why,
      seen: seenIn(row),
      table: 'conn',
    });
  }
}
