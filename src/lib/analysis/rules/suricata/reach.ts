/** Which connections a Suricata rule can be about. */

import type { Reach } from '../reach.ts';
import { servicesOf } from './engine/app-protocols.ts';
import type { Rule } from './language/rule.ts';

/** Undefined where packets outside connections matter too: frames with decoder events, ARP, broken headers. */
export function reachOf(rule: Rule): Reach | undefined {
  const { only, ipProtos, ipVersion: _version } = rule.proto;
  if (only === 'ether' || only === 'arp' || only === 'pkthdr') return undefined;
  if (rule.header.some((test) => test.kind === 'event' && test.of !== 'stream')) return undefined;
  return {
    ipProtos,
    services: rule.appProtos?.flatMap(servicesOf),
    ends: [
      { addresses: rule.src, ports: rule.srcPorts },
      { addresses: rule.dst, ports: rule.dstPorts },
    ],
  };
}

/** Undefined where one of the rules can be about anything. */
export function reachesOf(rules: readonly Rule[]): Reach[] | undefined {
  const reaches: Reach[] = [];
  for (const rule of rules) {
    const reach = reachOf(rule);
    if (!reach) return undefined;
    reaches.push(reach);
  }
  return reaches;
}
