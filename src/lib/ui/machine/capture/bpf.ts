/** Capture filters of simple wishes, in the syntax of pcap-filter(7). */

export interface FilterWish {
  /** Addresses, networks or names, any of them: separated by commas or spaces. */
  readonly hosts: string;
  /** Ports or ranges (8000-8100), any of them. */
  readonly ports: string;
  /** tcp, udp, icmp …; empty for all. */
  readonly protocol: string;
}

export const PROTOCOLS = ['', 'tcp', 'udp', 'icmp', 'icmp6', 'arp', 'ip', 'ip6', 'sctp'] as const;

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

const anyOf = (terms: readonly string[]): string =>
  terms.length > 1 ? `(${terms.join(' or ')})` : terms.join('');

/** All of the wishes that were made, joined by and; '' where none was. */
export function filterOf({ hosts, ports, protocol }: FilterWish): string {
  const terms = [
    protocol,
    anyOf(words(hosts).map((host) => (host.includes('/') ? `net ${host}` : `host ${host}`))),
    anyOf(words(ports).map((port) => (port.includes('-') ? `portrange ${port}` : `port ${port}`))),
  ];
  return terms.filter((term) => term !== '').join(' and ');
}
