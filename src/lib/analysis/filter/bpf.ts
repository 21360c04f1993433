/** tcpdump's capture filters (pcap-filter(7)). `and` and `or` have one precedence there: every group is in parentheses. */

import { macText } from '../../model/address.ts';
import type { Table } from '../../model/tables.ts';
import { FilterError } from './fault.ts';
import type { Guard } from './fields.ts';
import { toPacketFilter, type Atom, type PacketFilter, type PacketLanguage } from './packet-filter.ts';
import { addressRangeText } from './values.ts';

/** @returns a filter for `tcpdump`, or which field it has no words for */
export const toBpf = (text: string, table: Table): PacketFilter => toPacketFilter(text, table, BPF);

const WORDS: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  icmp: '(icmp or icmp6)',
};

const direction = ({ end }: Atom): string => (end === 'either' ? '' : `${end} `);

const guard = (asked: Guard): string | undefined => {
  switch (asked.kind) {
    case 'family':
      return asked.version === 4 ? 'ip' : 'ip6';
    case 'ip_proto':
      return asked.value === 1 ? 'icmp' : asked.value === 58 ? 'icmp6' : `proto ${asked.value}`;
    case 'proto': {
      const words = asked.values.map((value): string | undefined => WORDS[value]);
      if (words.includes(undefined)) return undefined;
      return words.length === 1 ? words[0] : `(${words.join(' or ')})`;
    }
  }
};

const address = (atom: Atom): string | undefined => {
  if (atom.op !== '==' || atom.value.kind !== 'addr') return undefined;
  const { range } = atom.value;
  return `${direction(atom)}${range.from === range.to ? 'host' : 'net'} ${addressRangeText(range)}`;
};

const port = (transports: readonly string[], atom: Atom): string | undefined => {
  const range = portRange(atom);
  if (!range) return undefined;
  const [low, high] = range;
  if (low > high) return undefined;
  const words = low === high ? `port ${low}` : `portrange ${low}-${high}`;
  // Unqualified, "port" means TCP, UDP and SCTP: the same three.
  const transport = transports.length === 1 ? `${transports[0]} ` : '';
  return `${transport}${direction(atom)}${words}`;
};

const portRange = ({ op, value, to }: Atom): readonly [number, number] | undefined => {
  if (value.kind !== 'int') return undefined;
  const n = Number(value.value);
  switch (op) {
    case '==':
      return [n, n];
    case '>':
      return [n + 1, 65_535];
    case '>=':
      return [n, 65_535];
    case '<':
      return [0, n - 1];
    case '<=':
      return [0, n];
    case 'range':
      return to?.kind === 'int' ? [n, Number(to.value)] : undefined;
    case '!=':
    case 'bits':
      return undefined;
  }
};

/** `vlan` moves the offsets of all that follows it, so tags may stand only in front of the whole: the outermost first. */
const VLAN = /^vlan \d+$/u;
/** Any tag. */
const TAGGED = 'vlan';
const STACK = /^\(*vlan \d+ and vlan \d+/u;

const BPF: PacketLanguage = {
  name: 'A capture filter',
  and: 'and',
  or: 'or',
  not: 'not',
  guard,
  word: (word) => (word === 'arp' ? 'arp' : undefined),
  address,
  port,
  mac: (atom) =>
    atom.op === '==' && atom.value.kind === 'int'
      ? `ether ${atom.end === 'either' ? 'host' : atom.end} ${macText(atom.value.value)}`
      : undefined,
  proto: ({ op, value }) => (op === '==' && value.kind === 'text' ? WORDS[value.value] : undefined),
  service: () => undefined,
  other(field, atom) {
    const column = field.columns[0].name;
    if (column === 'vlan' && !atom) return 'vlan';
    if (atom?.value.kind !== 'int') return undefined;
    const { op } = atom;
    const n = atom.value.value;
    if (column === 'vlan') return op === '==' ? `vlan ${n}` : undefined;
    if (column === 'ip_proto') return op === '==' ? `proto ${n}` : undefined;
    if (column === 'len' && op !== 'range' && op !== 'bits') return `len ${op === '==' ? '=' : op} ${n}`;
    if (column === 'tcp_flags' && op === 'bits') return `tcp[tcpflags] & ${n} != 0`;
    return undefined;
  },
  whole(parts) {
    const tags = parts.filter((part) => VLAN.test(part));
    const tagged = tags.length === 0 && parts.includes(TAGGED) ? [TAGGED] : [];
    const rest = parts.filter((part) => !VLAN.test(part) && part !== TAGGED);
    if (rest.some((part) => /\bvlan\b/u.test(part))) {
      throw new FilterError('A capture filter can ask for VLANs only beside all else, with “and”.', {
        at: 0,
        length: 0,
      });
    }
    return [...tags, ...tagged, ...rest].join(' and ');
  },
  remark: (text) =>
    STACK.test(text)
      ? 'VLAN tags are taken in the order in which they stand, the outermost first.'
      : undefined,
};
