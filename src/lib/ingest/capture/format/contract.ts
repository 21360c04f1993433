/** What a capture format is to the rest: a signature and a way to open it. */

import type { CaptureFormat, CaptureReader } from '../../../model/capture.ts';
import type { Block } from '../source/block.ts';

/** A stream that is about to be read as a capture. */
export interface CaptureStream {
  readonly block: Block;
  /** Base name of the file or of the member of an archive. */
  readonly name: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly compression: string;
}

export interface FormatOpener {
  readonly format: CaptureFormat;
  /** Judges by the first bytes of the stream, of which there may be few. */
  matches(head: Uint8Array): boolean;
  /** Throws NotACapture with one sentence where the header is cut short or of a kind that is not supported. */
  open(stream: CaptureStream): Promise<CaptureReader>;
}

/** Bytes at the start of a stream that signatures are looked for in. */
export const HEAD_BYTES = 512;
