/**
 * One Suricata rule as its inspection sees it: everything resolved (variables, old content modifiers, implied protocols), nothing
 * of the rule's text left to interpret. Terms are those of Suricata's user guide, chapter "Suricata Rules".
 */

import type { AppField } from './app-field.ts';
import type { BufferMatches } from './buffer-match.ts';
import type { FlowTest, HeaderTest } from './header-test.ts';
import type { AddressSet, PortSet } from './network-set.ts';
import type { DetectionFilter, FlowbitsOption, FlowintOption, HostbitsOption, IprepOption, Threshold, XbitsOption } from './state-option.ts';

export type Action = 'alert' | 'drop' | 'pass' | 'reject' | 'rejectsrc' | 'rejectdst' | 'rejectboth' | 'config' | 'accept';

/** What stands after the action. */
export interface RuleProto {
  /** As written, in lower case: tcp, tcp-pkt, tcp-stream, udp, icmp, ip, ip6, http, tls, … */
  readonly name: string;
  /** IP protocol numbers of its packets; undefined for all. */
  readonly ipProtos: readonly number[] | undefined;
  /** 4 or 6 where it asks for a version (ipv4, ipv6, icmpv4, icmpv6). */
  readonly ipVersion: 4 | 6 | undefined;
  /** `tcp-pkt`: the packets alone; `tcp-stream`: the stream alone; `pkthdr`: packets with broken headers too; `ether`, `arp`: below IP. */
  readonly only: 'packet' | 'stream' | 'pkthdr' | 'ether' | 'arp' | undefined;
}

export interface Reference {
  /** cve, url, bugtraq, …, lower case. */
  readonly type: string;
  readonly value: string;
}

/** An option that nothing above has a place for (tag, replace, bypass, lua …), with its text. */
export interface OtherOption {
  readonly keyword: string;
  readonly value: string;
}

/** Where a rule is inspected, after Suricata's engine analysis. */
export type Inspection =
  /** Addresses alone: once a flow and direction. */
  | 'ip-only'
  /** Decoder, stream or application event alone. */
  | 'event-only'
  /** Headers of packets, no payload. */
  | 'packet'
  /** Payload of packets: `dsize`, `tcp-pkt`, datagrams, `flow:no_stream` … */
  | 'payload'
  /** Reassembled bytes, and packets too where the rule gives no reason against it. */
  | 'stream'
  /** Transactions: sticky buffers and fields of an application protocol. */
  | 'transaction';

export interface Rule {
  readonly file: string;
  /** From 1: where the rule begins. */
  readonly line: number;
  /** The rule as written, continuation lines joined. */
  readonly text: string;

  /** `accept` is a firewall rule's: its alert is told where it says `alert`. */
  readonly action: Action;
  readonly proto: RuleProto;
  /** Of `accept:flow` and its kin: what is let through. */
  readonly scope: 'packet' | 'flow' | 'tx' | 'hook' | undefined;
  /** State of the protocol at which it is asked, of `http:request_line` or `tcp:flow_start`; undefined: whenever there is something to look at. */
  readonly hook: string | undefined;
  readonly src: AddressSet;
  readonly srcPorts: PortSet;
  /** `->`, both ways `<>`, or `=>`: a transaction in both directions. */
  readonly direction: '->' | '<>' | '=>';
  readonly dst: AddressSet;
  readonly dstPorts: PortSet;

  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly msg: string;
  readonly classtype: string | undefined;
  /** 1 is the most severe, 255 the least: of `priority`, else of the class, else 3. */
  readonly priority: number;
  readonly references: readonly Reference[];
  /** `metadata` entries in order; a key may come twice. */
  readonly metadata: readonly (readonly [string, string])[];
  readonly target: 'src_ip' | 'dest_ip' | undefined;
  readonly noalert: boolean;

  /** Application protocol that the flow must have, of the header or of its keywords; several where a keyword has several. */
  readonly appProtos: readonly string[] | undefined;
  /** Side whose bytes are looked at, of `flow`, or of buffers that only one side has; both where undefined. */
  readonly side: 'to_server' | 'to_client' | undefined;
  readonly inspection: Inspection;
  /**
   * Which bytes 'payload' means: of each packet, of the reassembled stream, or both. TCP payload is the stream's alone unless a content
   * has offset or depth or stream_size is asked (both), or a test of a packet's header stands beside it (packet).
   */
  readonly payload: 'packet' | 'stream' | 'both' | undefined;

  readonly flow: FlowTest | undefined;
  readonly header: readonly HeaderTest[];
  /** All of them must match, in this order; 'payload' is packets' or streams' bytes. */
  readonly matches: readonly BufferMatches[];
  readonly appFields: readonly AppField[];

  readonly flowbits: readonly FlowbitsOption[];
  readonly flowint: readonly FlowintOption[];
  readonly xbits: readonly XbitsOption[];
  readonly hostbits: readonly HostbitsOption[];
  readonly iprep: readonly IprepOption[];
  readonly threshold: Threshold | undefined;
  readonly detectionFilter: DetectionFilter | undefined;
  readonly other: readonly OtherOption[];

  /** The literal that is searched for first; undefined where every packet, chunk or buffer of the rule's kind must be looked at. */
  readonly fastPattern: FastPattern | undefined;
}

export interface FastPattern {
  /** Index into `matches`, and of the test in it. */
  readonly match: number;
  readonly test: number;
  /** What is searched for: the content, or the part of it that `fast_pattern:offset,length` names. */
  readonly bytes: Uint8Array;
  readonly nocase: boolean;
  /** `fast_pattern:only`: the literal alone decides, its test need not run again. */
  readonly only: boolean;
}
