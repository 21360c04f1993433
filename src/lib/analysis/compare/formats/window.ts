/** From the first packet to the last of what was read. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets } from './contract.ts';

export function windowOf(sockets: readonly Socket[]): Pick<ReadSockets, 'window' | 'time'> {
  let from = Infinity;
  let to = -Infinity;
  for (const { first, last } of sockets) {
    if (first !== null) from = Math.min(from, first);
    if (last !== null) to = Math.max(to, last);
  }
  if (from > to) return {};
  return { window: { from, to }, time: new Date(to * 1000).toISOString() };
}
