/** The bytes that a decoder makes of another stream, chunk by chunk. */

import { FAULT } from '../../../model/faults.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { ByteSource, StreamDamage } from '../source/contract.ts';
import { DamagedStream, type Decoder, type StreamCompression } from './contract.ts';

class InflationCap extends Error {
  override readonly name = 'InflationCap';
}

export class InflatingSource implements ByteSource {
  readonly #inner: ByteSource;
  readonly #decoder: Decoder;
  readonly #chunk: Uint8Array;
  /** Decompressed and not yet asked for. */
  readonly #ready: Uint8Array[] = [];
  #used = 0;
  #produced = 0;
  #ended = false;
  #damage: StreamDamage | undefined;

  constructor(inner: ByteSource, compression: StreamCompression) {
    this.#inner = inner;
    this.#chunk = new Uint8Array(compression.chunkBytes);
    this.#decoder = compression.decoder((bytes) => this.#take(bytes));
  }

  get consumed(): number {
    return this.#inner.consumed;
  }

  get damage(): StreamDamage | undefined {
    return this.#inner.damage ?? this.#damage;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.#ready.length === 0 && !this.#ended) await this.#advance();
    return this.#hand(into, at);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#decoder.close();
    await this.#inner.close();
  }

  #hand(into: Uint8Array, at: number): number {
    let done = 0;
    while (this.#ready.length > 0 && at + done < into.length) {
      const first = this.#ready[0];
      const part = first.subarray(this.#used, this.#used + into.length - at - done);
      into.set(part, at + done);
      done += part.length;
      this.#used += part.length;
      if (this.#used < first.length) break;
      this.#ready.shift();
      this.#used = 0;
    }
    return done;
  }

  async #advance(): Promise<void> {
    const reading = this.#inner.read(this.#chunk, 0);
    const got = typeof reading === 'number' ? reading : await reading;
    try {
      if (got > 0) {
        await this.#decoder.push(this.#chunk.slice(0, got));
        return;
      }
      this.#ended = true;
      await this.#decoder.end();
    } catch (error) {
      this.#ended = true;
      this.#damage = damageOf(error);
    }
  }

  /** The cap is on the ratio to the bytes on disk, so that nested compression cannot multiply it. */
  #take(bytes: Uint8Array): void {
    this.#produced += bytes.length;
    const cap = Math.max(CAPTURE_LIMITS.minInflationBytes, this.consumed * CAPTURE_LIMITS.maxInflationRatio);
    if (this.#produced > cap) throw new InflationCap();
    if (bytes.length > 0) this.#ready.push(bytes);
  }
}

function damageOf(error: unknown): StreamDamage {
  if (error instanceof InflationCap) {
    return {
      code: FAULT.inflation_cap,
      detail: `Decompression stopped: the data swell to more than ${CAPTURE_LIMITS.maxInflationRatio} times their size on disk.`,
    };
  }
  if (error instanceof DamagedStream) return { code: FAULT.bad_compressed_data, detail: error.message };
  throw error;
}
