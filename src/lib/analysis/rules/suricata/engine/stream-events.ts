/**
 * `stream-event`s: what is odd about a segment of TCP, by Suricata's names (src/decode-events.h there). Those that are told are those that
 * can be told by what is known of a connection here; the others never come.
 */

import type { Dir } from '../../../../model/content.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import type { FlowState } from './flow-state.ts';
import type { PacketView } from './packet-view.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** Adds the events of the segment at hand. Asked before the flow's state is taken down for the next. */
export function streamEvents(p: PacketView, flow: FlowState, out: Set<string>): void {
  const { h, layer } = p;
  if (!h || p.ipProto !== IP_PROTO.tcp || p.l4Off < 0) return;
  const add = (event: string): void => void out.add(`stream.${event}`);
  const flags = h.tcpFlags[layer];
  if ((flags & ACK) === 0 && h.tcpAck[layer] !== 0) add('pkt_broken_ack');
  if (flow.packets(0) + flow.packets(1) === 1) {
    if (flags & RST) add('rst_but_no_session');
    else if (flags & FIN) add('fin_but_no_session');
  }
  // Whoever reset a connection has nothing more to say: the reset was somebody else's.
  if (flow.wasReset[p.dir] && (flags & (RST | SYN)) === 0) {
    flow.wasReset[p.dir] = false;
    add('suspected_rst_inject');
  }
  for (const event of flow.takeStreamEvents()) add(event);
}

/** Takes down what the segment's side has said of itself. */
export function noteReset(p: PacketView, flow: FlowState): void {
  const { h, layer } = p;
  const dir: Dir = p.dir;
  if (h && p.ipProto === IP_PROTO.tcp && p.l4Off >= 0 && (h.tcpFlags[layer] & RST) !== 0 && flow.state(dir) === 'reset')
    flow.wasReset[dir] = true;
}
