/** Guessing of passwords: many failed logins of one client at one server. */

import { z } from 'zod';
import { list, num, text, type Detector, type DetectorContext, type Finding, type Why } from '../contract.ts';
import { seenIn } from '../contract/evidence.ts';
import { finding, plural, spanText } from '../contract/finding.ts';
import { GUESSED, SERVICES } from './failures.ts';

const failures = (least: number, what: string) =>
  z.number().int().min(2).max(1_000_000).default(least).describe(`failed logins, ${what}`);
const minutes = (value: number) =>
  z.number().positive().max(10_080).default(value).describe('within minutes');

/** Zeek: ssh/detect-bruteforcing 30 in 30 min, ftp/detect-bruteforcing 20 in 15 min. The others after the same measure. */
const params = z
  .object({
    ssh: failures(30, 'SSH'),
    ssh_min: minutes(30),
    ftp: failures(20, 'FTP'),
    ftp_min: minutes(15),
    smtp: failures(20, 'SMTP'),
    smtp_min: minutes(15),
    imap: failures(20, 'IMAP'),
    imap_min: minutes(15),
    pop3: failures(20, 'POP3'),
    pop3_min: minutes(15),
    http: failures(30, 'HTTP (401, 403, 407)'),
    http_min: minutes(15),
    ntlm: failures(20, 'NTLM (SMB, HTTP, LDAP …)'),
    ntlm_min: minutes(15),
    kerberos: failures(20, 'Kerberos'),
    kerberos_min: minutes(15),
    rdp: failures(20, 'RDP (short or broken off)'),
    rdp_min: minutes(15),
    other: failures(20, 'any other protocol with passwords'),
    other_min: minutes(15),
  })
  .strict();
type Params = z.infer<typeof params>;

export const bruteForce: Detector<Params> = {
  id: 'brute-force',
  rev: 1,
  name: 'Guessed passwords',
  doc: 'Failed logins of one client at one server within a time (Zeek ssh and ftp detect-bruteforcing; others by the same measure).',
  params,
  reads: ['ssh', 'credentials', 'http', 'ntlm', 'kerberos', 'conn'],
  measures: [...SERVICES],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const limits = SERVICES.flatMap((service) => [
    BigInt(p[service]),
    BigInt(Math.round(p[`${service}_min`] * 6e10)),
  ]);
  for (const row of await query(GUESSED, limits)) {
    const [service, src, dst, port] = [
      text(row['service']),
      text(row['src']),
      text(row['dst']),
      num(row['port']),
    ];
    const [failed, least, users] = [num(row['failed']), num(row['least']), num(row['users'])];
    const accepted = row['accepted_after'] === true;
    const why: Why[] = [
      {
        term: 'failed logins',
        value: `${failed}, threshold ${least} in ${spanText(num(row['within']))}`,
        weight: 45,
        parameter: service,
        measured: num(row['densest']),
      },
      {
        term: 'how many',
        value: `${(failed / least).toFixed(1)} × the threshold`,
        weight: Math.min(15, Math.round(5 * Math.log2(Math.max(1, failed / least)))),
      },
      { term: 'a login accepted after them', value: accepted ? 'yes' : 'no', weight: accepted ? 30 : 0 },
      {
        term: 'accounts',
        value:
          users === 0 ? 'not seen' : `${users}: ${list(row['user_list']).slice(0, 5).map(text).join(', ')}`,
        weight: users >= 10 ? 5 : 0,
      },
    ];
    yield finding(bruteForce, {
      key: `${service}/${src}/${dst}/${port}`,
      title: `${src} failed to log in at ${dst} port ${port} ${plural(failed, 'time')} (${service})${accepted ? ', then succeeded' : ''}`,
      sub: service,
      technique: users >= 10 ? 'T1110.003' : 'T1110.001',
      src: [src],
      dst: [dst],
      ports: [port],
      proto: service === 'kerberos' ? '' : 'tcp',
      why,
      seen: seenIn(row),
      table: TABLES[service] ?? 'credentials',
    });
  }
}

const TABLES: Readonly<Record<string, string>> = {
  ssh: 'ssh',
  http: 'http',
  ntlm: 'ntlm',
  kerberos: 'kerberos',
  rdp: 'conn',
};
