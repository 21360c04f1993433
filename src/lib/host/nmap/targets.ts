/** What a scan may name: addresses, CIDR networks, names of hosts. Nothing that nmap would take for an option or a pattern. */

import { parseAddress, parseCidr } from '../../model/address.ts';

const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?$/;

export interface Target {
  readonly text: string;
  readonly family: 4 | 6 | null;
  /** Addresses in it; of a name 1. */
  readonly addresses: bigint;
}

/** The target, or the sentence why it is none. */
export function parseTarget(text: string): Target | string {
  const range = parseCidr(text);
  if (range) {
    const { first, last } = range;
    const addresses = ((last.hi << 64n) | last.lo) - ((first.hi << 64n) | first.lo) + 1n;
    return { text, family: text.includes(':') ? 6 : 4, addresses };
  }
  // Digits and dots that are no address (10.0.0.1-20, 10.0.1) would be patterns or short forms to nmap.
  if (HOST_NAME.test(text) && text.length <= 253 && /[A-Za-z]/.test(text) && !parseAddress(text))
    return { text, family: null, addresses: 1n };
  return `“${text}” is no address, CIDR network or host name.`;
}

/** The targets, or why they are refused. */
export function parseTargets(texts: readonly string[], most: number): readonly Target[] | string {
  const targets: Target[] = [];
  for (const text of texts) {
    const target = parseTarget(text);
    if (typeof target === 'string') return target;
    targets.push(target);
  }
  const sum = targets.reduce((total, { addresses }) => total + addresses, 0n);
  if (sum > BigInt(most))
    return `These targets are ${sum} addresses; one scan takes ${most} at most: scan them in parts.`;
  if (new Set(targets.flatMap(({ family }) => family ?? [])).size > 1)
    return 'nmap scans IPv4 or IPv6 at a time: make two scans.';
  return targets;
}
