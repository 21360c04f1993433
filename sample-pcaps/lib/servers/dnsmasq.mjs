import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * DNS (and DHCP where a range is given) for a network.
 * @param {import('../network.mjs').Host} host
 * @param {{ records: string[], dhcp?: { low: string, high: string, lease?: string } }} options records: lines of dnsmasq's configuration
 */
export async function serveDns(host, { records, dhcp }) {
  await mkdir(host.dir, { recursive: true });
  const file = join(host.dir, 'dnsmasq.conf');
  const { domain } = host.network;
  const lines = [
    'no-resolv',
    'no-hosts',
    'no-poll',
    'user=root',
    'group=root',
    'log-facility=-',
    `pid-file=${host.dir}/dnsmasq.pid`,
    'bind-dynamic',
    'except-interface=lo',
    'interface=eth0',
    `domain=${domain}`,
    `local=/${domain}/`,
    'local-ttl=300',
    ...records,
  ];
  if (dhcp) {
    lines.push(
      `dhcp-range=${dhcp.low},${dhcp.high},255.255.255.0,${dhcp.lease ?? '1h'}`,
      `dhcp-leasefile=${host.dir}/leases`,
      'dhcp-authoritative',
      `dhcp-option=option:dns-server,${host.address}`,
      `dhcp-option=option:ntp-server,${host.address}`,
      `dhcp-option=option:router`,
    );
  }
  await writeFile(file, `${lines.join('\n')}\n`);
  return host.serve(['dnsmasq', '--keep-in-foreground', `--conf-file=${file}`], {
    udp: dhcp ? [53, 67] : [53],
    tcp: [53],
  });
}

/** A and AAAA (with PTR) for hosts of the network. */
export function hostRecords(hosts) {
  return hosts.map(
    (host) => `host-record=${[host.fqdn, host.address, host.address6].filter(Boolean).join(',')}`,
  );
}
