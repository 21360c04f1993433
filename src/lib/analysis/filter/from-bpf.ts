/**
 * A capture filter (pcap-filter(7)) as a filter over connections. A connection has packets both ways: `src` and `dst` of a packet become
 * either end, and `note` says so. What has no words here is a fault that names the part and why.
 */

import { parseCidr } from '../../model/address.ts';
import { portNamed } from '../../model/service-ports.ts';
import { attempt } from './compile.ts';
import { FilterError, type FilterFault } from './fault.ts';

export type FromBpf =
  | { readonly ok: true; readonly text: string; readonly note?: string }
  | ({ readonly ok: false } & FilterFault);

interface Token {
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** What stands before an id, and is taken over by ids without any of their own: `port 80 or 443`. */
interface Qualifiers {
  readonly proto: string | undefined;
  readonly direction: string | undefined;
  readonly type: 'host' | 'net' | 'port' | 'portrange' | 'proto' | undefined;
}

const NONE: Qualifiers = { proto: undefined, direction: undefined, type: undefined };
const BOTH_WAYS =
  'A connection has packets in both directions: src and dst of a packet are taken as either end of it.';

const PROTOCOLS: Readonly<Record<string, string>> = {
  ip: 'ip',
  ip6: 'ipv6',
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  icmp: 'icmp',
  icmp6: 'icmpv6',
};
const IP_NUMBERS: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  sctp: 132,
  icmp: 1,
  icmp6: 58,
  gre: 47,
  esp: 50,
  ah: 51,
  igmp: 2,
  igrp: 9,
  pim: 103,
  vrrp: 112,
  carp: 112,
};
const PORTED = new Set(['tcp', 'udp', 'sctp']);
const TYPES = new Set(['host', 'net', 'port', 'portrange', 'proto']);
const WORDS: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };
const ETHER_TYPES: Readonly<Record<string, string>> = {
  '\\ip': 'ip',
  ip: 'ip',
  '0x800': 'ip',
  '0x0800': 'ip',
  '\\ip6': 'ipv6',
  ip6: 'ipv6',
  '0x86dd': 'ipv6',
};
/** Groups of addresses by family; a broadcast address follows from a netmask that only the interface knows. */
const MULTICAST: Readonly<Record<string, string>> = { ip: '224.0.0.0/4', ip6: 'ff00::/8' };
/** What pcap-filter(7) has and a connection has no property for. */
const NO_WORDS = new Set(
  (
    'broadcast multicast gateway mpls pppoed pppoes geneve inbound outbound ifname on rnr rulenum reason action protochain wlan type subtype dir ' +
    'llc stp atalk aarp decnet iso esis isis clnp lat moprc mopdl ipx netbeui fddi tr ppp slip'
  ).split(' '),
);
/** An IPv4 netmask as the length of its prefix; undefined for what is none. */
const prefixOf = (mask: string): number | undefined => {
  const parts = mask.split('.').map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
    return undefined;
  const bits = parts.map((part) => part.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/u.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
};

const tokens = (text: string): Token[] =>
  [...text.matchAll(/[()]|&&|\|\||!(?!=)|[^\s()!&|]+/gu)].map((found) => ({
    text: (WORDS[found[0]] ?? found[0]).toLowerCase(),
    at: found.index,
    length: found[0].length,
  }));

/** @throws nothing: what cannot be said here is a fault with its place */
export const fromBpf = (text: string): FromBpf => {
  if (text.trim() === '') return { ok: true, text: '' };
  return attempt(() => {
    const odd = /[[\]]|\b(?:less|greater|len)\b/iu.exec(text);
    if (odd)
      throw new FilterError(
        odd[0].startsWith('[') || odd[0] === ']'
          ? 'Bytes of a packet (proto[offset]) have no field here: connections are asked for by their fields.'
          : 'Lengths of single packets are no property of a connection.',
        { at: odd.index, length: odd[0].length },
      );
    const reader = new Reader(tokens(text), text.length);
    const said = reader.whole();
    return { ok: true, text: said, ...(reader.turned ? { note: BOTH_WAYS } : {}) };
  });
};

class Reader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #i = 0;
  #last: Qualifiers = NONE;
  /** A direction was left out. */
  turned = false;

  constructor(list: readonly Token[], end: number) {
    this.#tokens = list;
    this.#end = end;
  }

  whole(): string {
    const said = this.#chain();
    const rest = this.#tokens[this.#i];
    if (rest)
      throw new FilterError(
        rest.text === ')'
          ? 'This “)” closes nothing.'
          : `“${rest.text}” does not fit here: two tests need “and” or “or” between them.`,
        rest,
      );
    return said;
  }

  #word(ahead = 0): string | undefined {
    return this.#tokens[this.#i + ahead]?.text;
  }

  #here(): { at: number; length: number } {
    return this.#tokens[this.#i] ?? { at: this.#end, length: 0 };
  }

  /** `and` and `or` have one precedence and go from left to right. */
  #chain(): string {
    let said = this.#unary();
    for (let word = this.#word(); word === 'and' || word === 'or'; word = this.#word()) {
      this.#i++;
      said = `(${said} ${word === 'and' ? '&&' : '||'} ${this.#unary()})`;
    }
    return said;
  }

  #unary(): string {
    const word = this.#word();
    if (word === undefined) throw new FilterError('A test is missing here.', this.#here());
    if (word === 'not') {
      this.#i++;
      return `!(${this.#unary()})`;
    }
    if (word !== '(') return this.#primitive();
    this.#i++;
    const said = this.#chain();
    if (this.#word() !== ')') throw new FilterError('A “)” is missing.', this.#here());
    this.#i++;
    return said;
  }

  #primitive(): string {
    const begin = this.#i;
    const word = this.#word() ?? '';
    if (word === 'vlan') return this.#vlan();
    if (word === 'ether') return this.#ether();
    const group = this.#word(1) === 'multicast' ? MULTICAST[word] : undefined;
    if (group !== undefined) {
      this.#i += 2;
      return `addr == ${group}`;
    }
    if (PROTOCOLS[word] === undefined && Object.hasOwn(IP_NUMBERS, word)) {
      this.#i++;
      return `ip_proto == ${IP_NUMBERS[word]}`;
    }
    if (word === 'arp' || word === 'rarp')
      throw new FilterError('ARP packets belong to no connection: they are in the log arp.', this.#here());
    const qualifiers = this.#qualifiers();
    const taken = this.#i > begin;
    const id = this.#tokens[this.#i];
    const bare = taken && qualifiers.type === undefined && qualifiers.direction === undefined;
    if (bare && (id === undefined || ['and', 'or', ')'].includes(id.text))) {
      const name = PROTOCOLS[qualifiers.proto ?? ''];
      if (name !== undefined) return name;
    }
    if (!id || ['and', 'or', ')', '('].includes(id.text))
      throw new FilterError('An address, a network or a port is missing here.', this.#here());
    if (NO_WORDS.has(id.text))
      throw new FilterError(`tcpdump knows “${id.text}”, but connections have no field for it.`, id);
    if (!taken && this.#last === NONE && !parseCidr(id.text))
      throw new FilterError(`“${id.text}” has no words here.`, id);
    this.#i++;
    const asked = taken ? qualifiers : this.#last;
    this.#last = asked;
    return this.#test(asked, id);
  }

  /** proto, then direction, then type; each may be missing. */
  #qualifiers(): Qualifiers {
    let proto: string | undefined;
    let direction: string | undefined;
    let type: Qualifiers['type'];
    if (PROTOCOLS[this.#word() ?? ''] !== undefined) proto = this.#take();
    const way = this.#word();
    if (way === 'src' || way === 'dst') {
      direction = this.#take();
      const [joint, other] = [this.#word(), this.#word(1)];
      if ((joint === 'or' || joint === 'and') && (other === 'src' || other === 'dst')) {
        if (joint === 'and')
          throw new FilterError(
            '“src and dst” asks for one address at both ends of a packet, which has no words here.',
            this.#here(),
          );
        this.#i += 2;
        direction = 'either';
      }
    }
    if (TYPES.has(this.#word() ?? '')) type = this.#take() as Qualifiers['type'];
    return { proto, direction, type };
  }

  #take(): string {
    return this.#tokens[this.#i++]?.text ?? '';
  }

  #test({ proto, direction, type }: Qualifiers, id: Token): string {
    if (direction === 'src' || direction === 'dst') this.turned = true;
    if (type === 'port' || type === 'portrange') return this.#port(proto, type, id);
    if (type === 'proto') return this.#number(proto, id);
    const text = type === 'net' ? this.#net(id) : id.text;
    if (text.includes('%'))
      throw new FilterError(`Packets carry no zone: write “${text.replace(/%.*/u, '')}”.`, id);
    if (!parseCidr(text))
      throw new FilterError(`“${id.text}” is no address: host names are not looked up.`, id);
    const test = `addr == ${text}`;
    const guard = proto === undefined ? undefined : PROTOCOLS[proto];
    return guard === undefined ? test : `(${guard} && ${test})`;
  }

  /** 10, 192.168, 10.0.0.0/8, 10.0.0.0 mask 255.0.0.0 */
  #net(id: Token): string {
    if (this.#word() !== 'mask')
      return /^\d{1,3}(\.\d{1,3}){0,2}$/u.test(id.text) ? shortNet(id.text) : id.text;
    this.#i++;
    const length = prefixOf(this.#word() ?? '');
    if (length === undefined)
      throw new FilterError('A netmask such as 255.255.0.0 is missing here, ones first.', this.#here());
    this.#i++;
    return `${id.text}/${length}`;
  }

  #port(proto: string | undefined, type: 'port' | 'portrange', id: Token): string {
    const named = portNamed(id.text);
    const ends = named === undefined ? id.text.split('-') : [String(named)];
    // As tcpdump has it, whichever end stands first.
    const [low, high] = ends.length === 2 ? ends.sort((a, b) => Number(a) - Number(b)) : ends;
    const given = [low, ...(type === 'portrange' ? [high] : [])];
    if (
      (type === 'port' && high !== undefined) ||
      !given.every((one) => /^\d{1,5}$/u.test(one ?? '') && Number(one) <= 65_535)
    )
      throw new FilterError(
        `“${id.text}” is no ${type === 'port' ? 'port' : 'range of ports such as 6000-6010'}.`,
        id,
      );
    const ported = proto !== undefined && PORTED.has(proto);
    const field = ported ? `${proto}.port` : 'port';
    const test = type === 'port' ? `${field} == ${low}` : `${field} in {${low}..${high ?? low}}`;
    if (proto === undefined || ported) return test;
    const guard = PROTOCOLS[proto];
    if (guard !== 'ip' && guard !== 'ipv6') throw new FilterError(`${proto} has no ports.`, id);
    return `(${guard} && ${test})`;
  }

  #number(proto: string | undefined, id: Token): string {
    const number = IP_NUMBERS[id.text.replace(/^\\/u, '')] ?? Number(id.text);
    if (!Number.isInteger(number) || number < 0 || number > 255)
      throw new FilterError(`“${id.text}” is no number of an IP protocol.`, id);
    if (proto === 'ip') return `ip.proto == ${number}`;
    if (proto === 'ip6') return `ipv6.nxt == ${number}`;
    return `ip_proto == ${number}`;
  }

  #vlan(): string {
    this.#i++;
    const id = this.#word();
    if (id === undefined || !/^\d+$/u.test(id)) return 'vlan.id';
    this.#i++;
    return `vlan.id == ${id}`;
  }

  #ether(): string {
    this.#i++;
    if (this.#word() === 'proto') {
      const family = ETHER_TYPES[this.#word(1) ?? ''];
      if (family !== undefined) {
        this.#i += 2;
        return family;
      }
    }
    const way = this.#word();
    if (way === 'src' || way === 'dst') {
      this.turned = true;
      this.#i++;
    }
    if (this.#word() === 'host') this.#i++;
    const id = this.#tokens[this.#i];
    if (!id || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/u.test(id.text))
      throw new FilterError(
        'Only ether host, src and dst with an address such as 00:1b:21:3c:9d:f8, and ether proto ip or ip6, have words here.',
        this.#here(),
      );
    this.#i++;
    return `eth.addr == ${id.text}`;
  }
}

/** 10 → 10.0.0.0/8, 192.168 → 192.168.0.0/16. */
const shortNet = (text: string): string => {
  const parts = text.split('.');
  return `${[...parts, '0', '0', '0'].slice(0, 4).join('.')}/${8 * parts.length}`;
};
