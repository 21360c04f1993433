/** Network interfaces with their addresses and counters: /proc/net/dev and /sys/class/net on Linux, Node's own list elsewhere. */

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { HostInterface } from '../model/api/machine.ts';

export type InterfaceFacts = Omit<HostInterface, 'rx_rate' | 'tx_rate'>;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Counters by interface, in the columns of /proc/net/dev. */
export function parseNetDev(text: string): Map<string, number[]> {
  const counters = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const match = /^\s*(\S+?):\s*((?:\d+\s*)+)$/.exec(line);
    if (match?.[1] && match[2]) counters.set(match[1], match[2].trim().split(/\s+/).map(Number));
  }
  return counters;
}

export function readInterfaces(): InterfaceFacts[] {
  const own = networkInterfaces();
  const counters = parseNetDev(readText('/proc/net/dev') ?? '');
  const names = [...new Set([...counters.keys(), ...Object.keys(own)])];
  return names.map((name) => {
    const [rxBytes, rxPackets, rxErrors, rxDropped, , , , , txBytes, txPackets, txErrors, txDropped] =
      counters.get(name) ?? [];
    const known = own[name] ?? [];
    const of = (file: string): string | undefined => readText(join('/sys/class/net', name, file));
    const mac = of('address') ?? known[0]?.mac;
    return {
      name,
      state: of('operstate') ?? (known.length > 0 ? 'up' : 'unknown'),
      mac: mac === undefined || /^(00:)*00$/.test(mac) ? null : mac,
      mtu: of('mtu') === undefined ? null : Number(of('mtu')),
      // ARPHRD_LOOPBACK of if_arp.h
      loopback: of('type') === '772' || known.some(({ internal }) => internal),
      addresses: known.map(({ cidr, address }) => cidr ?? address),
      rx_bytes: rxBytes ?? 0,
      tx_bytes: txBytes ?? 0,
      rx_packets: rxPackets ?? 0,
      tx_packets: txPackets ?? 0,
      rx_dropped: rxDropped ?? 0,
      tx_dropped: txDropped ?? 0,
      rx_errors: rxErrors ?? 0,
      tx_errors: txErrors ?? 0,
    };
  });
}
