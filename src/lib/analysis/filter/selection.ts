/** What was picked (connections, hosts) as a filter of ours, which then goes into the words of every tool. */

/** The facts of a connection that every packet of it shows. */
export interface Tuple {
  readonly orig: string;
  readonly origPort: number;
  readonly resp: string;
  readonly respPort: number;
  /** IP protocol number. */
  readonly ipProto: number;
  /** Tags, the outermost first. */
  readonly vlan: readonly number[];
}

const PORTED: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const WORDS: Readonly<Record<number, string>> = { 1: 'icmp', 58: 'icmpv6' };

const either = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' || ')})`;

/** Both ends and both ports, or the protocol where there are none. */
function ends({ orig, origPort, resp, respPort, ipProto }: Tuple): string[] {
  const name = PORTED[ipProto];
  const protocol =
    WORDS[ipProto] ?? (orig.includes(':') ? `ipv6.nxt == ${ipProto}` : `ip.proto == ${ipProto}`);
  const carried =
    name === undefined ? [protocol] : [`${name}.port == ${origPort}`, `${name}.port == ${respPort}`];
  return [...new Set([`addr == ${orig}`, `addr == ${resp}`, ...carried])];
}

/** Tags stand in front, once: a capture filter has no words for them anywhere else. */
const tags = (vlan: readonly number[]): string[] => vlan.map((id) => `vlan.id == ${id}`);

/** The packets of any of these connections, and of others with the same ends and ports at other times. At least one. */
export function filterOfConnections(tuples: readonly Tuple[]): string {
  const stacks = new Set(tuples.map(({ vlan }) => vlan.join(' ')));
  const clause = (parts: readonly string[]): string =>
    tuples.length === 1 ? parts.join(' && ') : `(${parts.join(' && ')})`;
  if (stacks.size > 1)
    return either([...new Set(tuples.map((one) => clause([...tags(one.vlan), ...ends(one)])))]);
  const any = either([...new Set(tuples.map((one) => clause(ends(one))))]);
  return [...tags(tuples[0]?.vlan ?? []), any].join(' && ');
}

/** Everything that any of these hosts sent or received. At least one. */
export const filterOfHosts = (addresses: readonly string[]): string =>
  either([...new Set(addresses)].map((address) => `addr == ${address}`));

/** What passes between the hosts of one list and those of another; where one is empty, all of the other. */
export const filterBetween = (some: readonly string[], others: readonly string[]): string =>
  [some, others]
    .filter((list) => list.length > 0)
    .map(filterOfHosts)
    .join(' && ');
