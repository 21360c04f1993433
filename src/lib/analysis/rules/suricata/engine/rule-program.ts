/** A rule made ready for inspection: sets, literals and patterns compiled once, and where it is asked. */

import { IP_PROTO } from '../../../../model/ids.ts';
import type { BufferMatches, Transform } from '../language/buffer-match.ts';
import type { Action, Rule } from '../language/rule.ts';
import { addressMatch, type AddressMatch, hasPortBit, portMatch } from './address-match.ts';
import { ContentInspection } from './content-inspection.ts';
import type { PacketView } from './packet-view.ts';

/** Where a rule is asked. */
export type Place =
  /** Once a flow and direction. */
  | 'ip-only'
  /** Every frame with a decoder event; of rules on ARP or Ethernet, every one of those. */
  | 'frame'
  /** Every packet, its headers and bytes. */
  | 'packet'
  /** Every chunk of a stream. */
  | 'stream'
  /** Both: a packet whose stream did not match. */
  | 'packet-stream'
  /** Once a direction, when the flow's protocol is known. */
  | 'protocol'
  /** Every transaction. */
  | 'transaction';

/** Buffers that every packet has, made of its headers. */
export const PACKET_BUFFERS = new Set([
  'payload',
  'tcp.hdr',
  'udp.hdr',
  'ipv4.hdr',
  'ipv6.hdr',
  'icmpv4.hdr',
  'icmpv6.hdr',
  'igmp.hdr',
  'sctp.hdr',
  'sctp.data',
  'sctp.chunk_data',
  'ip.src',
  'ip.dst',
  'ether.hdr',
]);

export interface CompiledMatches {
  readonly matches: BufferMatches;
  readonly inspection: ContentInspection;
  /** Nothing but "is not there". */
  readonly isAbsent: boolean;
  /** Holds where the buffer is not there too. */
  readonly orAbsent: boolean;
  /** Some test is negated: it cannot be decided before the buffer is whole. */
  readonly needsWhole: boolean;
  readonly decodes: boolean;
}

interface Ends {
  readonly src: AddressMatch | undefined;
  readonly dst: AddressMatch | undefined;
  readonly srcPorts: Uint8Array | undefined;
  readonly dstPorts: Uint8Array | undefined;
}

const isNegated = (test: BufferMatches['tests'][number]): boolean => 'negated' in test && test.negated;

function compiled(matches: BufferMatches): CompiledMatches {
  const absent = matches.tests.find(({ kind }) => kind === 'absent');
  return {
    matches,
    inspection: new ContentInspection(matches),
    isAbsent: absent?.kind === 'absent' && !absent.orElse,
    orAbsent: absent !== undefined,
    needsWhole: matches.tests.some((test) => isNegated(test) || test.kind === 'bsize' || test.kind === 'entropy'),
    decodes: matches.tests.some(({ kind }) => kind === 'base64_decode'),
  };
}

function placeOf(rule: Rule): Place {
  if (rule.proto.only === 'arp' || rule.proto.only === 'ether') return 'frame';
  if (rule.header.some((test) => test.kind === 'event' && test.of === 'decode') && rule.matches.length === 0) return 'frame';
  const isApp = ({ buffer }: BufferMatches): boolean => !PACKET_BUFFERS.has(buffer) && buffer !== 'base64_data';
  if (rule.matches.some(isApp) || rule.appFields.some(({ kind }) => kind !== 'protocol')) return 'transaction';
  // A firewall's rule on the packets of a transport is asked of each of them.
  const ofEachPacket = /^(?:tcp|udp|icmp|ip)$/.test(rule.proto.name) && rule.hook === 'all' && rule.matches.length === 0;
  if (ofEachPacket) return 'packet';
  if (rule.appFields.some(({ kind }) => kind === 'protocol') && rule.matches.length === 0 && rule.header.length === 0)
    return 'protocol';
  if (rule.matches.some(({ buffer }) => buffer === 'payload')) {
    const isTcp = rule.proto.ipProtos === undefined || rule.proto.ipProtos.includes(IP_PROTO.tcp);
    if (!isTcp || rule.payload === 'packet') return 'packet';
    return rule.payload === 'stream' ? 'stream' : 'packet-stream';
  }
  return isIpOnly(rule) ? 'ip-only' : 'packet';
}

/** Addresses alone (Suricata's SIG_TYPE_IPONLY): asked once a flow and direction. One with negated addresses is asked of every packet. */
function isIpOnly(rule: Rule): boolean {
  const asksBits = rule.flowbits.some(({ command }) => command !== 'set');
  const portsAny = rule.srcPorts === undefined && rule.dstPorts === undefined;
  const hasPorts = rule.proto.ipProtos?.some((proto) => proto === IP_PROTO.tcp || proto === IP_PROTO.udp) === true;
  const header = /^[^(]*/.exec(rule.text)?.[0] ?? '';
  return (
    rule.matches.length === 0 &&
    rule.appFields.length === 0 &&
    rule.appProtos === undefined &&
    rule.flow === undefined &&
    rule.flowint.length === 0 &&
    rule.proto.only === undefined &&
    rule.header.every((test) => test.kind === 'packet' && test.field === 'ip_proto') &&
    !asksBits &&
    (portsAny || !hasPorts) &&
    !/!|\$EXTERNAL_NET/.test(header)
  );
}

export class RuleProgram {
  readonly rule: Rule;
  readonly place: Place;
  /** Place in the order in which rules are asked and alerts are raised. */
  order = 0;
  readonly matches: readonly CompiledMatches[];
  /** Literal that must be there, with the buffer and what is done to it. */
  readonly gate: { readonly buffer: string; readonly transforms: readonly Transform[]; readonly bytes: Uint8Array; readonly nocase: boolean } | undefined;
  readonly #ends: readonly Ends[];
  readonly #ipProtos: ReadonlySet<number> | undefined;

  constructor(rule: Rule) {
    this.rule = rule;
    this.place = placeOf(rule);
    this.matches = rule.matches.map(compiled);
    const forward: Ends = {
      src: addressMatch(rule.src),
      dst: addressMatch(rule.dst),
      srcPorts: portMatch(rule.srcPorts),
      dstPorts: portMatch(rule.dstPorts),
    };
    const { src, dst, srcPorts, dstPorts } = forward;
    const backward: Ends = { src: dst, dst: src, srcPorts: dstPorts, dstPorts: srcPorts };
    this.#ends = rule.direction === '->' ? [forward] : [forward, backward];
    this.#ipProtos = rule.proto.ipProtos ? new Set(rule.proto.ipProtos) : undefined;
    const fast = rule.fastPattern;
    const matches = fast ? rule.matches[fast.match] : undefined;
    const test = fast && matches ? matches.tests[fast.test] : undefined;
    this.gate =
      fast && matches && test && !isNegated(test) && fast.bytes.length > 0
        ? { buffer: matches.buffer, transforms: matches.transforms, bytes: fast.bytes, nocase: fast.nocase }
        : undefined;
  }

  /** Protocol, IP version, addresses and ports of the packet are the rule's. */
  headerHolds(p: PacketView): boolean {
    const { rule } = this;
    if (this.#ipProtos && !this.#ipProtos.has(p.ipProto)) return false;
    if (rule.proto.ipVersion !== undefined && rule.proto.ipVersion !== p.ipVersion) return false;
    return this.#ends.some((ends) => this.#endsHold(ends, p));
  }

  #endsHold({ src, dst, srcPorts, dstPorts }: Ends, p: PacketView): boolean {
    if (srcPorts || dstPorts) {
      if (!p.hasPorts || p.isFragment) return false;
      if (dstPorts && !hasPortBit(dstPorts, p.dport)) return false;
      if (srcPorts && !hasPortBit(srcPorts, p.sport)) return false;
    }
    return (!dst || dst(p.addresses, 4)) && (!src || src(p.addresses, 0));
  }

  /** It asks for a bit of the flow: another rule of the same packet may set it. */
  get awaitsBit(): boolean {
    return this.rule.flowbits.some(({ command }) => command === 'isset');
  }

  /** It looks into carried files. */
  get asksFile(): boolean {
    const { matches, appFields } = this.rule;
    return matches.some(({ buffer }) => buffer.startsWith('file')) || appFields.some(({ field }) => field.startsWith('file'));
  }

  /** May it be asked of packets in this direction? 0 to the server. */
  hasSide(dir: 0 | 1): boolean {
    const { side } = this.rule;
    return side === undefined || (side === 'to_server') === (dir === 0);
  }
}

const ACTION_ORDER: Readonly<Record<Action, number>> = {
  accept: 0,
  pass: 0,
  drop: 1,
  reject: 2,
  rejectsrc: 2,
  rejectdst: 2,
  rejectboth: 2,
  alert: 3,
  config: 4,
};

/** Rules that set come before rules that ask; those that do both between them. */
function stateOrder(uses: readonly { readonly command: string }[]): number {
  const sets = uses.some(({ command }) => command === 'set' || command === 'unset' || command === 'toggle');
  const asks = uses.some(({ command }) => command === 'isset' || command === 'isnotset');
  if (sets) return asks ? 1 : 0;
  return asks ? 2 : 3;
}

function intOrder(rule: Rule): number {
  const sets = rule.flowint.some(({ op }) => op === '+' || op === '-' || op === '=');
  const asks = rule.flowint.some(({ op }) => op !== '+' && op !== '-' && op !== '=');
  if (sets) return asks ? 1 : 0;
  return asks ? 2 : 3;
}

/** Suricata's order of rules: action, then who sets state before who asks for it, then priority, then as written. */
export function inOrder(rules: readonly Rule[]): RuleProgram[] {
  const keys = (rule: Rule): readonly number[] => [
    ACTION_ORDER[rule.action],
    stateOrder(rule.flowbits),
    intOrder(rule),
    stateOrder(rule.hostbits),
    stateOrder(rule.xbits),
    rule.priority,
  ];
  const sorted = rules
    .map((rule, i) => ({ rule, i, key: keys(rule) }))
    .sort((a, b) => {
      for (const [k, x] of a.key.entries()) if (x !== b.key[k]) return x - (b.key[k] ?? 0);
      return a.i - b.i;
    });
  return sorted.map(({ rule }, order) => {
    const program = new RuleProgram(rule);
    program.order = order;
    return program;
  });
}
