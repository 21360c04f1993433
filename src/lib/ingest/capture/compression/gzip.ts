/** gzip (RFC 1952), several members in a row included, and bare deflate (RFC 1951) for members of zip archives. */

import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import { DamagedStream, type Decoder, type Emit, type StreamCompression } from './contract.ts';

const OUTPUT_BYTES = 128 * 1024;
/** Deflate swells at most about 1,000 times: 16 MB are under way at most. */
const CHUNK_BYTES = 16 * 1024;

export const gzip: StreamCompression = {
  name: 'gzip',
  chunkBytes: CHUNK_BYTES,
  matches: (head) => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8,
  decoder: (emit) => new ZlibDecoder(createGunzip({ chunkSize: OUTPUT_BYTES }), emit, 'gzip'),
};

export const deflate: StreamCompression = {
  name: 'deflate',
  chunkBytes: CHUNK_BYTES,
  matches: () => false,
  decoder: (emit) => new ZlibDecoder(createInflateRaw({ chunkSize: OUTPUT_BYTES }), emit, 'deflate'),
};

class ZlibDecoder implements Decoder {
  readonly #stream: Gunzip | InflateRaw;
  readonly #name: string;
  #failure: Error | undefined;
  /** Whoever waits for the chunk under way. */
  #settle: () => void = () => undefined;
  #ended = false;

  constructor(stream: Gunzip | InflateRaw, emit: Emit, name: string) {
    this.#stream = stream;
    this.#name = name;
    stream.on('data', (bytes: Buffer) => {
      try {
        if (this.#failure === undefined) emit(bytes);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(new DamagedStream(this.#sentence(error)));
    });
    stream.on('end', () => {
      this.#ended = true;
      this.#settle();
    });
  }

  push(chunk: Uint8Array): Promise<void> {
    // What follows the end of the stream (padding, a signature) is no part of it.
    if (this.#ended) return Promise.resolve();
    return this.#until((done) => this.#stream.write(chunk, done));
  }

  end(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return this.#until(() => this.#stream.end());
  }

  close(): void {
    this.#stream.destroy();
  }

  /** Resolves when the step calls back, or the stream ends; rejects when it fails. */
  #until(step: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = () => (this.#failure ? reject(this.#failure) : resolve());
      if (this.#failure) this.#settle();
      else step(this.#settle);
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle();
  }

  #sentence(error: NodeJS.ErrnoException): string {
    if (error.code === 'Z_BUF_ERROR')
      return `The ${this.#name} stream ends in the middle; what came before was read.`;
    return `The ${this.#name} stream is damaged (${error.message}); what came before was read.`;
  }
}
