/**
 * Rows of one table, column by column, in DuckDB's own vector layout: the form in which every stage hands rows on, be it to
 * the loader (one memcpy a column), to NDJSON, or to another thread (in shared memory).
 *
 * Hot code takes the typed arrays of a column once a batch and writes to them; everything else uses `set`.
 */

import { BATCH_ROWS } from './limits.ts';
import type { Column, ColumnKind, Table } from './tables.ts';
import { writeWide } from './wide.hot.ts';

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
  /** The same words as u32, two at a time. */
  readonly u64: BigUint64Array;
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
const fromUtf8 = new TextDecoder();
const LAST_ASCII = 0x7f;
const SHORT_TEXT = 128;

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
        return fromUtf8.decode(this.textBytes(c, row));
      case 'u16[]':
        return [...this.heap.u16.subarray(u32[2 * row], u32[2 * row] + u32[2 * row + 1])];
      case 'text[]': {
        const out: string[] = [];
        const first = u32[2 * row];
        for (let i = 0; i < u32[2 * row + 1]; i++) {
          const at = this.heap.items[first + 2 * i];
          out.push(fromUtf8.decode(this.heap.bytes.subarray(at, at + this.heap.items[first + 2 * i + 1])));
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

type CellSetter = (batch: ColumnBatch, data: ColumnData, row: number, value: NonNullable<CellValue>) => void;

const setWide: CellSetter = (_batch, { u32, u64 }, row, value) => {
  if (typeof value === 'bigint') u64[row] = value;
  else if (Number.isSafeInteger(value)) writeWide(u32, 2 * row, value as number);
  else u64[row] = BigInt(value as number);
};

/** By kind; the value is there. */
const SETTERS: Readonly<Record<ColumnKind, CellSetter>> = {
  bool: (_batch, { u8 }, row, value) => {
    u8[row] = value ? 1 : 0;
  },
  u8: (_batch, { u8 }, row, value) => {
    u8[row] = Number(value);
  },
  u16: (_batch, { u16 }, row, value) => {
    u16[row] = Number(value);
  },
  u32: (_batch, { u32 }, row, value) => {
    u32[row] = Number(value);
  },
  f64: (_batch, { f64 }, row, value) => {
    f64[row] = Number(value);
  },
  u64: setWide,
  mac: setWide,
  time: setWide,
  span: setWide,
  addr: (_batch, { u64 }, row, value) => {
    const [hi, lo] = value as readonly [bigint, bigint];
    u64[row] = hi;
    u64[BATCH_ROWS + row] = lo;
  },
  enum: ({ table }, { column, u8 }, row, value) => {
    const code = typeof value === 'number' ? value : (column.values ?? []).indexOf(String(value));
    if (code < 0) throw new Error(`${table.name}.${column.name} has no value ${String(value)}.`);
    u8[row] = code;
  },
  text: ({ heap }, data, row, value) => {
    if (typeof value === 'string') setText(heap, data, row, value);
    else setTextBytes(heap, data, row, value as Uint8Array);
  },
  'u16[]': ({ heap }, { u32 }, row, value) => {
    const values = value as readonly number[];
    while (heap.u16Used + values.length > heap.u16.length) heap.u16 = grown(heap.u16);
    u32[2 * row] = heap.u16Used;
    u32[2 * row + 1] = values.length;
    for (const one of values) heap.u16[heap.u16Used++] = one;
  },
  'text[]': ({ heap }, { u32 }, row, value) => {
    const values = value as readonly string[];
    while (heap.itemsUsed + 2 * values.length > heap.items.length) heap.items = grown(heap.items);
    u32[2 * row] = heap.itemsUsed;
    u32[2 * row + 1] = values.length;
    for (const one of values) {
      const at = keepText(heap, one);
      heap.items[heap.itemsUsed++] = at;
      heap.items[heap.itemsUsed++] = heap.used - at;
    }
  },
};

/** Text of a row: inline where its UTF-8 fits a slot, else length and heap offset. */
function setText(heap: BatchHeap, data: ColumnData, row: number, text: string): void {
  const { u8, u32 } = data;
  const { length } = text;
  u32[4 * row] = length;
  u32[4 * row + 1] = 0;
  u32[4 * row + 2] = 0;
  u32[4 * row + 3] = 0;
  if (length > TEXT_INLINE) {
    const at = keepText(heap, text);
    u32[4 * row] = heap.used - at;
    u32[4 * row + 2] = at;
    return;
  }
  const to = TEXT_SLOT * row + 4;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > LAST_ASCII) {
      setTextBytes(heap, data, row, utf8.encode(text));
      return;
    }
    u8[to + i] = code;
  }
}

function setTextBytes(heap: BatchHeap, { u8, u32 }: ColumnData, row: number, bytes: Uint8Array): void {
  u32[4 * row] = bytes.length;
  u32[4 * row + 1] = 0;
  u32[4 * row + 2] = 0;
  u32[4 * row + 3] = 0;
  if (bytes.length <= TEXT_INLINE) u8.set(bytes, TEXT_SLOT * row + 4);
  else {
    const at = reserveHeap(heap, bytes.length);
    heap.bytes.set(bytes, at);
    u32[4 * row + 2] = at;
  }
}

/** Appends a text's UTF-8 to the heap; answers where it begins: it ends where the heap does. */
function keepText(heap: BatchHeap, text: string): number {
  const { length } = text;
  const at = reserveHeap(heap, length);
  const { bytes } = heap;
  let i = 0;
  // A call of the encoder costs as much as a hundred characters.
  if (length <= SHORT_TEXT)
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > LAST_ASCII) break;
      bytes[at + i] = code;
    }
  if (i === length) return at;
  heap.used = at;
  reserveHeap(heap, 3 * length);
  heap.used = at + utf8.encodeInto(text, heap.bytes.subarray(at)).written;
  return at;
}

/** Room for `bytes` more bytes in the heap; answers where they begin. */
export function reserveHeap(heap: BatchHeap, bytes: number): number {
  while (heap.used + bytes > heap.bytes.length) heap.bytes = grown(heap.bytes);
  const at = heap.used;
  heap.used += bytes;
  return at;
}

/** Twice as long, and shared where it was. */
function grown<A extends Uint8Array | Uint16Array | Uint32Array>(array: A): A {
  const make = array.constructor as new (buffer: ArrayBufferLike) => A;
  const bytes = array.byteLength * 2;
  const bigger = new make(
    array.buffer instanceof SharedArrayBuffer ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  );
  bigger.set(array);
  return bigger;
}
