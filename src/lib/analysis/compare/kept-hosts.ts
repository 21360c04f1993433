/** Hosts that nmap scans joined to a case and snapshots kept with it know: those without a packet are hosts of the case, too. */

import { addressText, parseAddress } from '../../model/address.ts';
import type { ScanResult } from '../../model/api/scans.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { halvesOf, relation } from './sockets.ts';
import { sql, type SqlPiece } from './sql-piece.ts';

export interface KeptHosts {
  readonly snapshots: readonly { readonly id: string; readonly snapshot: Snapshot }[];
  readonly scans: readonly ScanResult[];
}

const HOST = {
  address_hi: 'UBIGINT',
  address_lo: 'UBIGINT',
  input: 'VARCHAR',
  first_seen: 'BIGINT',
  last_seen: 'BIGINT',
  mac: 'VARCHAR',
  vendor: 'VARCHAR',
  names: 'VARCHAR',
  seen_in: 'VARCHAR',
} as const;

interface Known {
  readonly input: string;
  first: number;
  last: number;
  mac: string | null;
  vendor: string | null;
  readonly names: Set<string>;
  readonly by: Set<'scan' | 'snapshot'>;
}

/** Every machine has these for itself (unspecified, loopback), and groups are no hosts. */
const NO_HOST = /^(?:0\.|127\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|ff)/u;

class HostBook {
  readonly hosts = new Map<string, Known>();

  add(given: string, by: 'scan' | 'snapshot', input: string, first: number, last = first): Known | undefined {
    const halves = parseAddress(given);
    const address = halves && addressText(halves);
    if (address === undefined || NO_HOST.test(address)) return undefined;
    let known = this.hosts.get(address);
    if (!known) {
      known = { input, first, last, mac: null, vendor: null, names: new Set(), by: new Set() };
      this.hosts.set(address, known);
    }
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, last);
    known.by.add(by);
    return known;
  }
}

function addScan(book: HostBook, { scan, hosts }: ScanResult): void {
  for (const { address, mac, vendor, names, state } of hosts) {
    const known =
      state === 'up' ? book.add(address, 'scan', scan.id, scan.started, scan.ended ?? undefined) : undefined;
    if (!known) continue;
    known.mac ??= mac?.toLowerCase() ?? null;
    known.vendor ??= vendor;
    for (const name of names) known.names.add(name);
  }
}

/** A snapshot of a capture knows nobody but its hosts. */
function addSnapshot(
  book: HostBook,
  id: string,
  { time, window, origin, addresses, sockets }: Snapshot,
): void {
  if (origin.kind === 'capture') return;
  const at = Date.parse(time) / 1000;
  const own = new Set(addresses);
  for (const { local_address: local, peer_address: peer } of sockets) {
    if (local !== null) own.add(local);
    if (peer !== null) book.add(peer, 'snapshot', id, window?.from ?? at, window?.to ?? at);
  }
  for (const address of own) {
    const known = book.add(address, 'snapshot', id, window?.from ?? at, window?.to ?? at);
    if (known && origin.host !== null) known.names.add(origin.host);
  }
}

const nanoseconds = (seconds: number): string => String(BigInt(Math.round(seconds * 1e3)) * 1_000_000n);

/** One row an address, whether a capture has it or not: `keptHosts` of the store leaves those out. Undefined where there are none. */
export function keptHosts({ snapshots, scans }: KeptHosts): SqlPiece | undefined {
  const book = new HostBook();
  for (const scan of scans) addScan(book, scan);
  for (const { id, snapshot } of snapshots) addSnapshot(book, id, snapshot);
  if (book.hosts.size === 0) return undefined;
  const rows = [...book.hosts].map(([address, { input, first, last, mac, vendor, names, by }]) => {
    const { hi, lo } = halvesOf(address);
    return {
      address_hi: hi,
      address_lo: lo,
      input,
      first_seen: nanoseconds(first),
      last_seen: nanoseconds(last),
      mac,
      vendor,
      names: [...names].sort().join(' '),
      seen_in: [...by].sort().join(' and '),
    };
  });
  return sql`SELECT DISTINCT ON (address_hi, address_lo) * FROM (${relation(HOST, rows)}) ORDER BY address_hi, address_lo, input`;
}
