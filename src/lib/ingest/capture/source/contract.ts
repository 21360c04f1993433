/** A stream of bytes: a file, a part of one, or what a decompressor makes of another stream. */

import type { FaultCode } from '../../../model/faults.ts';

/** Why a stream ended before its end. */
export interface StreamDamage {
  readonly code: FaultCode;
  /** One sentence for people. */
  readonly detail: string;
}

export interface ByteSource {
  /**
   * Fills `into` from `at` as far as bytes are at hand; answers how many, 0 at the end. Bad data ends the stream and is
   * told by `damage`; only an I/O error rejects.
   */
  read(into: Uint8Array, at: number): Promise<number> | number;
  /** Fills `into` with bytes of the stream from `offset` on, whatever was read; false where it cannot. Absent: the stream cannot go back. */
  reread?(offset: number, into: Uint8Array): boolean;
  /** Bytes of the file on disk used up so far. */
  readonly consumed: number;
  /** Set when the stream has ended early because its data are bad. */
  readonly damage: StreamDamage | undefined;
  close(): Promise<void>;
}
