/**
 * A proxy as a tunnel: one tunnel row for all connections of a client to it, as Zeek has it. The row's originator port is 0, because every
 * proxied connection has one of its own.
 */

import { TUNNEL } from '../../../model/tables.ts';
import type { Conn, Position } from '../contract.ts';

const SHARED = 'proxy tunnels';
/** Proxies remembered; beyond, one may have several rows. */
const MAX_KNOWN = 100_000;

export function registerProxy(conn: Conn, type: 'SOCKS' | 'HTTP', at: Position): void {
  const { origH, respH, respP } = conn.facts;
  let known = conn.shared.get(SHARED) as Set<string> | undefined;
  if (!known) {
    known = new Set();
    conn.shared.set(SHARED, known);
  }
  const key = `${type} ${origH} ${respH} ${String(respP)}`;
  if (known.has(key)) return;
  if (known.size < MAX_KNOWN) known.add(key);
  conn.row(TUNNEL, { id_orig_p: 0, tunnel_type: `Tunnel::${type}`, action: 'Tunnel::DISCOVER' }, at);
}
