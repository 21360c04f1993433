/** Captures that are still being written by tcpdump or dumpcap on this machine: read as they grow. */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaptureReader, NotACapture } from '../../model/capture.ts';
import { isPcap, maxRecordBytesOf } from './format/pcap-layout.ts';
import { PcapReader } from './format/pcap-records.hot.ts';
import { Block } from './source/block.ts';
import type { ByteSource } from './source/contract.ts';

const FILE_HEADER_BYTES = 24;
const NANOSECONDS = 0xa1b23c4d;
/** How soon what was written is seen. */
const LOOK_MS = 50;

export interface Followed {
  /** The capture's files as far as there are any yet, the oldest first; of a ring they come and go. */
  files(): readonly string[];
  /** The writer has ended: what is there is all. */
  ended(): boolean;
}

/** Bytes of the files one after the other, as they come; of every file but the first the header is left out. */
export class FollowingSource implements ByteSource {
  readonly damage = undefined;
  consumed = 0;
  readonly #followed: Followed;
  #fd: number | undefined;
  #path = '';
  #began = 0;
  #at = 0;
  #first = true;

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    for (;;) {
      // Asked before the last look at the file: what was written up to then is seen.
      const ended = this.#followed.ended();
      const next = this.#next();
      const got = this.#take(into, at);
      if (got > 0) return got;
      if (next !== undefined) this.#open(next);
      else if (ended) return 0;
      else await sleep(LOOK_MS);
    }
  }

  close(): Promise<void> {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    return Promise.resolve();
  }

  /** The file after the one that is read, where the writer has gone on to one. */
  #next(): string | undefined {
    const files = this.#followed.files().filter((path) => statSync(path, { throwIfNoEntry: false }));
    if (this.#fd === undefined) return files[0];
    const here = files.indexOf(this.#path);
    // Overtaken: the ring has begun this file anew, or removed it.
    if (here < 0 || fstatSync(this.#fd).size < this.#at) return files[0];
    return files[here + 1];
  }

  #open(path: string): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = openSync(path, 'r');
    this.#path = path;
    this.#at = this.#first ? 0 : FILE_HEADER_BYTES;
    this.#began = this.consumed;
    this.#first = false;
  }

  #take(into: Uint8Array, at: number): number {
    if (this.#fd === undefined || at >= into.length) return 0;
    const got = readSync(this.#fd, into, at, into.length - at, this.#at);
    this.#at += got;
    this.consumed = this.#began + this.#at;
    return got;
  }
}

/** Opens what is being captured once its header is there. Rejects with NotACapture where the writer ended before that. */
export async function followCapture(followed: Followed): Promise<CaptureReader> {
  const source = new FollowingSource(followed);
  const block = new Block(source);
  const name = basename(followed.files()[0] ?? 'capture.pcap');
  if (!(await block.fill(FILE_HEADER_BYTES)) || !isPcap(block.bytes.subarray(0, FILE_HEADER_BYTES))) {
    await source.close();
    throw new NotACapture(`${name} holds no packets: its writer ended before it wrote any.`);
  }
  const { data } = block;
  const little = data.getUint32(0, true) >>> 16 === 0xa1b2;
  const linkType = data.getUint32(20, little) & 0xffff;
  block.pos = FILE_HEADER_BYTES;
  return new PcapReader(
    { block, name, size: 0, compression: 'none' },
    {
      // libpcap writes one layout, whatever the machine's byte order.
      littleEndian: little,
      tick: data.getUint32(0, little) === NANOSECONDS ? 1 : 1000,
      fileHeaderBytes: FILE_HEADER_BYTES,
      recordHeaderBytes: 16,
      lengths: 'captured-first',
      linkType,
      snaplen: data.getUint32(16, little),
      fcsLen: 0,
      padding: 0,
      maxRecordBytes: maxRecordBytesOf(linkType),
    },
  );
}
