/** Hosts that met what the case's indicator lists name. What a list says of one record is a rule's finding; this one weighs all that a host met. */

import { z } from 'zod';
import { parseCidr, type AddressRange } from '../../model/address.ts';
import {
  LISTED,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type ListedRecord,
  type Query,
  type Why,
} from './contract.ts';
import { bytesText, finding, plural } from './contract/finding.ts';
import { homeWhy } from './contract/home.ts';

const params = z
  .object({
    severity: z.number().min(0).max(100).default(0).describe('severity below which an indicator is left out'),
    least: z.number().int().min(1).default(1).describe('records that met a list'),
    megabytes: z.number().min(0).default(1).describe('MB sent to what is listed that raise the score'),
    most: z.number().int().min(1).default(500).describe('findings at most, the gravest first'),
  })
  .strict();

type Params = z.infer<typeof params>;

export const reputation: Detector<Params> = {
  id: 'reputation',
  rev: 1,
  name: 'Listed by reputation',
  doc: 'An inside host met addresses, domains, URLs, fingerprints or hashes that the indicator lists of the case name, as of the time of the record (RITA threat intel hits).',
  params,
  reads: ['conn'],
  measures: ['least'],
  run,
};

/** Six tenths of the worst indicator's severity: a list alone, answered by nobody, is medium at most. */
const OF_SEVERITY = 0.6;

/** What a host met of the lists in one input. */
interface Met {
  readonly host: string;
  readonly input: string;
  readonly records: ListedRecord[];
  /** What is listed began it: somebody knocked, and nobody asked for it. */
  fromListed: number;
}

async function* run({
  query,
  params: p,
  home,
  listed = [],
}: DetectorContext<Params>): AsyncGenerator<Finding> {
  const inside = home.networks.flatMap((network) => parseCidr(network) ?? []);
  const hosts = new Map<string, Met>();
  for (const record of listed) {
    if (record.severity < p.severity) continue;
    const { host, fromListed } = actorOf(record, inside);
    const key = `${record.input} ${host}`;
    const met = hosts.get(key) ?? { host, input: record.input, records: [], fromListed: 0 };
    hosts.set(key, met);
    met.records.push(record);
    if (fromListed) met.fromListed++;
  }
  const found: Finding[] = [];
  for (const met of hosts.values()) {
    if (met.records.length >= p.least) found.push(explained(met, await spoken(query, met), p, homeWhy(home)));
  }
  found.sort((a, b) => b.severity - a.severity || Number(a.first - b.first) || (a.key < b.key ? -1 : 1));
  yield* found.slice(0, p.most);
}

const isInside = (address: string, blocks: readonly AddressRange[]): boolean => {
  const at = parseCidr(address)?.first;
  return at !== undefined && blocks.some(({ first, last }) => le(first, at) && le(at, last));
};

const le = (a: AddressRange['first'], b: AddressRange['first']): boolean =>
  a.hi < b.hi || (a.hi === b.hi && a.lo <= b.lo);

/** The inside host of a record, where one end is inside; of two ends alike the one that is not listed, else who began. */
function actorOf(
  { orig, resp, type, seen }: ListedRecord,
  inside: readonly AddressRange[],
): { host: string; fromListed: boolean } {
  const fromListed = type === 'ip' && seen === orig;
  const [isOrig, isResp] = [isInside(orig, inside), isInside(resp, inside)];
  if (isOrig !== isResp) return { host: isOrig ? orig : resp, fromListed };
  return { host: fromListed ? resp : orig, fromListed };
}

interface Spoken {
  /** Connections in which both sides said something. */
  readonly answered: number;
  /** Bytes that the host sent. */
  readonly sent: number;
}

/** Bytes of payload of the connections, by who sent them. */
const SPOKEN = `
  SELECT count(*) FILTER (orig_bytes > 0 AND resp_bytes > 0) AS answered, coalesce(sum(orig_bytes), 0) AS orig, coalesce(sum(resp_bytes), 0) AS resp
  FROM r.conn WHERE input = ? AND uid IN (SELECT unnest(from_json(?, '["VARCHAR"]')))`;

async function spoken(query: Query, { input, host, records }: Met): Promise<Spoken> {
  let [answered, sent] = [0, 0];
  // A question to one's own resolver is an answer of the resolver's, not of what is listed.
  const spoke = records.filter(({ table }) => table !== 'dns');
  for (const isOrig of [true, false]) {
    const uids = new Set(
      spoke.filter(({ orig }) => (orig === host) === isOrig).flatMap(({ uid }) => uid ?? []),
    );
    if (uids.size === 0) continue;
    const [row] = await query(SPOKEN, [input, JSON.stringify([...uids])]);
    if (!row) continue;
    answered += num(row['answered']);
    sent += num(row[isOrig ? 'orig' : 'resp']);
  }
  return { answered, sent };
}

const KINDS: Readonly<Record<string, string>> = {
  ip: 'address',
  domain: 'domain',
  url: 'URL',
  ja3: 'fingerprint',
  ja4: 'fingerprint',
};
const kindOf = ({ type }: ListedRecord): string => KINDS[type] ?? 'hash';

function explained(
  { host, input, records, fromListed }: Met,
  { answered, sent }: Spoken,
  p: Params,
  home: Why,
): Finding {
  const ordered = records.toSorted((a, b) => Number(a.ts - b.ts) || a.file - b.file || a.frame - b.frame);
  const worst = ordered.reduce((a, b) => (b.severity > a.severity ? b : a));
  const indicators = new Map(ordered.map((one) => [one.indicator, one]));
  const kinds = [...new Set(ordered.map(kindOf))].sort();
  const onlyKnocked = fromListed === records.length && answered === 0;
  const isMuch = p.megabytes > 0 && sent >= p.megabytes * 1e6;
  const why: Why[] = [
    {
      term: 'worst indicator',
      value: `${worst.indicator}: ${worst.name} (severity ${worst.severity})`,
      weight: Math.round(worst.severity * OF_SEVERITY),
    },
    {
      term: 'indicators',
      value: `${indicators.size}: ${[...indicators.keys()].slice(0, 5).join(', ')}${indicators.size > 5 ? ' …' : ''}`,
      weight: Math.min(15, 5 * (indicators.size - 1)),
    },
    { term: 'kinds', value: kinds.join(', '), weight: Math.min(10, 5 * (kinds.length - 1)) },
    {
      term: 'answered',
      value: answered > 0 ? plural(answered, 'connection') : 'nobody answered',
      weight: answered > 0 ? 20 : 0,
    },
    { term: 'sent', value: `${bytesText(sent)}, threshold ${p.megabytes} MB`, weight: isMuch ? 10 : 0 },
    {
      term: 'records',
      value: `${records.length}, threshold ${p.least}`,
      weight: 0,
      parameter: 'least',
      measured: records.length,
    },
    ...(onlyKnocked
      ? [{ term: 'direction', value: 'what is listed knocked, and nobody answered', weight: -20 }]
      : []),
    home,
  ];
  const peers = [...new Set(ordered.flatMap((one) => peersOf(one, host)))];
  const ports = [
    ...new Set(ordered.filter(({ table }) => table !== 'dns').map(({ respPort }) => respPort)),
  ].sort((a, b) => a - b);
  const uids = [...new Set(ordered.flatMap(({ uid }) => uid ?? []))];
  return finding(reputation, {
    key: host,
    title: `${host} met ${indicators.size === 1 ? `${worst.indicator}, which a list names` : `${indicators.size} things that lists name`}`,
    sub: kinds.length === 1 ? (kinds[0] ?? '') : 'several',
    technique: techniqueOf(onlyKnocked, kinds),
    src: [host],
    dst: peers,
    ports,
    proto: worst.proto ?? '',
    why,
    seen: {
      input,
      n: records.length,
      first: ordered[0]?.ts ?? worst.ts,
      last: ordered.at(-1)?.ts ?? worst.ts,
      uids: uids.slice(0, LISTED),
      frames: ordered.slice(0, LISTED).map(({ file, frame }) => ({ file, n: frame })),
    },
    table: worst.table,
  });
}

/** Active Scanning; Ingress Tool Transfer where a file is all that is listed; else Application Layer Protocol. */
const techniqueOf = (onlyKnocked: boolean, kinds: readonly string[]): string =>
  onlyKnocked ? 'T1595' : kinds.every((kind) => kind === 'hash') ? 'T1105' : 'T1071';

/** The listed address; else the other end, unless that is the resolver that was asked. */
const peersOf = ({ type, seen, table, orig, resp }: ListedRecord, host: string): string[] => {
  if (type === 'ip') return [text(seen)].filter((one) => one !== host);
  return table === 'dns' ? [] : [host === orig ? resp : orig];
};
