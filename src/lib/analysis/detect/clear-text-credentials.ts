/** Passwords that anybody on the way could read, and answers to challenges that can be guessed at leisure. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  list,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
  type Home,
} from './contract.ts';
import { evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';
import { homeWhy, outsideSql } from './contract/home.ts';

const params = z
  .object({
    hashes: z.boolean().default(true).describe('also answers to challenges: NTLM, Kerberos, CRAM, digest'),
    failed: z.boolean().default(true).describe('also passwords that the server refused'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Kinds of the `credentials` table that hold the secret itself. All others hold what it can be guessed from. */
const IN_CLEAR = [
  'password',
  'basic',
  'form',
  'json',
  'plain',
  'login',
  'community',
  'pap',
  'clear',
] as const;
const CLEAR = `kind IN (${IN_CLEAR.map((kind) => `'${kind}'`).join(', ')})`;

/** RFC 1635: whoever says one of these names gives an address, or anything, for a password. */
const ANYBODY = `service = 'ftp' AND lower(user) IN ('anonymous', 'ftp')`;

const SEEN = (home: Home): string => `
  SELECT input, service, kind, ${CLEAR} AS clear, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, ${evidenceColumns()},
    ${outsideSql('id_resp_h', home)} OR bool_or(${outsideSql('id_orig_h', home)}) AS leaves,
    count(DISTINCT user) AS users, ${firstOf('user')} AS user_list, count(DISTINCT secret_hash) AS secrets,
    count(*) FILTER (success IS TRUE) AS accepted, count(*) FILTER (success IS FALSE) AS refused,
    count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list
  FROM r.credentials WHERE NOT coalesce(${ANYBODY}, FALSE) GROUP BY input, service, kind, id_resp_h_hi, id_resp_h_lo, id_resp_p ORDER BY input, first, dst, port, kind`;

export const clearTextCredentials: Detector<Params> = {
  id: 'clear-text-credentials',
  rev: 3,
  name: 'Clear-text credentials',
  doc: 'Passwords sent without encryption, and hash material (nDPI risk 36). Secrets are masked when they are stored.',
  params,
  reads: ['credentials'],
  run,
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(SEEN(home), [])) {
    if (row['clear'] !== true && !p.hashes) continue;
    if (num(row['refused']) === num(row['n']) && !p.failed) continue;
    yield explained(row, home);
  }
}

const explained = (row: QueryRow, home: Home): Finding => {
  const [service, kind, dst, port] = [
    text(row['service']),
    text(row['kind']),
    text(row['dst']),
    num(row['port']),
  ];
  const clear = row['clear'] === true;
  const [accepted, clients] = [num(row['accepted']), num(row['clients'])];
  const users = list(row['user_list']).map(text);
  const why: Why[] = [
    { term: clear ? 'in clear text' : 'guessable', value: `${service} ${kind}`, weight: clear ? 40 : 12 },
    { term: 'accepted', value: `${accepted} of ${num(row['n'])}`, weight: clear && accepted > 0 ? 5 : 0 },
    {
      term: 'leaves the inside',
      value: row['leaves'] === true ? 'yes' : 'no',
      weight: clear && row['leaves'] === true ? 15 : 0,
    },
    {
      term: 'accounts',
      value: users.length === 0 ? 'without a name' : users.slice(0, 10).join(', '),
      weight: 0,
    },
    { term: 'different secrets', value: num(row['secrets']), weight: 0 },
    homeWhy(home),
  ];
  return finding(clearTextCredentials, {
    key: `${service}/${kind}/${dst}/${port}`,
    title: clear
      ? `Passwords in clear text to ${dst} port ${port} (${service} ${kind}), from ${plural(clients, 'host')}`
      : `Logins to ${dst} port ${port} that can be guessed offline (${service} ${kind}), from ${plural(clients, 'host')}`,
    sub: `${service}-${kind}`,
    technique: clear ? 'T1040' : 'T1110.002',
    src: list(row['src_list']).map(text),
    dst: [dst],
    ports: [port],
    why,
    seen: seenIn(row),
    table: 'credentials',
  });
};
