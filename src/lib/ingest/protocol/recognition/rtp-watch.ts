/** RTP has no magic (RFC 3550 §5.1): it is taken for RTP where datagrams in a row carry the same source and counting numbers. */

import type { Dir } from '../contract.ts';
import { u16, u32, u8 } from './bytes.ts';

/** Datagrams in a row of one direction. */
const ENOUGH = 3;
const MAX_STEP = 3;
/** RFC 3551 §6 and the dynamic range; 72–76 would be RTCP. */
const isPayloadType = (type: number): boolean => type <= 34 || type >= 96;

interface Last {
  readonly source: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly type: number;
  readonly run: number;
}

export class RtpWatch {
  readonly #last: [Last | undefined, Last | undefined] = [undefined, undefined];

  /** True once the datagrams of this direction are RTP. */
  see(bytes: Uint8Array, dir: Dir): boolean {
    const type = u8(bytes, 1) & 0x7f;
    if (u8(bytes, 0) >> 6 !== 2 || bytes.length < 13 || !isPayloadType(type)) return false;
    const csrc = u8(bytes, 0) & 15;
    if (12 + 4 * csrc > bytes.length || u32(bytes, 8) === 0) return false;
    const sequence = u16(bytes, 2);
    const source = u32(bytes, 8);
    const timestamp = u32(bytes, 4);
    const before = this.#last[dir];
    const step = before ? (sequence - before.sequence) & 0xff_ff : 0;
    const follows = before !== undefined && before.source === source && step >= 1 && step <= MAX_STEP;
    const run = follows ? before.run + 1 : 1;
    this.#last[dir] = { source, sequence, timestamp, type, run };
    return run >= ENOUGH;
  }
}
