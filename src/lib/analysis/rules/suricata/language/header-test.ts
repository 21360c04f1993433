/** Tests of packet headers and of the flow that a packet belongs to. */

import type { IntegerTest } from './integer-test.ts';

export interface FlowTest {
  readonly direction: 'to_server' | 'to_client' | undefined;
  readonly state: 'established' | 'not_established' | 'stateless' | undefined;
  /** only_stream, no_stream. */
  readonly stream: 'only' | 'no' | undefined;
  /** only_frag, no_frag. */
  readonly fragment: 'only' | 'no' | undefined;
}

/** Fields of one packet's headers. */
export type PacketField =
  | 'dsize'
  | 'ttl'
  | 'id'
  | 'tos'
  | 'ip_proto'
  | 'fragoffset'
  | 'tcp.seq'
  | 'tcp.ack'
  | 'tcp.window'
  | 'tcp.mss'
  | 'tcp.wscale'
  | 'itype'
  | 'icode'
  | 'icmp_id'
  | 'icmp_seq'
  | 'icmpv6.mtu'
  | 'igmp.type'
  | 'vlan.layers'
  | 'sctp.vtag'
  | 'sctp.chunk_cnt'
  | 'arp.opcode'
  | 'payload_entropy';

/** Counters of the flow up to and with this packet. `flow.age` in seconds. */
export type FlowField =
  | 'flow.age'
  | 'flow.pkts'
  | 'flow.bytes'
  | 'flow.pkts_toserver'
  | 'flow.pkts_toclient'
  | 'flow.pkts_either'
  | 'flow.pkts_both'
  | 'flow.bytes_toserver'
  | 'flow.bytes_toclient'
  | 'flow.bytes_either'
  | 'flow.bytes_both'
  | 'flow.elephant';

export type HeaderTest =
  | { readonly kind: 'packet'; readonly field: PacketField; readonly test: IntegerTest }
  /** Of any chunk of the packet. */
  | { readonly kind: 'sctp.chunk_type'; readonly test: IntegerTest }
  | { readonly kind: 'flow-counter'; readonly field: FlowField; readonly test: IntegerTest }
  /** `any`: one of `flags` is set; `exact`: no other is; `atLeast`: all of them; `none`: not all of them. Bits of `ignore` are left out. */
  | { readonly kind: 'tcp.flags'; readonly mode: 'exact' | 'atLeast' | 'any' | 'none'; readonly flags: number; readonly ignore: number }
  /** Bits as in the header's 16-bit word: 0x8000 reserved, 0x4000 don't fragment, 0x2000 more fragments. */
  | { readonly kind: 'fragbits'; readonly mode: 'exact' | 'atLeast' | 'any' | 'none'; readonly bits: number }
  | { readonly kind: 'ipopts'; readonly option: string }
  | { readonly kind: 'sameip' }
  | { readonly kind: 'ip-version'; readonly version: 4 | 6 }
  /** ipv4-csum, tcpv4-csum, tcpv6-csum, …: whether the checksum is right. */
  | { readonly kind: 'checksum'; readonly of: string; readonly valid: boolean }
  | {
      readonly kind: 'geoip';
      readonly side: 'src' | 'dst' | 'both' | 'any';
      /** Country codes in upper case. */
      readonly countries: readonly string[];
      readonly negated: boolean;
    }
  /** Which layer of VLAN tags: 0 outermost, negative from the innermost; any where undefined, all where 'all'; 'count': how many there are. */
  | { readonly kind: 'vlan.id'; readonly test: IntegerTest; readonly layer: number | 'all' | 'count' | undefined }
  | { readonly kind: 'stream_size'; readonly side: 'server' | 'client' | 'both' | 'either'; readonly test: IntegerTest }
  /** decode-event, stream-event, engine-event: Suricata's name of it without the first word for streams ('3whs_ack_in_wrong_dir'). */
  | { readonly kind: 'event'; readonly of: 'decode' | 'stream' | 'engine' | 'detect'; readonly event: string }
  /** ONC RPC calls: number; undefined for any. */
  | { readonly kind: 'rpc'; readonly program: number; readonly version: number | undefined; readonly procedure: number | undefined };
