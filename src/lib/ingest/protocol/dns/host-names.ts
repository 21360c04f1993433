/** Names of hosts in answers: addresses of names, names of addresses (PTR), NetBIOS names. */

import { parseAddress, addressText } from '../../../model/address.ts';
import type { Conn, Dir, Position } from '../contract.ts';
import { ipv4Text } from '../wire/address.ts';
import { u16 } from '../wire/numbers.ts';
import type { DnsRecord, Message } from './message.ts';
import { decodeNetbios, netbiosName } from '../wire/netbios-name.ts';
import type { Transport } from './probe.ts';

const GROUP = 0x8000;

/** The address that a name below in-addr.arpa or ip6.arpa stands for. */
export const reverseAddress = (name: string): string | undefined => {
  if (name.endsWith('.in-addr.arpa')) {
    const text = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
    return parseAddress(text) ? text : undefined;
  }
  if (!name.endsWith('.ip6.arpa') || name.length !== 72) return undefined;
  const digits = name.slice(0, 63).split('.').reverse().join('');
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  const halves = parseAddress((digits.match(/.{4}/g) ?? []).join(':'));
  return halves && addressText(halves);
};

const netbiosNames = (conn: Conn, message: Message, record: DnsRecord, dir: Dir, at: Position): void => {
  const { bytes } = message;
  if (record.type === 32) {
    const name = decodeNetbios(record.name)?.text;
    if (name === undefined || name === '' || name === '*') return;
    for (let i = record.from; i + 6 <= record.to; i += 6)
      if ((u16(bytes, i) & GROUP) === 0) conn.name(ipv4Text(bytes, i + 2), name, 'nbns', at);
    return;
  }
  if (record.type !== 33 || record.to <= record.from || !message.isReply) return;
  const host = dir === 0 ? conn.facts.origH : conn.facts.respH;
  for (let n = 0, i = record.from + 1; n < bytes[record.from] && i + 18 <= record.to; n++, i += 18) {
    const { text, suffix } = netbiosName(bytes.subarray(i, i + 16));
    if (suffix === 0 && text !== '' && (u16(bytes, i + 16) & GROUP) === 0) conn.name(host, text, 'nbns', at);
  }
};

/** `text` is the presentation of each answer's data; `query` the name that was asked for. */
export const tellNames = (
  conn: Conn,
  message: Message,
  text: readonly string[],
  query: string | undefined,
  transport: Transport,
  dir: Dir,
  at: Position,
): void => {
  if (transport === 'nbns') {
    for (const record of message.answers) netbiosNames(conn, message, record, dir, at);
    for (const record of message.additional) netbiosNames(conn, message, record, dir, at);
    return;
  }
  message.answers.forEach((record, i) => {
    if (record.type === 1 || record.type === 28) {
      if (record.to - record.from !== (record.type === 1 ? 4 : 16)) return;
      const owner = record.name.toLowerCase();
      if (owner !== '') conn.name(text[i], owner, transport, at);
      // The name that was asked for leads here over aliases.
      if (query !== undefined && query !== '' && query !== owner) conn.name(text[i], query, transport, at);
    } else if (record.type === 12) {
      const address = reverseAddress(record.name.toLowerCase());
      if (address !== undefined && text[i] !== '.') conn.name(address, text[i], transport, at);
    }
  });
};
