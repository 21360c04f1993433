/** Which TCP connections have their bytes put together: with no SYN, and of one side alone, as the settings say. */

import { C, C_U32, C_U8, E, E_F64 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';
import { SEEN } from './history.hot.ts';

/** As `PipelineOptions`. */
export interface FollowedTcp {
  readonly midstream: boolean;
  readonly async: boolean;
}

const SYN_ACK = 18;
/** The originator's bits of `historySeen`; the responder's are 16 higher. */
const BEGAN = SEEN.syn | SEEN.multiFlag;

/**
 * Whether a TCP connection has shown no SYN of its originator so far. One that begins with the SYN-ACK is not always partial (Zeek),
 * but Suricata takes it for midstream too.
 */
export const isMidstream = ({ cU8, cU32 }: FlowStore, slot: number): boolean =>
  cU8[slot * C_U8 + C.partial] === 1 || (cU32[slot * C_U32 + C.historySeen] & BEGAN) === 0;

/** Whether what is said in it now is followed. A SYN-ACK begins a connection whose other side was not captured (Suricata's async-oneside). */
export function isFollowed(s: FlowStore, slot: number, { midstream, async }: FollowedTcp): boolean {
  if (isMidstream(s, slot))
    return midstream || (async && (s.cU8[slot * C_U8 + C.firstFlags] & SYN_ACK) === SYN_ACK);
  // A SYN may carry data that nobody could have answered yet.
  return async || s.eF64[(2 * slot + 1) * E_F64 + E.pkts] > 0 || s.eF64[2 * slot * E_F64 + E.pkts] <= 1;
}
