/** One line a decoder: which link types, ether types, IP protocols and UDP ports it reads. */

import {
  byEtherType,
  byIpProto,
  byLinkType,
  byUdpPort,
  declareCarrier,
  type Decode,
} from './dispatch.hot.ts';
import * as cooked from './link/cooked.hot.ts';
import * as ethernet from './link/ethernet.hot.ts';
import * as wlan from './link/ieee80211.hot.ts';
import { nflog } from './link/nflog.hot.ts';
import { ipv4, ipv6 } from './network/ip.hot.ts';
import { arp, mpls, rarp } from './network/others.hot.ts';
import { dccp, icmp, icmp6, sctp, tcp, udp } from './transport/transport.hot.ts';
import { ah, gre, ip6InIp, ipInIp } from './tunnel/ip-tunnels.hot.ts';
import { capwap, geneve, gtpU, l2tp, teredo, vxlan } from './tunnel/udp-tunnels.hot.ts';

type Line = readonly [decode: Decode, ...numbers: number[]];

/** LINKTYPE_ numbers (the registry of tcpdump.org), and the platform's DLT_ numbers that old files carry. */
const LINK_TYPES: readonly Line[] = [
  [cooked.nullLoopback, 0, 108],
  [ethernet.ethernet, 1],
  [cooked.tokenRing, 6],
  [cooked.slip, 8],
  [cooked.ppp, 9, 50],
  [cooked.fddi, 10],
  [cooked.atmRfc1483, 11, 100],
  [cooked.rawIp, 12, 14, 101],
  [cooked.pppBsdos, 13, 16],
  [ethernet.pppoe, 51],
  [cooked.ciscoHdlc, 104],
  [wlan.ieee80211, 105],
  [cooked.frameRelay, 107],
  [cooked.enc, 109],
  [cooked.sll, 113],
  [cooked.pflog, 117],
  [wlan.prism, 119],
  [cooked.ipOverFc, 122],
  [cooked.sunAtm, 123],
  [wlan.radiotap, 127],
  [cooked.appleIp1394, 138],
  [wlan.avs, 163],
  [wlan.ppi, 192],
  [cooked.pppWithDirection, 204],
  [cooked.mplsLink, 219],
  [cooked.ipnet, 226],
  [cooked.rawIp4, 228],
  [cooked.rawIp6, 229],
  [nflog, 239],
  [cooked.ipOverInfiniband, 242],
  [cooked.sll2, 276],
];

const ETHER_TYPES: readonly Line[] = [
  [ipv4, 0x0800],
  [arp, 0x0806],
  [rarp, 0x8035],
  [ethernet.vlan, 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300],
  [ipv6, 0x86dd],
  [mpls, 0x8847, 0x8848],
  [ethernet.pppoe, 0x8864],
  [ethernet.fabricPath, 0x8903],
  [ethernet.ciscoMetadata, 0x8909],
  [ethernet.vnTag, 0x8926],
  [ethernet.bridged, 0x6558],
];

const IP_PROTOCOLS: readonly Line[] = [
  [icmp, 1],
  [tcp, 6],
  [udp, 17],
  [dccp, 33],
  [icmp6, 58],
  [sctp, 132],
];

const IP_TUNNELS: readonly Line[] = [
  [ipInIp, 4],
  [ip6InIp, 41],
  [gre, 47],
  [ah, 51],
];

const UDP_PORTS: readonly Line[] = [
  [l2tp, 1701],
  [gtpU, 2152],
  [teredo, 3544],
  [vxlan, 4789, 8472],
  [capwap, 5247],
  [geneve, 6081],
];

function fill(table: (Decode | undefined)[], lines: readonly Line[]): void {
  for (const [decode, ...numbers] of lines) for (const number of numbers) table[number] = decode;
}

fill(byLinkType, LINK_TYPES);
fill(byEtherType, ETHER_TYPES);
fill(byIpProto, IP_PROTOCOLS);
fill(byIpProto, IP_TUNNELS);
for (const [, ...numbers] of IP_TUNNELS) for (const number of numbers) declareCarrier(number);
fill(byUdpPort, UDP_PORTS);

export { decodeLink } from './dispatch.hot.ts';
