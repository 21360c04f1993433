/** Who of two began, where no SYN says so. */

import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import { isLikelyServerPort } from './likely-server-ports.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** Whether the first packet came from the responder: no SYN, and its port is a server's. */
export function comesFromResponder(h: Headers, layer: number): boolean {
  const ipProto = h.ipProto[layer];
  const sport = h.sport[layer];
  const dport = h.dport[layer];
  if (h.version[layer] === 4 && h.dst[4 * layer + 3] === 0xffffffff) return false;
  if (ipProto === IP_PROTO.udp)
    return isLikelyServerPort(ipProto, sport) && !isLikelyServerPort(ipProto, dport);
  if (ipProto !== IP_PROTO.tcp) return false;
  const flags = h.tcpFlags[layer];
  // A SYN with FIN or RST opens nothing, and says nothing of who opened.
  const opens = (flags & (SYN | ACK | FIN | RST)) === SYN;
  if (opens || !isLikelyServerPort(ipProto, sport)) return false;
  // A SYN-ACK from a server's port says who answers, whatever the other port is.
  return !isLikelyServerPort(ipProto, dport) || (flags & SYN) !== 0 || sport < dport;
}
