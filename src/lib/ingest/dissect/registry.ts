/** Which dissector explains what, by the number that announces it. A new protocol is a file and a line here. */

import type { Dissector, NextLayer } from './contract.ts';
import { ethernet } from './link/ethernet.ts';
import { radiotap, wlan } from './link/ieee80211.ts';
import { llc } from './link/llc.ts';
import { mpls } from './link/mpls.ts';
import { loopback } from './link/null.ts';
import { ppp, pppoe } from './link/ppp.ts';
import { rawIp } from './link/raw-ip.ts';
import { sll, sll2 } from './link/sll.ts';
import { qinq, vlan } from './link/vlan.ts';
import { arp } from './network/arp.ts';
import { icmp } from './network/icmp.ts';
import { icmpv6 } from './network/icmpv6.ts';
import { ipv4 } from './network/ipv4.ts';
import { ipv6 } from './network/ipv6.ts';
import { sctp } from './transport/sctp.ts';
import { tcp } from './transport/tcp.ts';
import { udp } from './transport/udp.ts';
import { ah } from './tunnel/ah.ts';
import { erspan2, erspan3, gre } from './tunnel/gre.ts';
import { gtpu } from './tunnel/gtpu.ts';
import { teredo } from './tunnel/teredo.ts';
import { geneve, vxlan } from './tunnel/vxlan.ts';

type Table = ReadonlyMap<number | string, Dissector>;

const link: Table = new Map([
  [0, loopback],
  [1, ethernet],
  [9, ppp],
  [12, rawIp],
  [14, rawIp],
  [50, ppp],
  [101, rawIp],
  [105, wlan],
  [108, loopback],
  [113, sll],
  [127, radiotap],
  [228, rawIp],
  [229, rawIp],
  [276, sll2],
]);

const ether: Table = new Map([
  [0x0800, ipv4],
  [0x0806, arp],
  [0x22eb, erspan3],
  [0x6558, ethernet],
  [0x8035, arp],
  [0x8100, vlan],
  [0x86dd, ipv6],
  [0x880b, ppp],
  [0x8847, mpls],
  [0x8848, mpls],
  [0x8863, pppoe],
  [0x8864, pppoe],
  [0x88a8, qinq],
  [0x88be, erspan2],
  [0x9100, vlan],
]);

const ip: Table = new Map([
  [1, icmp],
  [4, ipv4],
  [6, tcp],
  [17, udp],
  [41, ipv6],
  [47, gre],
  [51, ah],
  [58, icmpv6],
  [132, sctp],
]);

const pppProtocols: Table = new Map([
  [0x21, ipv4],
  [0x57, ipv6],
  [0x281, mpls],
]);

const udpPorts: Table = new Map([
  [2152, gtpu],
  [3544, teredo],
  [4789, vxlan],
  [6081, geneve],
  [8472, vxlan],
]);

/** Asked for by name: what needs no number to be known. */
const named: Table = new Map<string, Dissector>([
  ['eth', ethernet],
  ['llc', llc],
  ['mpls', mpls],
  ['ppp', ppp],
  ['quoted', rawIp],
  ['raw', rawIp],
  ['wlan', wlan],
]);

const TABLES: Readonly<Record<NextLayer['by'], Table>> = {
  link,
  ether,
  ip,
  ppp: pppProtocols,
  tcp: new Map(),
  udp: udpPorts,
  protocol: named,
};

export function dissectorOf({ by, key }: Pick<NextLayer, 'by' | 'key'>): Dissector | undefined {
  const keys = typeof key === 'object' ? key : [key];
  for (const one of keys) {
    const found = TABLES[by].get(one);
    if (found) return found;
  }
  return undefined;
}
