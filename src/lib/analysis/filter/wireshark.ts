/** Wireshark's display filters, spelt so that 3.x and 4.x read them alike (`!=` over two ends changed its meaning in 3.6). */

import { macText } from '../../model/address.ts';
import type { Table } from '../../model/tables.ts';
import { WIRESHARK_OF_SERVICE, SERVICE_WORDS, type Field, type Guard } from './fields.ts';
import { toPacketFilter, type Atom, type PacketFilter, type PacketLanguage } from './packet-filter.ts';
import { addressRangeText, type Value } from './values.ts';

/** @returns a filter for Wireshark and tshark, or which field it has no name for */
export const toWireshark = (text: string, table: Table): PacketFilter =>
  toPacketFilter(text, table, WIRESHARK);

const WORDS: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  icmp: '(icmp || icmpv6)',
};

const guard = (asked: Guard): string | undefined => {
  switch (asked.kind) {
    case 'family':
      return asked.version === 4 ? 'ip' : 'ipv6';
    case 'ip_proto':
      return asked.value === 1 ? 'icmp' : asked.value === 58 ? 'icmpv6' : `ip.proto == ${asked.value}`;
    case 'proto': {
      const words = asked.values.map((value): string | undefined => WORDS[value]);
      if (words.includes(undefined)) return undefined;
      return words.length === 1 ? words[0] : `(${words.join(' || ')})`;
    }
  }
};

const number = (value: Value): string | undefined =>
  value.kind === 'int' ? value.value.toString() : undefined;

/** `name op value`, for whole numbers. */
const compare = (name: string, { op, value, to }: Atom): string | undefined => {
  const low = number(value);
  if (low === undefined) return undefined;
  // A field may be there twice: one and the same value must lie in the range, which two comparisons would not ask.
  if (op === 'range') return to ? `${name} in {${low}..${number(to) ?? low}}` : undefined;
  if (op === 'bits') return `${name} & ${low}`;
  return `${name} ${op} ${low}`;
};

const seconds = (ns: bigint): string =>
  `${ns / 1_000_000_000n}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}`;

const address = (atom: Atom): string | undefined => {
  if (atom.op !== '==' || atom.value.kind !== 'addr') return undefined;
  const { range } = atom.value;
  const end = atom.end === 'either' ? 'addr' : atom.end;
  return `${range.version === 4 ? 'ip' : 'ipv6'}.${end} == ${addressRangeText(range)}`;
};

const port = (transports: readonly string[], atom: Atom): string | undefined => {
  const end = atom.end === 'either' ? 'port' : `${atom.end}port`;
  const parts = transports.map((transport) => compare(`${transport}.${end}`, atom));
  if (parts.includes(undefined)) return undefined;
  return parts.length === 1 ? parts[0] : `(${parts.join(' || ')})`;
};

const service = ({ op, value }: Atom): string | undefined => {
  if (op !== '==' || value.kind !== 'text') return undefined;
  if (!Object.values(SERVICE_WORDS).includes(value.value)) return undefined;
  const word = WIRESHARK_OF_SERVICE[value.value] ?? value.value;
  return word.includes('||') ? `(${word})` : word;
};

const protocolNumber = ({ guards }: Field): string =>
  guards.some((one) => one.kind === 'family' && one.version === 6) ? 'ipv6.nxt' : 'ip.proto';

const other = (field: Field, atom: Atom | undefined): string | undefined => {
  const name = field.columns[0].name === 'ip_proto' ? protocolNumber(field) : field.wireshark;
  if (name === undefined || !atom) return name;
  const { kind } = field.columns[0];
  if (atom.value.kind === 'addr') {
    return atom.op === '==' ? `${name} == ${addressRangeText(atom.value.range)}` : undefined;
  }
  if (atom.value.kind !== 'int') return undefined;
  if (kind === 'mac') return atom.op === '==' ? `${name} == ${macText(atom.value.value)}` : undefined;
  if (kind === 'time') {
    if (atom.op === 'bits' || atom.op === 'range') return undefined;
    return `frame.time_epoch ${atom.op} ${seconds(atom.value.value)}`;
  }
  return compare(name, atom);
};

const WIRESHARK: PacketLanguage = {
  name: 'Wireshark',
  and: '&&',
  or: '||',
  not: '!',
  guard,
  word: (word) => (word === 'arp' ? 'arp' : undefined),
  address,
  port,
  mac: (atom) =>
    atom.op === '==' && atom.value.kind === 'int'
      ? `eth.${atom.end === 'either' ? 'addr' : atom.end} == ${macText(atom.value.value)}`
      : undefined,
  proto: ({ op, value }) => (op === '==' && value.kind === 'text' ? WORDS[value.value] : undefined),
  service,
  other,
};
