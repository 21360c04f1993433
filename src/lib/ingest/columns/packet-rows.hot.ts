/** Rows of `packets`: one a packet, written straight into the columns. */

import type { PacketView } from '../../model/capture.ts';
import type { ColumnBatch } from '../../model/column-batch.ts';
import { BATCH_ROWS } from '../../model/limits.ts';
import type { BatchSink } from '../../model/sinks.ts';
import { PACKETS } from '../../model/tables.ts';
import { writeNanoseconds, writeWide } from '../../model/wide.hot.ts';

export class PacketRows {
  readonly #sink: BatchSink;
  #batch: ColumnBatch;
  #file: Uint16Array = new Uint16Array(0);
  #n: Uint32Array = new Uint32Array(0);
  #ts: Uint32Array = new Uint32Array(0);
  #connNo: Uint32Array = new Uint32Array(0);
  #offset: Uint32Array = new Uint32Array(0);
  #caplen: Uint32Array = new Uint32Array(0);
  #len: Uint32Array = new Uint32Array(0);
  #linkType: Uint16Array = new Uint16Array(0);
  #flags: Uint8Array = new Uint8Array(0);
  #tcpFlags: Uint8Array = new Uint8Array(0);
  #fault: Uint8Array = new Uint8Array(0);
  rows = 0;

  constructor(sink: BatchSink) {
    this.#sink = sink;
    this.#batch = sink.lease(PACKETS);
    this.#bind();
  }

  #bind(): void {
    const batch = this.#batch;
    this.#file = batch.col('file').u16;
    this.#n = batch.col('n').u32;
    this.#ts = batch.col('ts').u32;
    this.#connNo = batch.col('conn_no').u32;
    this.#offset = batch.col('offset').u32;
    this.#caplen = batch.col('caplen').u32;
    this.#len = batch.col('len').u32;
    this.#linkType = batch.col('link_type').u16;
    this.#flags = batch.col('flags').u8;
    this.#tcpFlags = batch.col('tcp_flags').u8;
    this.#fault = batch.col('fault').u8;
  }

  write(
    view: PacketView,
    file: number,
    sec: number,
    nsec: number,
    connNo: number,
    flags: number,
    tcpFlags: number,
    fault: number,
  ): void {
    const row = this.#batch.rows;
    this.#file[row] = file;
    this.#n[row] = view.n;
    writeNanoseconds(this.#ts, 2 * row, sec, nsec);
    this.#connNo[row] = connNo;
    writeWide(this.#offset, 2 * row, view.fileOffset);
    this.#caplen[row] = view.caplen;
    this.#len[row] = view.len;
    this.#linkType[row] = view.linkType;
    this.#flags[row] = flags;
    this.#tcpFlags[row] = tcpFlags;
    this.#fault[row] = fault;
    this.#batch.rows = row + 1;
    this.rows++;
    if (row + 1 === BATCH_ROWS) this.flush();
  }

  flush(): void {
    if (this.#batch.rows === 0) return;
    this.#sink.submit(this.#batch);
    this.#batch = this.#sink.lease(PACKETS);
    this.#bind();
  }
}
