/**
 * What tshark says of every frame of a capture: the IP layers from the outside in with their transports, and ARP. One run of
 * tshark a capture; nothing of our own decoding is used here.
 */

import ipaddr from 'ipaddr.js';
import { run } from './tools.ts';

/** One IP layer of a frame that belongs to a connection, in the words of `conn`: ICMP has its type and code as ports. */
export interface Layer {
  readonly ipProto: number;
  readonly src: string;
  readonly dst: string;
  /** Absent where the transport's header was not read. */
  readonly ports: readonly [number, number] | undefined;
  /** A piece of a datagram that is not whole yet. */
  readonly isFragment: boolean;
  /** Bytes of the frame; of a datagram put together, of all its frames. */
  readonly frameBytes: number;
}

export interface ArpFrame {
  readonly op: number | undefined;
  readonly senderMac: string | undefined;
  readonly senderIp: string | undefined;
  readonly targetMac: string | undefined;
  readonly targetIp: string | undefined;
}

export interface Frame {
  readonly n: number;
  readonly protocols: string;
  readonly layers: readonly Layer[];
  readonly arp: ArpFrame | undefined;
  /** What carries on where the walk over the layers ended, for a carrier that is none of ours. */
  readonly stoppedAt: string | undefined;
}

const ONE = ['frame.number', 'frame.len', 'frame.protocols'] as const;
const IPV4 = ['ip.src', 'ip.dst', 'ip.proto', 'ip.frag_offset', 'ip.flags.mf', 'ip.fragment'] as const;
const IPV6 = ['ipv6.src', 'ipv6.dst', 'ipv6.nxt', 'ipv6.fragment', 'ah.next_header'] as const;
const EXTENSION_FIELDS = [
  'ipv6.hopopts.nxt',
  'ipv6.routing.nxt',
  'ipv6.dstopts.nxt',
  'ipv6.fraghdr.nxt',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
] as const;
const TRANSPORT_FIELDS = [
  'tcp.srcport',
  'tcp.dstport',
  'tcp.hdr_len',
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
  'sctp.chunk_type',
  'dccp.srcport',
  'dccp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
] as const;
const ARP_FIELDS = [
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
] as const;
const MANY = [...IPV4, ...IPV6, ...EXTENSION_FIELDS, ...TRANSPORT_FIELDS, ...ARP_FIELDS] as const;
type Field = (typeof MANY)[number];

const addresses = new Map<string, string>();

/** One spelling for each address: RFC 5952, and IPv4 for an IPv4-mapped one. */
export function canonical(text: string): string {
  let known = addresses.get(text);
  if (known === undefined) {
    const parsed = ipaddr.process(text);
    known = parsed.kind() === 'ipv4' ? parsed.toString() : (parsed as ipaddr.IPv6).toRFC5952String();
    addresses.set(text, known);
  }
  return known;
}

/** Occurrences of each field in the order of the frame: `take` answers the next one. */
class Values {
  readonly #left = new Map<Field, string[]>();

  constructor(columns: readonly string[]) {
    MANY.forEach((field, at) => {
      const text = columns[ONE.length + at];
      if (text) this.#left.set(field, text.split(','));
    });
  }

  take(field: Field): string | undefined {
    return this.#left.get(field)?.shift();
  }

  number(field: Field): number | undefined {
    const text = this.take(field);
    return text === undefined ? undefined : Number(text);
  }

  all(field: Field): readonly string[] {
    return this.#left.get(field) ?? [];
  }
}

const IPV6_EXTENSIONS = ['ipv6.hopopts', 'ipv6.routing', 'ipv6.dstopts'] as const;
type Extension = (typeof IPV6_EXTENSIONS)[number];
const isExtension = (token: string): token is Extension => IPV6_EXTENSIONS.some((one) => one === token);

const TRANSPORTS = ['tcp', 'udp', 'sctp', 'dccp'] as const;
type Transport = (typeof TRANSPORTS)[number];
const isTransport = (token: string): token is Transport => TRANSPORTS.some((one) => one === token);

/** What may carry IP over UDP (issue 2, section 3). */
const UDP_CARRIERS = new Set(['vxlan', 'geneve', 'teredo', 'gtp', 'l2tp', 'capwap.data', 'capwap']);

/** Headers between the layers that this walk passes over. */
const PASSED = new Set(
  [
    'eth ethertype vlan ieee8021ad cfp cmd vntag llc snap mpls pwethcw pwethheuristic',
    'sll null loop raw ppp pppoes chdlc fr tr fddi atm ipfc ipoib ipnet pflog enc slip nflog',
    'wlan wlan_radio radiotap prism avs ppi',
    'gre erspan vxlan geneve teredo gtp l2tp capwap.data capwap',
  ].flatMap((line) => line.split(' ')),
);

/** Opened by an IP header and closed by what follows it. */
interface Pending {
  src: string;
  dst: string;
  ipProto: number;
  isFragment: boolean;
}

class Walk {
  readonly layers: Layer[] = [];
  stoppedAt: string | undefined;
  arp: ArpFrame | undefined;
  readonly #values: Values;
  #bytes: number;
  /** Bytes of all the frames that this one completes a datagram of; 0 where it completes none. */
  readonly #whole: number;
  #pending: Pending | undefined;

  constructor(values: Values, bytes: number, whole: number) {
    this.#values = values;
    this.#bytes = bytes;
    this.#whole = whole;
  }

  walk(tokens: readonly string[]): void {
    for (const [at, token] of tokens.entries()) {
      if (!this.#step(token, tokens[at + 1])) break;
    }
    this.#close(undefined);
  }

  #step(token: string, next: string | undefined): boolean {
    const v = this.#values;
    if (token === 'ip' || token === 'ipv6') {
      if (!this.#completes()) return false;
      this.#close(undefined);
      this.#pending = token === 'ip' ? this.#ipv4() : this.#ipv6();
      return this.#pending !== undefined;
    }
    if (isExtension(token)) {
      if (this.#pending) this.#pending.ipProto = v.number(`${token}.nxt`) ?? this.#pending.ipProto;
      return true;
    }
    if (token === 'ipv6.fraghdr') {
      if (this.#pending) {
        this.#pending.ipProto = v.number('ipv6.fraghdr.nxt') ?? this.#pending.ipProto;
        const isPiece = (v.number('ipv6.fraghdr.offset') ?? 0) > 0 || isSet(v.take('ipv6.fraghdr.more'));
        this.#pending.isFragment = isPiece;
      }
      return true;
    }
    if (token === 'ah') return this.#authenticated();
    if (isTransport(token)) {
      if (!this.#completes()) return false;
      const ports = [v.number(`${token}.srcport`), v.number(`${token}.dstport`)] as const;
      this.#transport(isCut(token, v) ? [undefined, undefined] : ports);
      const goesOn = token === 'udp' && next !== undefined && UDP_CARRIERS.has(next);
      if (!goesOn && next !== undefined) this.stoppedAt = `${token}:${next}`;
      return goesOn;
    }
    if (token === 'icmp' || token === 'icmpv6') {
      if (!this.#completes()) return false;
      this.#transport([v.number(`${token}.type`), v.number(`${token}.code`)]);
      return false;
    }
    if (token === 'arp') {
      this.#close(undefined);
      this.#readArp();
      return false;
    }
    if (PASSED.has(token)) return true;
    this.stoppedAt = token;
    return false;
  }

  #ipv4(): Pending | undefined {
    const v = this.#values;
    const [src, dst, ipProto] = [v.take('ip.src'), v.take('ip.dst'), v.number('ip.proto')];
    const [offset, more] = [v.number('ip.frag_offset') ?? 0, v.take('ip.flags.mf')];
    if (src === undefined || dst === undefined || ipProto === undefined) return undefined;
    return { src: canonical(src), dst: canonical(dst), ipProto, isFragment: offset > 0 || isSet(more) };
  }

  #ipv6(): Pending | undefined {
    const v = this.#values;
    const [src, dst, ipProto] = [v.take('ipv6.src'), v.take('ipv6.dst'), v.number('ipv6.nxt')];
    if (src === undefined || dst === undefined || ipProto === undefined) return undefined;
    return { src: canonical(src), dst: canonical(dst), ipProto, isFragment: false };
  }

  /** AH is a layer, and what it protects another one between the same addresses. */
  #authenticated(): boolean {
    const outer = this.#pending;
    const inside = this.#values.number('ah.next_header');
    if (!outer || inside === undefined || !this.#completes()) return false;
    this.#close(undefined);
    this.#pending = { ...outer, ipProto: inside, isFragment: false };
    return true;
  }

  #transport([a, b]: readonly [number | undefined, number | undefined]): void {
    this.#close(a === undefined || b === undefined ? undefined : [a, b]);
  }

  /**
   * What comes next lies inside the pending layer. False where that is a fragment: tshark reads on in the first piece of a
   * datagram that it cannot put together, and we do not.
   */
  #completes(): boolean {
    if (!this.#pending?.isFragment) return true;
    if (this.#whole === 0) return false;
    this.#pending.isFragment = false;
    this.#bytes = this.#whole;
    return true;
  }

  #close(ports: readonly [number, number] | undefined): void {
    if (this.#pending) this.layers.push({ ...this.#pending, ports, frameBytes: this.#bytes });
    this.#pending = undefined;
  }

  #readArp(): void {
    const v = this.#values;
    this.arp = {
      op: v.number('arp.opcode'),
      senderMac: v.take('arp.src.hw_mac'),
      senderIp: v.take('arp.src.proto_ipv4'),
      targetMac: v.take('arp.dst.hw_mac'),
      targetIp: v.take('arp.dst.proto_ipv4'),
    };
  }
}

/** The transport's header is not there in full; an SCTP packet without a chunk is none (RFC 9260 3). */
const isCut = (token: Transport, v: Values): boolean =>
  (token === 'tcp' && v.take('tcp.hdr_len') === undefined) ||
  (token === 'sctp' && v.take('sctp.chunk_type') === undefined);

const isSet = (flag: string | undefined): boolean => flag === '1' || flag === 'True';

export interface Answer {
  readonly frames: readonly Frame[];
  /** Tshark's own tables of conversations, as it prints them. */
  readonly tables: string;
  readonly complaint: string;
}

/** Asks tshark about every frame; datagrams are reassembled, streams are not. */
export async function askTshark(capture: string): Promise<Answer> {
  const fields = [...ONE, ...MANY].flatMap((field) => ['-e', field]);
  const settings = ['ip.defragment:TRUE', 'ipv6.defragment:TRUE', 'tcp.desegment_tcp_streams:FALSE'].flatMap(
    (one) => ['-o', one],
  );
  const taps = ['-z', 'conv,tcp', '-z', 'conv,udp'];
  const args = [
    '-n',
    '-r',
    capture,
    ...settings,
    ...taps,
    '-T',
    'fields',
    '-E',
    'separator=/t',
    '-E',
    'occurrence=a',
    '-E',
    'aggregator=,',
    ...fields,
  ];
  const { stdout, stderr } = await run('tshark', args);
  const tablesAt = stdout.indexOf('='.repeat(80));
  const lines = (tablesAt < 0 ? stdout : stdout.slice(0, tablesAt))
    .split('\n')
    .filter((line) => /^\d+\t/.test(line));
  const lengths = new Map<string, number>();
  const frames = lines.map((line) => frameOf(line.split('\t'), lengths));
  return { frames, tables: tablesAt < 0 ? '' : stdout.slice(tablesAt), complaint: stderr };
}

function frameOf(columns: readonly string[], lengths: Map<string, number>): Frame {
  const [n = '', length = '', protocols = ''] = columns;
  lengths.set(n, Number(length));
  const values = new Values(columns);
  const pieces = [...new Set([...values.all('ip.fragment'), ...values.all('ipv6.fragment')])];
  const whole = pieces.reduce((sum, piece) => sum + (lengths.get(piece) ?? 0), 0);
  const walk = new Walk(values, Number(length), whole);
  walk.walk(protocols.split(':'));
  return {
    n: Number(n),
    protocols,
    layers: walk.layers,
    arp: walk.arp,
    stoppedAt: walk.stoppedAt,
  };
}
