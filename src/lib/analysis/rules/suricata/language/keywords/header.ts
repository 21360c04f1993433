/** Headers of packets, and what is counted of a flow. */

import type { FlowField, HeaderTest, PacketField } from '../header-test.ts';
import { integer, type IntegerKind, integerTest } from '../integer-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

const field = (name: PacketField, kind: IntegerKind, single = false): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    if (single && draft.header.some((test) => test.kind === 'packet' && test.field === name)) return `It has a second ${keyword}.`;
    const test = integerTest(text, kind);
    if (typeof test === 'string') return `Its ${keyword} ${test}`;
    draft.header.push({ kind: 'packet', field: name, test });
    return undefined;
  },
});

/** Hexadecimal after a bare x too, as the guide has it. */
const tos: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const test = integerTest(text.replace(/^(!?\s*)x(?=[0-9a-f]+$)/iu, '$10x'), { bits: 8 });
    if (typeof test === 'string') return `Its ${keyword} ${test}`;
    draft.header.push({ kind: 'packet', field: 'tos', test });
    return undefined;
  },
};

const IP_PROTOS: Readonly<Record<string, number>> = {
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ggp: 3,
  ipip: 4,
  ipencap: 4,
  st: 5,
  tcp: 6,
  egp: 8,
  igp: 9,
  pup: 12,
  udp: 17,
  hmp: 20,
  idp: 22,
  rdp: 27,
  dccp: 33,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  eigrp: 88,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

/** `ip_proto:!6`, by number or name; it may be said several times. */
const ipProto: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    const found = /^(!|<|>)?\s*([\w-]+)$/u.exec(text);
    const name = found?.[2].toLowerCase() ?? '';
    const value = Object.hasOwn(IP_PROTOS, name) ? IP_PROTOS[name] : integer(name);
    if (!found || value === undefined || value > 255) return `Its ip_proto “${text}” is no IP protocol.`;
    const op = found[1] === '!' ? '!=' : ((found[1] as '<' | '>' | undefined) ?? '=');
    if (draft.header.some((test) => test.kind === 'packet' && test.field === 'ip_proto' && test.test.op === '=') && op === '=') return 'It has a second ip_proto.';
    draft.header.push({ kind: 'packet', field: 'ip_proto', test: { op, value } });
    return undefined;
  },
};

const FLAGS: Readonly<Record<string, number>> = { F: 0x01, S: 0x02, R: 0x04, P: 0x08, A: 0x10, U: 0x20, E: 0x40, C: 0x80, '2': 0x40, '1': 0x80 };

const bitsOf = (letters: string, names: Readonly<Record<string, number>>): number | undefined =>
  [...letters.toUpperCase()].reduce<number | undefined>((sum, c) => (sum === undefined || !Object.hasOwn(names, c) ? undefined : sum | names[c]), 0);

const MODES = { '': 'exact', '=': 'exact', '+': 'atLeast', '*': 'any', '!': 'none', '-': 'none' } as const;

/** `[!|*|+]<flags>[,<ignored>]`; 0 for no flag. */
const tcpFlags: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text, keyword }) {
    const found = /^\s*([!+*=-]?)\s*([FSRPAUEC120]+)\s*([!+*]?)\s*(?:,\s*([FSRPAUEC12]+))?\s*$/iu.exec(text);
    const letters = found?.[2] ?? '';
    const flags = letters === '0' ? 0 : bitsOf(letters, FLAGS);
    if (!found || flags === undefined || (found[1] !== '' && found[3] !== '')) return `Its ${keyword} “${text}” is no set of flags out of FSRPAUEC.`;
    if (draft.header.some(({ kind }) => kind === 'tcp.flags')) return `It has a second ${keyword}.`;
    const ignore = (found[4] as string | undefined) === undefined ? 0 : (bitsOf(found[4], FLAGS) ?? 0);
    draft.header.push({ kind: 'tcp.flags', mode: MODES[(found[1] || found[3]) as keyof typeof MODES], flags, ignore });
    return undefined;
  },
};

const FRAGMENT_BITS: Readonly<Record<string, number>> = { R: 0x8000, D: 0x4000, M: 0x2000 };

const fragbits: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    const found = /^\s*([!+*=-]?)\s*([RDM]+)\s*$/iu.exec(text);
    const bits = found ? bitsOf(found[2], FRAGMENT_BITS) : undefined;
    if (!found || bits === undefined) return `Its fragbits “${text}” is no set of bits out of R, D and M.`;
    draft.header.push({ kind: 'fragbits', mode: MODES[found[1] as keyof typeof MODES], bits });
    return undefined;
  },
};

const IP_OPTIONS = new Set(['rr', 'lsrr', 'eol', 'nop', 'ts', 'sec', 'ssrr', 'satid', 'any', 'esec', 'cipso', 'eip', 'visa', 'imitd', 'addext', 'rtralt', 'qs', 'exp1', 'exp2', 'sdb', 'dps', 'ump', 'zsu', 'finn', 'mtup', 'mtur', 'tr']);

const ipopts: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    const option = text.toLowerCase();
    if (!IP_OPTIONS.has(option)) return `Its ipopts “${text}” is no option of IPv4 headers.`;
    draft.header.push({ kind: 'ipopts', option });
    return undefined;
  },
};

const sameip: Keyword = {
  value: 'none',
  apply(draft) {
    draft.header.push({ kind: 'sameip' });
    return undefined;
  },
};

/** RFC 9260 and 3758. */
const CHUNK_TYPES: Readonly<Record<string, number>> = {
  ...Object.fromEntries('data init init_ack sack heartbeat hb_ack abort shutdown shutdown_ack error cookie_echo cookie_ack ecne cwr shutdown_complete'.split(' ').map((name, type) => [name, type])),
  forward_tsn: 192,
};

const chunkType: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const test = integerTest(text, { bits: 8, words: CHUNK_TYPES });
    if (typeof test === 'string') return `Its ${keyword} ${test}`;
    draft.header.push({ kind: 'sctp.chunk_type', test });
    return undefined;
  },
};

const geoip: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const parts = text.split(',').map((part) => part.trim());
    if (parts[0] === 'dest') parts[0] = 'dst';
    const side = ['src', 'dst', 'both', 'any'].includes(parts[0]) ? (parts.shift() as 'src') : 'any';
    const countries = parts.map((part) => part.replace(/^!/u, '').toUpperCase());
    const negated = parts.some((part) => part.startsWith('!'));
    if (parts.length === 0 || countries.some((code) => !/^[A-Z]{2}$/u.test(code))) return `Its geoip “${text}” is no list of country codes.`;
    draft.header.push({ kind: 'geoip', side, countries, negated });
    return undefined;
  },
};

/** `<side>, <op>, <bytes>`, a mode of comparison in the second part. */
const streamSize: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const found = /^\s*(server|client|both|either)\s*,\s*(!=|<=|>=|<|>|=)\s*,\s*(\w+)\s*$/u.exec(text);
    const test = found ? integerTest(`${found[2]}${found[3]}`, { bits: 32 }) : '';
    if (!found || typeof test === 'string') return `Its stream_size “${text}” is not a side (server, client, both, either), a comparison and a number.`;
    draft.header.push({ kind: 'stream_size', side: found[1] as 'server', test });
    return undefined;
  },
};

const counter = (name: FlowField, bits: 32 | 64): Keyword => ({
  value: 'required',
  apply(draft, { keyword, text }) {
    // "flow.pkts:toclient,>3" is the newer form of "flow.pkts_toclient:>3".
    const side = name === 'flow.pkts' || name === 'flow.bytes' ? /^(toserver|toclient|both|either)\s*,\s*(.+)$/u.exec(text) : null;
    if ((name === 'flow.pkts' || name === 'flow.bytes') && !side) return `Its ${keyword} “${text}” is not a side (toserver, toclient, both, either) and a test.`;
    const test = integerTest(side?.[2] ?? text, { bits });
    if (typeof test === 'string') return `Its ${keyword} ${test}`;
    draft.header.push({ kind: 'flow-counter', field: side ? (`${name}_${side[1]}` as FlowField) : name, test });
    return undefined;
  },
});

const vlanId: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const count = /^count\s*(.+)$/iu.exec(text.trim())?.[1];
    const [value, layer, ...more] = count === undefined ? text.split(',').map((part) => part.trim()) : [count, 'count'];
    const test = integerTest(value, { bits: 16 });
    if (typeof test === 'string') return `Its vlan.id ${test}`;
    if ('value' in test && test.value > 4_095) return 'Its vlan.id is above 4095.';
    const at = layer === undefined || layer === 'any' ? undefined : layer === 'all' || layer === 'count' ? layer : Number(layer);
    if (more.length > 0 || (typeof at === 'number' && !(Number.isInteger(at) && at >= -3 && at <= 2))) return `Its vlan.id asks for the layer “${layer}”, which is none of any, all and -3 to 2.`;
    draft.header.push({ kind: 'vlan.id', test, layer: at });
    return undefined;
  },
};

const event = (of: Extract<HeaderTest, { kind: 'event' }>['of']): Keyword => ({
  value: 'required',
  apply(draft, { keyword, text }) {
    if (!/^[a-z0-9_.]+$/iu.test(text)) return `Its ${keyword} “${text}” is no name of an event.`;
    draft.header.push({ kind: 'event', of, event: of === 'stream' ? text.replace(/^stream\./u, '') : text });
    return undefined;
  },
});

const rpc: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const found = /^\s*(\d+)\s*(?:,\s*(\d+|\*))?\s*(?:,\s*(\d+|\*))?\s*$/u.exec(text);
    if (!found) return `Its rpc “${text}” is not program, version and procedure.`;
    const number = (part: string | undefined): number | undefined => (part === undefined || part === '*' ? undefined : Number(part));
    draft.header.push({ kind: 'rpc', program: Number(found[1]), version: number(found[2]), procedure: number(found[3]) });
    return undefined;
  },
};

const ICMP6_OR_4 = { bits: 8 } as const;

const elephant: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const side = ['toserver', 'toclient', 'both', 'either'].indexOf(text.trim());
    if (side < 0) return `Its flow.elephant “${text}” is none of toserver, toclient, both and either.`;
    draft.header.push({ kind: 'flow-counter', field: 'flow.elephant', test: { op: '=', value: side } });
    return undefined;
  },
};

/** Checksums are told by `read --checksums`: asking for valid or invalid ones is a decoder's business. */
const checksum = (of: string): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    if (text !== 'valid' && text !== 'invalid') return `Its ${keyword} “${text}” is neither valid nor invalid.`;
    draft.header.push({ kind: 'checksum', of, valid: text === 'valid' });
    return undefined;
  },
});

export const HEADER: KeywordTable = {
  dsize: field('dsize', { bits: 16 }, true),
  ttl: field('ttl', { bits: 8 }),
  id: field('id', { bits: 16 }),
  tos,
  fragoffset: field('fragoffset', { bits: 16 }),
  ip_proto: ipProto,
  'tcp.seq': field('tcp.seq', { bits: 32 }),
  seq: field('tcp.seq', { bits: 32 }),
  'tcp.ack': field('tcp.ack', { bits: 32 }),
  ack: field('tcp.ack', { bits: 32 }),
  'tcp.window': field('tcp.window', { bits: 16 }),
  window: field('tcp.window', { bits: 16 }),
  'tcp.mss': field('tcp.mss', { bits: 16 }),
  'tcp.wscale': field('tcp.wscale', { bits: 8 }),
  itype: field('itype', ICMP6_OR_4),
  icode: field('icode', ICMP6_OR_4),
  icmp_id: field('icmp_id', { bits: 16 }),
  icmp_seq: field('icmp_seq', { bits: 16 }),
  'icmpv6.mtu': field('icmpv6.mtu', { bits: 32 }),
  'igmp.type': field('igmp.type', { bits: 8 }),
  'vlan.layers': field('vlan.layers', { bits: 8 }),
  'vlan.id': vlanId,
  'tcp.flags': tcpFlags,
  flags: tcpFlags,
  fragbits,
  ipopts,
  sameip,
  geoip,
  'sctp.vtag': field('sctp.vtag', { bits: 32 }),
  'sctp.chunk_cnt': field('sctp.chunk_cnt', { bits: 16 }),
  'sctp.chunk_type': chunkType,
  stream_size: streamSize,
  'flow.age': counter('flow.age', 32),
  'flow.pkts': counter('flow.pkts', 32),
  'flow.bytes': counter('flow.bytes', 64),
  'flow.pkts_toserver': counter('flow.pkts_toserver', 32),
  'flow.pkts_toclient': counter('flow.pkts_toclient', 32),
  'flow.bytes_toserver': counter('flow.bytes_toserver', 64),
  'flow.bytes_toclient': counter('flow.bytes_toclient', 64),
  'flow.elephant': elephant,
  'decode-event': event('decode'),
  'stream-event': event('stream'),
  'engine-event': event('engine'),
  'detect-event': event('detect'),
  rpc,
  'ipv4-csum': checksum('ipv4'),
  'tcpv4-csum': checksum('tcpv4'),
  'tcpv6-csum': checksum('tcpv6'),
  'udpv4-csum': checksum('udpv4'),
  'udpv6-csum': checksum('udpv6'),
  'icmpv4-csum': checksum('icmpv4'),
  'icmpv6-csum': checksum('icmpv6'),
  'igmp.csum': checksum('igmp'),
  l3_proto: {
    value: 'required',
    quotes: 'optional',
    apply(draft, { text }) {
      const version = /^ip(?:v)?([46])$/iu.exec(text)?.[1];
      if (version === undefined) return `Its l3_proto “${text}” is neither ipv4 nor ipv6.`;
      draft.header.push({ kind: 'ip-version', version: version === '4' ? 4 : 6 });
      return undefined;
    },
  },
};
