/**
 * Rows of one table, column by column, in DuckDB's own vector layout: the form in which every stage hands rows on, be it to
 * the loader (one memcpy a column), to NDJSON, or to another thread (in shared memory).
 *
 * Hot code takes the typed arrays of a column once a batch and writes to them; everything else uses `set`.
 */

import {
  type BatchHeap,
  type CellValue,
  type ColumnData,
  grown,
  readCell,
  SETTERS,
  textBytesOf,
} from './column-cells.ts';
import { BATCH_ROWS } from './limits.ts';
import type { Column, Table } from './tables.ts';

export { reserveHeap, TEXT_INLINE, TEXT_SLOT } from './column-cells.ts';
export type { BatchHeap, CellValue, ColumnData } from './column-cells.ts';

const VALIDITY_BYTES = BATCH_ROWS / 8;

const elementBytes = (column: Column): number => {
  switch (column.kind) {
    case 'bool':
    case 'u8':
    case 'enum':
      return 1;
    case 'u16':
      return 2;
    case 'u32':
      return 4;
    case 'u64':
    case 'time':
    case 'span':
    case 'mac':
    case 'f64':
    case 'u16[]':
    case 'text[]':
      return 8;
    case 'addr':
    case 'text':
      return 16;
  }
};

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

export const batchBytes = (table: Table): number =>
  table.columns.reduce(
    (sum, c) => sum + aligned(elementBytes(c) * BATCH_ROWS) + (c.nullable ? VALIDITY_BYTES : 0),
    0,
  );

/** What crosses to another thread: a copy, or the batch itself where its memory is shared. */
export interface PackedBatch {
  readonly table: string;
  readonly rows: number;
  readonly buffer: ArrayBufferLike;
  readonly heap: BatchHeap;
}

const emptyHeap = (memory: (bytes: number) => ArrayBufferLike): BatchHeap => ({
  bytes: new Uint8Array(memory(4096)),
  used: 0,
  u16: new Uint16Array(memory(512)),
  u16Used: 0,
  items: new Uint32Array(memory(1024)),
  itemsUsed: 0,
});

export class ColumnBatch {
  readonly table: Table;
  readonly columns: readonly ColumnData[];
  readonly buffer: ArrayBufferLike;
  readonly heap: BatchHeap;
  rows = 0;

  constructor(table: Table, buffer: ArrayBufferLike = new ArrayBuffer(batchBytes(table)), heap?: BatchHeap) {
    if (buffer.byteLength !== batchBytes(table))
      throw new Error(`A batch of ${table.name} needs ${batchBytes(table)} bytes, not ${buffer.byteLength}.`);
    this.table = table;
    this.buffer = buffer;
    this.heap = heap ?? emptyHeap((bytes) => new ArrayBuffer(bytes));
    let at = 0;
    this.columns = table.columns.map((column) => {
      const bytes = elementBytes(column) * BATCH_ROWS;
      const u8 = new Uint8Array(buffer, at, bytes);
      const u16 = new Uint16Array(buffer, at, bytes >> 1);
      const u32 = new Uint32Array(buffer, at, bytes >> 2);
      const f64 = new Float64Array(buffer, at, bytes >> 3);
      const u64 = new BigUint64Array(buffer, at, bytes >> 3);
      at += aligned(bytes);
      const valid = column.nullable ? new Uint8Array(buffer, at, VALIDITY_BYTES) : undefined;
      if (valid) at += VALIDITY_BYTES;
      return { column, u8, u16, u32, f64, u64, valid };
    });
  }

  /** A batch whose memory several threads may have at once. */
  static shared(table: Table): ColumnBatch {
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    return new ColumnBatch(table, shared(batchBytes(table)), emptyHeap(shared));
  }

  get full(): boolean {
    return this.rows === BATCH_ROWS;
  }

  /** Makes the batch empty again; every nullable value is NULL until set. */
  clear(): void {
    this.rows = 0;
    this.heap.used = 0;
    this.heap.u16Used = 0;
    this.heap.itemsUsed = 0;
    for (const c of this.columns) c.valid?.fill(0);
  }

  index(name: string): number {
    const at = this.table.columns.findIndex((c) => c.name === name);
    if (at < 0) throw new Error(`Table ${this.table.name} has no column ${name}.`);
    return at;
  }

  col(name: string): ColumnData {
    return this.columns[this.index(name)];
  }

  pack(): PackedBatch {
    return { table: this.table.name, rows: this.rows, buffer: this.buffer, heap: this.heap };
  }

  static unpack(table: Table, packed: PackedBatch): ColumnBatch {
    const batch = new ColumnBatch(table, packed.buffer, packed.heap);
    batch.rows = packed.rows;
    return batch;
  }

  /** Becomes a copy of another batch of its table; what that one has no rows for is not touched. */
  copy(from: ColumnBatch): void {
    const { rows, heap } = from;
    this.rows = rows;
    this.columns.forEach(({ column, u8, valid }, c) => {
      const source = from.columns[c];
      const bytes = rows * (column.kind === 'addr' ? 8 : elementBytes(column));
      u8.set(source.u8.subarray(0, bytes));
      if (column.kind === 'addr')
        u8.set(source.u8.subarray(8 * BATCH_ROWS, 8 * BATCH_ROWS + bytes), 8 * BATCH_ROWS);
      if (source.valid) valid?.set(source.valid);
    });
    const own = this.heap;
    while (own.bytes.length < heap.used) own.bytes = grown(own.bytes);
    while (own.u16.length < heap.u16Used) own.u16 = grown(own.u16);
    while (own.items.length < heap.itemsUsed) own.items = grown(own.items);
    own.bytes.set(heap.bytes.subarray(0, heap.used));
    own.u16.set(heap.u16.subarray(0, heap.u16Used));
    own.items.set(heap.items.subarray(0, heap.itemsUsed));
    own.used = heap.used;
    own.u16Used = heap.u16Used;
    own.itemsUsed = heap.itemsUsed;
  }

  /**
   * Sets one value. Shapes by kind: bool boolean; u8, u16, u32, f64, u64, mac number (safe integer) or bigint; time and span
   * bigint of nanoseconds; addr [hi, lo] bigints; enum the word or its index; text string or bytes; lists arrays.
   * undefined and null are NULL.
   */
  set(c: number, row: number, value: CellValue): void {
    const data = this.columns[c];
    if (value === undefined || value === null) {
      if (!data.valid) throw new Error(`${this.table.name}.${data.column.name} cannot be NULL.`);
      data.valid[row >> 3] = data.valid[row >> 3] & ~(1 << (row & 7));
      return;
    }
    if (data.valid) data.valid[row >> 3] = data.valid[row >> 3] | (1 << (row & 7));
    SETTERS[data.column.kind](this, data, row, value);
  }

  isNull(c: number, row: number): boolean {
    const { valid } = this.columns[c];
    return valid !== undefined && (valid[row >> 3] & (1 << (row & 7))) === 0;
  }

  /** The bytes of a text cell: a view, valid until the batch is cleared. */
  textBytes(c: number, row: number): Uint8Array {
    return textBytesOf(this.heap, this.columns[c], row);
  }

  /** The value of a cell in the shapes that `set` takes: 64-bit values as bigint, enums as words, null for NULL. */
  get(c: number, row: number): CellValue {
    return this.isNull(c, row) ? null : readCell(this.heap, this.columns[c], row);
  }
}
