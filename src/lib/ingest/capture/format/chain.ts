/**
 * A capture is a chain of records: where one ends the next begins. This is what all formats share: refilling the block
 * between records, the end of the file, and finding the chain again after a place where it breaks.
 */

import type { CaptureInfo, CaptureInterface, CaptureReader, PacketView } from '../../../model/capture.ts';
import { FAULT, type CaptureFault, type FaultCode } from '../../../model/faults.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { Block } from '../source/block.ts';
import type { CaptureStream } from './contract.ts';
import { FaultLog } from './fault-log.ts';

/** Sound records lie this close, in seconds, to others of the file: a month. */
const NEAR_S = 31 * 86_400;

/** `soundLength` needs bytes that are not in the block yet. */
export const MORE = -1;

export abstract class ChainReader implements CaptureReader {
  readonly info: CaptureInfo;
  protected readonly block: Block;
  protected readonly log = new FaultLog();
  /** Bytes that must lie in the block before `next` can go on. */
  protected need = 0;
  /** Number of the last packet. */
  protected n = 0;
  /** Times of the first and the last packet; -1 before there is one. */
  protected firstSec = -1;
  protected lastSec = -1;
  /** Set at the first break of the chain: all that comes later is recovered. */
  protected recovering = false;
  /** Why the chain broke at `block.pos`; none while it holds. */
  protected broken: FaultCode = FAULT.none;
  protected brokenDetail = '';
  #done = false;
  #stopped = false;

  constructor(
    stream: CaptureStream,
    facts: Pick<CaptureInfo, 'format' | 'byteOrder' | 'snaplen'> & { interfaces: CaptureInterface[] },
  ) {
    this.block = stream.block;
    this.info = {
      name: stream.name,
      size: stream.size,
      compression: stream.compression,
      linkTypes: [...new Set(facts.interfaces.map((one) => one.linkType))],
      packets: 0,
      recoveredPackets: 0,
      cutShort: false,
      bytesRead: 0,
      comments: [],
      names: [],
      secrets: [],
      ...facts,
    };
  }

  abstract next(view: PacketView): boolean;

  /**
   * Length of the record at `at` where it looks like one that the format's writers make, judged more strictly than `next`
   * does; 0 where it does not; MORE where its header reaches past the block.
   */
  protected abstract soundLength(at: number): number;

  /**
   * Whether a packet of this time could be of this file. The last packet's time alone would not do: behind a break it may
   * be rubbish itself.
   */
  protected isNear(sec: number): boolean {
    if (this.firstSec < 0) return sec !== 0;
    return Math.abs(sec - this.lastSec) <= NEAR_S || Math.abs(sec - this.firstSec) <= NEAR_S;
  }

  get faults(): readonly CaptureFault[] {
    return this.log.list;
  }

  reread(offset: number, into: Uint8Array): boolean {
    return this.block.source.reread?.(offset, into) ?? false;
  }

  get consumed(): number {
    return this.block.source.consumed;
  }

  /** There are no more packets, whatever bytes follow. */
  protected stop(): void {
    this.#stopped = true;
  }

  close(): Promise<void> {
    this.#done = true;
    return this.block.source.close();
  }

  async refill(): Promise<boolean> {
    while (!this.#done && !this.#stopped) {
      if (this.broken !== FAULT.none && !(await this.#resynchronise())) break;
      if (await this.block.fill(this.need)) {
        this.info.bytesRead = this.block.offset;
        return true;
      }
      if (!(await this.#atEnd())) break;
    }
    this.#finish();
    return false;
  }

  /** A record that the format's rules forbid: the search begins with the next refill. */
  protected breakChain(code: FaultCode, detail: string): false {
    this.broken = code;
    this.brokenDetail = detail;
    return false;
  }

  /**
   * The stream ended inside a record. Either the file was cut there, or the record's length is wrong and sound records
   * follow inside what it claims.
   */
  async #atEnd(): Promise<boolean> {
    const { block } = this;
    if (block.available === 0) return false;
    const start = block.offset;
    if (block.available > 1 && (await this.#search())) {
      this.log.add(
        FAULT.bad_record_length,
        start,
        block.offset - start,
        'A record claims more bytes than the file has; sound records were found behind its header.',
      );
      this.recovering = true;
      return true;
    }
    this.info.cutShort = true;
    if (block.source.damage === undefined) {
      this.log.add(FAULT.cut_short, start, block.base + block.end - start, 'The file ends inside a record.');
    }
    return false;
  }

  async #resynchronise(): Promise<boolean> {
    const start = this.block.offset;
    const found = await this.#search();
    const skipped = found ? this.block.offset - start : this.#rest(start);
    this.log.add(this.broken, start, skipped, this.brokenDetail);
    this.broken = FAULT.none;
    this.recovering = true;
    return found;
  }

  /** Bytes from `start` to the end: of a plain file by its size, else as far as was read. */
  #rest(start: number): number {
    const end = this.block.base + this.block.end;
    return (this.info.compression === 'none' ? Math.max(this.info.size, end) : end) - start;
  }

  /** Moves `block.pos` to the next place behind it where sound records begin; leaves it where it is if there is none. */
  async #search(): Promise<boolean> {
    const { block } = this;
    const last = block.offset + CAPTURE_LIMITS.resyncWindowBytes;
    this.need = 1;
    let at = block.pos + 1;
    while (block.base + at < last) {
      const verdict = at < block.end ? this.#chainFrom(at) : MORE;
      if (verdict > 0) {
        block.pos = at;
        return true;
      }
      if (verdict === 0) {
        at++;
        continue;
      }
      if (block.ended) return false;
      const wanted = block.end - at + CAPTURE_LIMITS.blockBytes;
      block.pos = at;
      await block.fill(wanted);
      at = block.pos;
    }
    return false;
  }

  /** Whether sound records in a row begin at `at`: 1 yes, 0 no, MORE when the block ends too early to tell. */
  #chainFrom(at: number): number {
    const { block } = this;
    let record = at;
    for (let count = 0; count < CAPTURE_LIMITS.resyncRecords; count++) {
      if (record === block.end && block.ended) return count > 0 ? 1 : 0;
      const length = this.soundLength(record);
      if (length === 0) return 0;
      if (length === MORE || record + length > block.end) {
        if (!block.ended) return MORE;
        return count >= CAPTURE_LIMITS.resyncRecords - 1 ? 1 : 0;
      }
      record += length;
    }
    return 1;
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    const { block } = this;
    this.info.bytesRead = block.base + block.end;
    const { damage } = block.source;
    if (damage !== undefined) this.log.add(damage.code, block.base + block.end, 0, damage.detail);
  }
}
