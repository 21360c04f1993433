/** xz (LZMA2), several streams in a row included. */

import { createRequire } from 'node:module';
import type { XzReadableStream } from 'xz-decompress';
import { DamagedStream, type Decoder, type Emit, type StreamCompression } from './contract.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
/** End of one stream directly followed by the start of the next: `YZ` and the magic. */
const SEAM = Buffer.from([0x59, 0x5a, ...MAGIC]);

export const xz: StreamCompression = {
  name: 'xz',
  // LZMA2 swells up to 7,000 times; the decoder itself hands on 64 KB at a time and waits.
  chunkBytes: 16 * 1024,
  matches: (head) => MAGIC.every((byte, i) => head[i] === byte),
  decoder: (emit) => new XzDecoder(emit),
};

type XzStreamClass = new (compressed: ReadableStream<Uint8Array>) => XzReadableStream;

/**
 * A copy of the module for each stream: within one copy a second stream waits until the first is read to its end, and two
 * captures that are merged by time would wait for each other for ever.
 */
function ownStreamClass(): XzStreamClass {
  const require = createRequire(import.meta.url);
  const path = require.resolve('xz-decompress');
  delete require.cache[path];
  const module = require(path) as { XzReadableStream: XzStreamClass };
  delete require.cache[path];
  return module.XzReadableStream;
}

class XzDecoder implements Decoder {
  readonly #emit: Emit;
  #stream: OneStream;
  /** The last bytes are held back until it is known that no seam begins in them. */
  #held = Buffer.alloc(0);

  constructor(emit: Emit) {
    this.#emit = emit;
    this.#stream = new OneStream(emit);
  }

  async push(chunk: Uint8Array): Promise<void> {
    let bytes = Buffer.concat([this.#held, chunk]);
    for (let seam = bytes.indexOf(SEAM); seam >= 0; seam = bytes.indexOf(SEAM)) {
      await this.#stream.push(bytes.subarray(0, seam + 2));
      await this.#stream.end();
      this.#stream = new OneStream(this.#emit);
      bytes = bytes.subarray(seam + 2);
    }
    const sure = Math.max(0, bytes.length - SEAM.length + 1);
    await this.#stream.push(bytes.subarray(0, sure));
    this.#held = Buffer.from(bytes.subarray(sure));
  }

  async end(): Promise<void> {
    await this.#stream.push(this.#held);
    await this.#stream.end();
  }

  close(): void {
    this.#stream.close();
  }
}

/** One xz stream through the library, which pulls its input where we push. */
class OneStream {
  readonly #emit: Emit;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #input: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Called when the library wants more input than it has been given. */
  #hungry: () => void = () => undefined;
  #isHungry = false;
  #finished = false;
  readonly #run: Promise<void>;
  #failure: Error | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
    const compressed = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        pull: () => {
          this.#isHungry = true;
          this.#hungry();
        },
      },
      { highWaterMark: 0 },
    );
    this.#reader = new (ownStreamClass())(compressed).getReader();
    this.#run = this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#emit(value);
      }
    } catch (error) {
      this.#failure = sentenceOf(error as Error);
    }
    this.#finished = true;
    this.#hungry();
  }

  /** Resolves when all of `bytes` has been decompressed, as far as the library goes without more. */
  async push(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0 && !this.#finished) {
      await this.#wait();
      if (!this.#finished) {
        this.#isHungry = false;
        this.#input?.enqueue(bytes);
        await this.#wait();
      }
    }
    if (this.#failure) throw this.#failure;
  }

  async end(): Promise<void> {
    if (!this.#finished) {
      await this.#wait();
      if (!this.#finished) this.#input?.close();
    }
    await this.#run;
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    if (!this.#finished) void this.#reader.cancel().catch(() => undefined);
  }

  #wait(): Promise<void> {
    if (this.#isHungry || this.#finished) return Promise.resolve();
    return new Promise((resolve) => {
      this.#hungry = resolve;
    });
  }
}

/** The library throws plain errors for bad data, a TypeError where the input ends too early; the caps' own pass through. */
function sentenceOf(error: Error): Error {
  const fromLibrary =
    error.message.startsWith('get_next_output failed') ||
    error instanceof TypeError ||
    error.name === 'RuntimeError';
  if (!fromLibrary) return error;
  return new DamagedStream('The xz stream is damaged or ends in the middle; what came before was read.');
}
