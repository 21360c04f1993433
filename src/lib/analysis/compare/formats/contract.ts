/** What every snapshot format does: know its own, and read it. */

import type { Socket } from '../../../model/snapshot.ts';

export interface ReadSockets {
  readonly sockets: Socket[];
  /** Lines or records that were not understood. */
  readonly skipped: number;
  /** ISO 8601, where the file says when it was true. */
  readonly time?: string;
  /** Seconds since the epoch, where it speaks of a time and not of an instant. */
  readonly window?: { readonly from: number; readonly to: number };
  readonly addresses?: readonly string[];
  readonly host?: string;
}

export interface SnapshotFormat {
  readonly name: string;
  readonly title: string;
  /** `head` is the beginning of the file: at least its first lines. */
  recognises(head: string): boolean;
  /** Throws FormatFault, one sentence, where the file as a whole cannot be read. */
  read(text: string): ReadSockets;
}

export class FormatFault extends Error {
  override readonly name = 'FormatFault';
}
