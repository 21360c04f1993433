/** What a compression is to the rest: a signature and a decoder. */

/** Takes decompressed bytes; throws where the caps forbid more. */
export type Emit = (bytes: Uint8Array) => void;

/** The compressed data are bad. The message is one sentence for people. */
export class DamagedStream extends Error {
  override readonly name = 'DamagedStream';
}

export interface Decoder {
  /** Decompresses one chunk, all of it, handing on what comes out. Rejects with DamagedStream. */
  push(chunk: Uint8Array): Promise<void> | void;
  /** No more chunks. Rejects with DamagedStream where the stream is not at its end. */
  end(): Promise<void> | void;
  close(): void;
}

export interface StreamCompression {
  readonly name: string;
  matches(head: Uint8Array): boolean;
  /** Compressed bytes handed over at a time: few enough that what they may swell to can be held. */
  readonly chunkBytes: number;
  decoder(emit: Emit): Decoder;
}
