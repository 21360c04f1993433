/**
 * Rows of one table, column by column, in DuckDB's own vector layout: the form in which every stage hands rows on, be it to
 * the loader (one memcpy a column), to NDJSON, or to another thread (the buffers are transferable).
 *
 * Hot code takes the typed arrays of a column once a batch and writes to them; everything else uses `set`.
 */

import { BATCH_ROWS } from './limits.ts';
import type { Column, Table } from './tables.ts';

/** Bytes of DuckDB's string slot: length, then twelve bytes inline, or four of prefix and a pointer. */
export const TEXT_SLOT = 16;
export const TEXT_INLINE = 12;

const VALIDITY_BYTES = BATCH_ROWS / 8;

/** One column of a batch. Which arrays there are depends on the kind (see `ColumnKind`). */
export interface ColumnData {
  readonly column: Column;
  /** bool, u8, enum of up to 256 values; text: the slots; */
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  /** u32; u64, time, span, mac: low and high word of row r at 2r, 2r+1; addr: the high halves, then (from 2 × BATCH_ROWS) the low ones. */
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  /** Bit r set: row r has a value. Absent for columns that are never NULL. */
  readonly valid: Uint8Array | undefined;
}

/** Text longer than a slot, and the elements of lists. */
export interface BatchHeap {
  bytes: Uint8Array;
  used: number;
  /** Elements of u16[] lists: all lists of all such columns, one after the other. */
  u16: Uint16Array;
  u16Used: number;
  /** Elements of text[] lists as (offset, length) pairs into `bytes`. */
  items: Uint32Array;
  itemsUsed: number;
}

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

const utf8 = new TextEncoder();
const latin = new TextDecoder();

/** What crosses to another thread: post it with `transfer`. */
export interface PackedBatch {
  readonly table: string;
  readonly rows: number;
  readonly buffer: ArrayBuffer;
  readonly heap: BatchHeap;
}

export class ColumnBatch {
  readonly table: Table;
  readonly columns: readonly ColumnData[];
  readonly buffer: ArrayBuffer;
  readonly heap: BatchHeap;
  rows = 0;

  constructor(table: Table, buffer: ArrayBuffer = new ArrayBuffer(batchBytes(table)), heap?: BatchHeap) {
    if (buffer.byteLength !== batchBytes(table))
      throw new Error(`A batch of ${table.name} needs ${batchBytes(table)} bytes, not ${buffer.byteLength}.`);
    this.table = table;
    this.buffer = buffer;
    this.heap = heap ?? {
      bytes: new Uint8Array(4096),
      used: 0,
      u16: new Uint16Array(256),
      u16Used: 0,
      items: new Uint32Array(256),
      itemsUsed: 0,
    };
    let at = 0;
    this.columns = table.columns.map((column) => {
      const bytes = elementBytes(column) * BATCH_ROWS;
      const u8 = new Uint8Array(buffer, at, bytes);
      const u16 = new Uint16Array(buffer, at, bytes >> 1);
      const u32 = new Uint32Array(buffer, at, bytes >> 2);
      const f64 = new Float64Array(buffer, at, bytes >> 3);
      at += aligned(bytes);
      const valid = column.nullable ? new Uint8Array(buffer, at, VALIDITY_BYTES) : undefined;
      if (valid) at += VALIDITY_BYTES;
      return { column, u8, u16, u32, f64, valid };
    });
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

  static transferOf(packed: PackedBatch): ArrayBuffer[] {
    return [
      packed.buffer,
      packed.heap.bytes.buffer as ArrayBuffer,
      packed.heap.u16.buffer as ArrayBuffer,
      packed.heap.items.buffer as ArrayBuffer,
    ];
  }

  static unpack(table: Table, packed: PackedBatch): ColumnBatch {
    const batch = new ColumnBatch(table, packed.buffer, packed.heap);
    batch.rows = packed.rows;
    return batch;
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
    switch (data.column.kind) {
      case 'bool':
        data.u8[row] = value ? 1 : 0;
        return;
      case 'u8':
        data.u8[row] = Number(value);
        return;
      case 'u16':
        data.u16[row] = Number(value);
        return;
      case 'u32':
        data.u32[row] = Number(value);
        return;
      case 'f64':
        data.f64[row] = Number(value);
        return;
      case 'u64':
      case 'mac':
      case 'time':
      case 'span': {
        const wide = BigInt(value as bigint | number);
        data.u32[2 * row] = Number(BigInt.asUintN(32, wide));
        data.u32[2 * row + 1] = Number(BigInt.asUintN(32, wide >> 32n));
        return;
      }
      case 'addr': {
        const [hi, lo] = value as readonly [bigint, bigint];
        data.u32[2 * row] = Number(BigInt.asUintN(32, hi));
        data.u32[2 * row + 1] = Number(BigInt.asUintN(32, hi >> 32n));
        data.u32[2 * BATCH_ROWS + 2 * row] = Number(BigInt.asUintN(32, lo));
        data.u32[2 * BATCH_ROWS + 2 * row + 1] = Number(BigInt.asUintN(32, lo >> 32n));
        return;
      }
      case 'enum': {
        const code = typeof value === 'number' ? value : (data.column.values ?? []).indexOf(String(value));
        if (code < 0)
          throw new Error(`${this.table.name}.${data.column.name} has no value ${String(value)}.`);
        data.u8[row] = code;
        return;
      }
      case 'text':
        this.#text(data, row, typeof value === 'string' ? utf8.encode(value) : (value as Uint8Array));
        return;
      case 'u16[]':
        this.#numbers(data, row, value as readonly number[]);
        return;
      case 'text[]':
        this.#items(data, row, value as readonly string[]);
        return;
    }
  }

  /** Writes UTF-8 bytes as text of a row: inline where they fit a slot, else length and heap offset. */
  #text(data: ColumnData, row: number, bytes: Uint8Array): void {
    data.u32[4 * row] = bytes.length;
    data.u32[4 * row + 1] = 0;
    data.u32[4 * row + 2] = 0;
    data.u32[4 * row + 3] = 0;
    if (bytes.length <= TEXT_INLINE) data.u8.set(bytes, TEXT_SLOT * row + 4);
    else data.u32[4 * row + 2] = this.#keep(bytes);
  }

  #keep(bytes: Uint8Array): number {
    const at = reserveHeap(this.heap, bytes.length);
    this.heap.bytes.set(bytes, at);
    return at;
  }

  #numbers(data: ColumnData, row: number, values: readonly number[]): void {
    const { heap } = this;
    while (heap.u16Used + values.length > heap.u16.length) heap.u16 = grown(heap.u16);
    data.u32[2 * row] = heap.u16Used;
    data.u32[2 * row + 1] = values.length;
    for (const value of values) heap.u16[heap.u16Used++] = value;
  }

  #items(data: ColumnData, row: number, values: readonly string[]): void {
    const { heap } = this;
    while (heap.itemsUsed + 2 * values.length > heap.items.length) heap.items = grown(heap.items);
    data.u32[2 * row] = heap.itemsUsed;
    data.u32[2 * row + 1] = values.length;
    for (const value of values) {
      const bytes = utf8.encode(value);
      heap.items[heap.itemsUsed++] = this.#keep(bytes);
      heap.items[heap.itemsUsed++] = bytes.length;
    }
  }

  isNull(c: number, row: number): boolean {
    const { valid } = this.columns[c];
    return valid !== undefined && (valid[row >> 3] & (1 << (row & 7))) === 0;
  }

  /** The bytes of a text cell: a view, valid until the batch is cleared. */
  textBytes(c: number, row: number): Uint8Array {
    const { u8, u32 } = this.columns[c];
    const length = u32[4 * row];
    if (length <= TEXT_INLINE) return u8.subarray(TEXT_SLOT * row + 4, TEXT_SLOT * row + 4 + length);
    const at = u32[4 * row + 2];
    return this.heap.bytes.subarray(at, at + length);
  }

  /** The value of a cell in the shapes that `set` takes: 64-bit values as bigint, enums as words, null for NULL. */
  get(c: number, row: number): CellValue {
    if (this.isNull(c, row)) return null;
    const { column, u8, u16, u32, f64 } = this.columns[c];
    const wide = (at: number): bigint => (BigInt(u32[at + 1]) << 32n) | BigInt(u32[at]);
    switch (column.kind) {
      case 'bool':
        return u8[row] === 1;
      case 'u8':
        return u8[row];
      case 'u16':
        return u16[row];
      case 'u32':
        return u32[row];
      case 'f64':
        return f64[row];
      case 'u64':
      case 'mac':
        return wide(2 * row);
      case 'time':
      case 'span':
        return BigInt.asIntN(64, wide(2 * row));
      case 'addr':
        return [wide(2 * row), wide(2 * BATCH_ROWS + 2 * row)];
      case 'enum':
        return column.values?.[u8[row]] ?? '';
      case 'text':
        return latin.decode(this.textBytes(c, row));
      case 'u16[]':
        return [...this.heap.u16.subarray(u32[2 * row], u32[2 * row] + u32[2 * row + 1])];
      case 'text[]': {
        const out: string[] = [];
        const first = u32[2 * row];
        for (let i = 0; i < u32[2 * row + 1]; i++) {
          const at = this.heap.items[first + 2 * i];
          out.push(latin.decode(this.heap.bytes.subarray(at, at + this.heap.items[first + 2 * i + 1])));
        }
        return out;
      }
    }
  }
}

export type CellValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly number[]
  | readonly string[]
  | readonly [bigint, bigint]
  | null
  | undefined;

/** Room for `bytes` more bytes in the heap; answers where they begin. */
export function reserveHeap(heap: BatchHeap, bytes: number): number {
  while (heap.used + bytes > heap.bytes.length) heap.bytes = grown(heap.bytes);
  const at = heap.used;
  heap.used += bytes;
  return at;
}

function grown<A extends Uint8Array | Uint16Array | Uint32Array>(array: A): A {
  const bigger = new (array.constructor as new (length: number) => A)(array.length * 2);
  bigger.set(array);
  return bigger;
}
