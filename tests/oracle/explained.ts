/**
 * Where tshark (4.0) and we differ with good reason, capture by capture: how many conversations or ARP packets, and why. A
 * capture that differs in more of them, or in fewer, fails: then this list is wrong, or we are.
 */

interface Explained {
  readonly differences: number;
  readonly why: string;
}

const DAMAGED = 'the chain of records breaks: tshark stops there, we read on behind it';
const BIG_TCP = 'a packet of more than 64 KiB, its length field 0: tshark 4.0 takes that for an empty one';
const NESTED =
  'a fragment header inside another: tshark goes on into it, to us it is a payload of protocol 44';

export const EXPLAINED: Record<'conversations' | 'arp', Readonly<Record<string, Explained>>> = {
  conversations: {
    'ndpi/tests/cfgs/default/pcap/fuzz-2021-06-07-c6c72a0a56.pcap': {
      differences: 1,
      why: 'a record claims 4 GB on the wire: tshark counts 2^31 - 1 at most',
    },
    'pcapplusplus/PcapExamples/null_loopback.pcap': {
      differences: 1,
      why: 'a frame with a header of Cisco HDLC in a capture of BSD loopback: tshark guesses',
    },
    'suricata-verify/tests/bug-1450-05/tls_DER-incomplete-content.pcap': { differences: 1, why: DAMAGED },
    'suricata-verify/tests/smtp-to-comma/10.7.29.101_49898-178.63.41.150_25.pcap': {
      differences: 1,
      why: DAMAGED,
    },
    'suricata-verify/tests/ipv6-evasion/ipv6-malformed-fragments-8/frag-8.pcap': {
      differences: 1,
      why: 'a fragment that reaches past the end of its datagram: tshark leaves its frame out, we count it',
    },
    'suricata-verify/tests/ipv6-evasion/ipv6-malformed-fragments-11/frag-11.pcap': {
      differences: 2,
      why: NESTED,
    },
    'suricata-verify/tests/ipv6-evasion/ipv6-malformed-fragments-36/frag-36.pcap': {
      differences: 2,
      why: NESTED,
    },
    'suricata-verify/tests/ipv6-evasion/ipv6-malformed-fragments-16/frag-16.pcap': {
      differences: 1,
      why: 'fragments of a datagram longer than IPv6 allows: tshark puts it together, we refuse it',
    },
    'tcpdump/tests/bigtcp-ipv4-vxlan-ipv4.pcap': { differences: 1, why: BIG_TCP },
    'tcpdump/tests/bigtcp-ipv4-vxlan-ipv6.pcap': { differences: 1, why: BIG_TCP },
    'tcpdump/tests/bigtcp-ipv6-geneve-ipv6.pcap': { differences: 2, why: BIG_TCP },
    'tcpdump/tests/bigtcp-ipv6-vxlan-ipv6.pcap': { differences: 2, why: BIG_TCP },
    'tcpdump/tests/bigtcp-ipv6.pcap': { differences: 1, why: BIG_TCP },
    'tcpdump/tests/cve2015-0261-crash.pcap': {
      differences: 1,
      why: 'SLIP, which tshark shows as bytes',
    },
    'tcpdump/tests/cve2015-0261-ipv6.pcap': {
      differences: 2,
      why: 'SLIP, which tshark shows as bytes',
    },
    'tcpdump/tests/hoobr_rt6_print.pcap': {
      differences: 2,
      why: 'a routing header cut short: tshark believes the next header that it names, to us it is the last one',
    },
    'zeek/testing/btest/Traces/cisco-fabric-path.pcap': {
      differences: 8,
      why: 'tshark takes four bytes of each FabricPath frame for a check sequence, and then an IPv6 header is too short',
    },
    'zeek/testing/btest/Traces/ipv6-mobility-dst-opts.pcap': {
      differences: 1,
      why: 'a destination option of a wrong length: tshark gives the packet up, the headers behind it are whole',
    },
  },
  arp: {
    'ndpi/tests/cfgs/default/pcap/fuzz-2006-06-26-2594.pcap': {
      differences: 2,
      why: 'addresses longer than the packet: no row of ours, tshark shows the opcode',
    },
  },
};
