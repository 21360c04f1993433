import { z } from 'zod';

const count = z.number().int().min(2).max(1_000_000);

/**
 * Defaults: Zeek policy/misc/scan (25 hosts on a port, 15 ports on a host, within 5 minutes), failed attempts alone. Over the whole capture there is no window, as
 * Snort 3's port_scan has a longer one at its most patient: more is asked for then. Its distributed scans ask for 30 ports, too.
 */
export const scanParams = z
  .object({
    hosts: count.default(25).describe('distinct hosts on one port that make an address scan'),
    ports: count.default(15).describe('distinct ports on one host that make a port scan'),
    protocols: count.default(10).describe('distinct IP protocols on one host that make a protocol scan'),
    arp_targets: count
      .default(15)
      .describe('distinct addresses that were asked for by ARP and did not answer'),
    window_s: z.number().positive().max(86_400).default(300).describe('seconds within which they must lie'),
    slow_ports: count
      .default(30)
      .describe('distinct TCP ports on one host in the whole capture, however slowly'),
    slow_hosts: count
      .default(60)
      .describe(
        'distinct hosts on one TCP port in the whole capture, more of them in vain than with success',
      ),
    sources: count
      .default(5)
      .describe(
        'sources that probe one host: shared out among them (distributed), or most of them invented (decoy)',
      ),
    shared_ports: count.default(30).describe('distinct ports that they probe together, at least'),
    few_ports: count.default(5).describe('at most this many ports: an address scan'),
    few_hosts: count.default(5).describe('at most this many hosts: a port scan; neither: a block scan'),
  })
  .strict();

export type ScanParams = z.infer<typeof scanParams>;
