/** Scans: many hosts on a port, many ports on a host, or both; by the technique that the packets show. */

import {
  big,
  frames,
  list,
  num,
  severityOf,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
} from '../contract.ts';
import { scanParams, type ScanParams } from './params.ts';
import { manySources } from './many-sources.ts';
import { FOLLOW_UP, MANY_SOURCES, SCANS, scansParams } from './probes.ts';

type Kind = 'vertical' | 'horizontal' | 'block';

const FOREVER = 9_223_372_036_854_775_807n;

/** TCP header bytes of a SYN from an operating system's own connect(): MSS, window scale, SACK at least. Scanners send 20 or 24. */
const OWN_SYN_HEADER = 32;

/** Flags that no stack sends by itself. */
const CRAFTED: ReadonlySet<string> = new Set(['tcp-fin', 'tcp-null', 'tcp-xmas', 'tcp-maimon', 'tcp-ack']);

export const scan: Detector<ScanParams> = {
  id: 'scan',
  rev: 3,
  name: 'Scan',
  doc: 'Failed attempts of one source at many hosts or many ports within a window, or slowly; of many sources at one host (Zeek policy/misc/scan; techniques after the nmap reference guide).',
  params: scanParams,
  reads: ['conn', 'arp'],
  measures: [
    'hosts',
    'ports',
    'protocols',
    'arp_targets',
    'slow_ports',
    'slow_hosts',
    'sources',
    'shared_ports',
  ],
  run,
};

async function* run(context: DetectorContext<ScanParams>): AsyncGenerator<Finding> {
  const { query, params, window } = context;
  const ns = BigInt(Math.round(params.window_s * 1e9));
  const least = {
    protocols: BigInt(params.protocols),
    ports: BigInt(params.ports),
    arpTargets: BigInt(params.arp_targets),
    hosts: BigInt(params.hosts),
    slowPorts: BigInt(params.slow_ports),
    slowHosts: BigInt(params.slow_hosts),
  };
  const rows = await query(SCANS, scansParams(least, ns, window.from ?? 0n, window.to ?? FOREVER));
  for (const row of rows) {
    context.signal?.throwIfAborted();
    yield finding(row, await technique(row, context), params);
  }
  const [sources, ports] = [BigInt(params.sources), BigInt(params.shared_ports)];
  for (const row of await query(MANY_SOURCES, [sources, ports, ports, sources, ports]))
    yield manySources(scan, row, params);
}

interface Technique {
  readonly sub: string;
  /** What the packets showed, in words. */
  readonly shown: string;
}

const SHOWN: Readonly<Record<string, string>> = {
  'tcp-null': 'packets without any flag',
  'tcp-fin': 'FIN alone',
  'tcp-xmas': 'FIN, PSH and URG',
  'tcp-maimon': 'FIN and ACK, outside any connection',
  'tcp-ack': 'ACK alone, outside any connection (a Window scan sends the same)',
  udp: 'datagrams without an answer',
  sctp: 'chunks that got no association',
  icmp: 'echo requests',
  arp: 'requests for addresses that nobody has',
  'ip-protocol': 'IP protocols one after another',
};

const technique = async (row: QueryRow, { query }: DetectorContext<ScanParams>): Promise<Technique> => {
  const seen = text(row['technique']);
  if (seen !== 'tcp-syn') return { sub: seen, shown: SHOWN[seen] ?? seen };
  const key = [text(row['input']), big(row['src_hi']), big(row['src_lo'])] as const;
  const [more = {}] = await query(FOLLOW_UP, key);
  const fingerprint = num(more['t3']) > 0 && num(more['t2']) + num(more['t7']) + num(more['ecn']) > 0;
  const spoken = num(more['spoken']);
  if (fingerprint && spoken > 0)
    return { sub: 'mixed', shown: 'an OS fingerprint, and open ports spoken with' };
  if (fingerprint) return { sub: 'os-fingerprint', shown: 'the odd packets of an OS fingerprint' };
  if (spoken > 0)
    return { sub: 'version', shown: `${spoken} open port(s) found first and spoken with later` };
  if (num(more['half_open']) > 0) return { sub: 'tcp-syn', shown: 'handshakes broken off after the SYN-ACK' };
  const header = Math.round(num(row['syn_header']));
  return num(row['bare_syns']) > 0 && header >= OWN_SYN_HEADER
    ? { sub: 'tcp-connect', shown: `SYNs with the options of an operating system (${header}-byte headers)` }
    : { sub: 'tcp-syn', shown: `SYNs made by hand (${header}-byte headers)` };
};

const KINDS: Readonly<Record<Kind, string>> = {
  vertical: 'port scan: many ports of few hosts',
  horizontal: 'address scan: few ports of many hosts',
  block: 'block scan: many ports of many hosts',
};

const kindOf = (hosts: number, ports: number, params: ScanParams): Kind => {
  if (ports <= params.few_ports && hosts > params.few_hosts) return 'horizontal';
  return hosts <= params.few_hosts ? 'vertical' : 'block';
};

/** First contacts alone: what is tried again says nothing of the pace. */
const pace = (row: QueryRow): string => {
  const targets = Math.max(num(row['hosts']), num(row['ports']), 1);
  const seconds = Number(big(row['last']) - big(row['first'])) / 1e9;
  return `${targets} in ${seconds.toFixed(0)} s, one in ${(seconds / targets).toFixed(seconds > targets ? 0 : 2)} s`;
};

const plural = (n: number, word: string): string => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;

/** What it counts, how much of that there was, and how much makes a scan. */
const measure = (
  row: QueryRow,
  sub: string,
  params: ScanParams,
): { term: string; value: number; least: number } => {
  const [hosts, ports] = [num(row['hosts']), num(row['ports'])];
  if (sub === 'ip-protocol') return { term: 'protocols on a host', value: ports, least: params.protocols };
  if (sub === 'arp') return { term: 'addresses without an answer', value: hosts, least: params.arp_targets };
  return hosts / params.hosts > ports / params.ports
    ? { term: 'hosts on a port', value: hosts, least: params.hosts }
    : { term: 'ports on a host', value: ports, least: params.ports };
};

/**
 * The one threshold that makes it a scan, and what was held against it. Where several do, it stands whatever becomes of one of them,
 * and nothing is told.
 */
const heldAgainst = (row: QueryRow): Pick<Why, 'parameter' | 'measured'> => {
  const technique = text(row['technique']);
  const met = [
    { parameter: technique === 'ip-protocol' ? 'protocols' : 'ports', by: row['dense_ports'] },
    { parameter: technique === 'arp' ? 'arp_targets' : 'hosts', by: row['dense_hosts'] },
    { parameter: 'slow_ports', by: row['slow_ports'] },
    { parameter: 'slow_hosts', by: row['slow_hosts'] },
  ].filter(({ by }) => by !== null && by !== undefined);
  const [only, ...others] = met;
  return only && others.length === 0 ? { parameter: only.parameter, measured: num(only.by) } : {};
};

/** 40 for passing a threshold, then points for how far and how. */
const reasons = (row: QueryRow, { sub, shown }: Technique, params: ScanParams): Why[] => {
  const { term, value, least } = measure(row, sub, params);
  const n = num(row['n']);
  const missed = n - num(row['answered']);
  const ratio = Math.max(1, value / least);
  const crafted = CRAFTED.has(sub) || sub === 'os-fingerprint' || sub === 'mixed';
  return [
    { term, value: `${value}, threshold ${least}`, weight: 40, ...heldAgainst(row) },
    {
      term: 'breadth',
      value: `${ratio.toFixed(1)} × the threshold`,
      weight: Math.min(20, Math.round(6 * Math.log2(ratio))),
    },
    {
      term: 'attempts without success',
      value: `${missed} of ${n}`,
      weight: Math.round((10 * missed) / Math.max(1, n)),
    },
    { term: 'technique', value: shown, weight: crafted ? 10 : sub === 'version' ? 5 : 0 },
  ];
};

const TRANSPORT: Readonly<Record<string, string>> = {
  udp: 'udp',
  sctp: 'sctp',
  icmp: 'icmp',
  arp: 'arp',
  'ip-protocol': 'ip',
};

const finding = (row: QueryRow, how: Technique, params: ScanParams): Finding => {
  const [hosts, ports, n] = [num(row['hosts']), num(row['ports']), num(row['n'])];
  const kind = kindOf(hosts, ports, params);
  const src = text(row['src']);
  const why: Why[] = [
    ...reasons(row, how, params),
    { term: 'kind', value: KINDS[kind], weight: 0 },
    { term: 'pace', value: pace(row), weight: 0 },
  ];
  const portless = how.sub === 'icmp' || how.sub === 'arp';
  const what = how.sub === 'ip-protocol' ? plural(ports, 'protocol') : plural(ports, 'port');
  const target = hosts === 1 ? text(list(row['dst_list'])[0]) : plural(hosts, 'host');
  return {
    key: `scan/${text(row['technique'])}/${src}`,
    rule: { id: scan.id, rev: scan.rev, name: scan.name },
    severity: severityOf(why),
    title: portless
      ? `${src} swept ${target} (${how.sub})`
      : `${src} tried ${what} of ${target} (${how.sub})`,
    sub: how.sub,
    technique: 'T1046',
    input: text(row['input']),
    src: [src],
    dst: list(row['dst_list']).map(text),
    ofDst: hosts,
    ports: portless || how.sub === 'ip-protocol' ? [] : list(row['port_list']).map(num),
    ofPorts: portless || how.sub === 'ip-protocol' ? 0 : ports,
    proto: TRANSPORT[how.sub] ?? 'tcp',
    n,
    first: big(row['first']),
    last: big(row['last']),
    why,
    evidence: [
      {
        table: how.sub === 'arp' ? 'arp' : 'conn',
        input: text(row['input']),
        uids: list(row['uids']).map(text),
        frames: frames(row['frames']),
        of: n,
      },
    ],
  };
};
