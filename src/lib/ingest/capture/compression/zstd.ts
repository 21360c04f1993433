/** Zstandard (RFC 8878). Frames and blocks are told apart here, so that each call decodes one block and memory stays small. */

import { Decompress } from 'fzstd';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import { DamagedStream, type Decoder, type Emit, type StreamCompression } from './contract.ts';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** fzstd's longest frame header. */
const DECODER_STARTS_AT = 18;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;
/** Block_Maximum_Size of the format. */
const MAX_BLOCK = 128 * 1024;
/** The decoder moves its whole window for each block: a frame of many tiny blocks behind a huge window is a trap. */
const FREE_MOVES = 2 ** 36;
const MOVES_PER_BYTE = 4096;

export const zstd: StreamCompression = {
  name: 'zstd',
  chunkBytes: 64 * 1024,
  matches: (head) =>
    head.length >= 4 && isFrame(new DataView(head.buffer, head.byteOffset).getUint32(0, true)),
  decoder: (emit) => new ZstdDecoder(emit),
};

const isSkippable = (magic: number): boolean => (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
const isFrame = (magic: number): boolean => magic === FRAME_MAGIC || isSkippable(magic);

/** What the bytes at hand begin with. */
type Expected = 'frame' | 'block' | 'checksum' | 'skippable';

class ZstdDecoder implements Decoder {
  readonly #emit: Emit;
  #pending = new Uint8Array(0);
  #expected: Expected = 'frame';
  #toSkip = 0;
  #decompress = new Decompress();
  #window = 0;
  #hasChecksum = false;
  #moved = 0;
  #produced = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  push(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#pending.length + chunk.length);
    bytes.set(this.#pending);
    bytes.set(chunk, this.#pending.length);
    let at = 0;
    for (;;) {
      const used = this.#step(bytes.subarray(at));
      if (used === 0) break;
      at += used;
    }
    this.#pending = bytes.slice(at);
  }

  end(): void {
    if (this.#pending.length === 0 && this.#expected === 'frame') return;
    throw new DamagedStream('The zstd stream ends in the middle; what came before was read.');
  }

  close(): void {
    this.#pending = new Uint8Array(0);
  }

  /** Consumes the next whole part: how many bytes; 0 where it is not there yet. */
  #step(bytes: Uint8Array): number {
    switch (this.#expected) {
      case 'frame':
        return this.#startFrame(bytes);
      case 'block':
        return this.#block(bytes);
      case 'checksum':
        if (bytes.length < CHECKSUM) return 0;
        this.#expected = 'frame';
        return CHECKSUM;
      case 'skippable': {
        const skipped = Math.min(bytes.length, this.#toSkip);
        this.#toSkip -= skipped;
        if (this.#toSkip === 0) this.#expected = 'frame';
        return skipped;
      }
    }
  }

  #startFrame(bytes: Uint8Array): number {
    if (bytes.length < 8) return 0;
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = data.getUint32(0, true);
    if (isSkippable(magic)) {
      this.#toSkip = data.getUint32(4, true);
      if (this.#toSkip > 0) this.#expected = 'skippable';
      return 8;
    }
    if (magic !== FRAME_MAGIC)
      throw new DamagedStream(
        'The zstd stream is damaged (no frame where one must begin); what came before was read.',
      );
    const header = frameHeader(data);
    if (header === undefined) return 0;
    if (header.windowBytes > CAPTURE_LIMITS.maxZstdWindowBytes) {
      throw new DamagedStream(
        'The zstd stream wants a larger window than is allowed (128 MiB): compress it again with --long=27 or less.',
      );
    }
    this.#window = header.windowBytes;
    this.#hasChecksum = header.hasChecksum;
    this.#decompress = new Decompress((block) => {
      this.#produced += block.length;
      this.#emit(block);
    });
    // Told that there is no checksum, the decoder waits for no bytes after the last block. It starts only at a certain
    // number of bytes, so that empty blocks (three zeros each) are put behind a short header.
    const fill = Math.max(0, Math.ceil((DECODER_STARTS_AT - header.bytes) / BLOCK_HEADER)) * BLOCK_HEADER;
    const told = new Uint8Array(header.bytes + fill);
    told.set(bytes.subarray(0, header.bytes));
    told[4] &= ~0b100;
    this.#decode(told);
    this.#expected = 'block';
    return header.bytes;
  }

  #block(bytes: Uint8Array): number {
    if (bytes.length < BLOCK_HEADER) return 0;
    const header = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > MAX_BLOCK)
      throw new DamagedStream('The zstd stream is damaged (an impossible block); what came before was read.');
    const length = BLOCK_HEADER + (type === 1 ? 1 : size);
    if (bytes.length < length) return 0;
    this.#moved += this.#window;
    if (this.#moved > FREE_MOVES + this.#produced * MOVES_PER_BYTE) {
      throw new DamagedStream(
        'The zstd stream has too many small blocks for its window; what came before was read.',
      );
    }
    this.#decode(bytes.subarray(0, length));
    if (header & 1) this.#expected = this.#hasChecksum ? 'checksum' : 'frame';
    return length;
  }

  #decode(bytes: Uint8Array): void {
    try {
      this.#decompress.push(bytes);
    } catch (error) {
      // Errors of the decoder carry a number, or come from reading past its arrays; those of the caps pass through.
      if (
        error instanceof RangeError ||
        error instanceof TypeError ||
        (error as { code?: unknown }).code !== undefined
      ) {
        throw new DamagedStream(
          `The zstd stream is damaged (${(error as Error).message}); what came before was read.`,
        );
      }
      throw error;
    }
  }
}

interface FrameHeader {
  readonly bytes: number;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
}

/** The frame header at the start of `data`; undefined where it is not whole. */
function frameHeader(data: DataView): FrameHeader | undefined {
  const descriptor = data.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (single ? 1 : 0) : 2 ** sizeFlag;
  const bytes = 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes;
  if (data.byteLength < bytes) return undefined;
  if (dictionaryBytes > 0)
    throw new DamagedStream(
      'The zstd stream needs a dictionary, which is not supported: compress it without one.',
    );
  return {
    bytes,
    windowBytes: single ? contentSize(data, bytes - sizeBytes, sizeBytes) : windowSize(data.getUint8(5)),
    hasChecksum: (descriptor & 4) !== 0,
  };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(data: DataView, at: number, bytes: number): number {
  if (bytes === 1) return data.getUint8(at);
  if (bytes === 2) return data.getUint16(at, true) + 256;
  if (bytes === 4) return data.getUint32(at, true);
  return Number(data.getBigUint64(at, true));
}
