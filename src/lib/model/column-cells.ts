/** Cells of a batch by their column's kind: how each is written into the column's arrays and the batch's heap, and read from them. */

import { BATCH_ROWS } from './limits.ts';
import type { Column, ColumnKind, Table } from './tables.ts';
import { writeWide } from './wide.hot.ts';

/** Bytes of DuckDB's string slot: length, then twelve bytes inline, or four of prefix and a pointer. */
export const TEXT_SLOT = 16;
export const TEXT_INLINE = 12;

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

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();
const LAST_ASCII = 0x7f;
const SHORT_TEXT = 128;

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

/** Of a batch, what its cells need. */
interface Holder {
  readonly table: Table;
  readonly heap: BatchHeap;
}

type CellSetter = (holder: Holder, data: ColumnData, row: number, value: NonNullable<CellValue>) => void;

const setWide: CellSetter = (_holder, { u32, u64 }, row, value) => {
  if (typeof value === 'bigint') u64[row] = value;
  else if (Number.isSafeInteger(value)) writeWide(u32, 2 * row, value as number);
  else u64[row] = BigInt(value as number);
};

/** By kind; the value is there. */
export const SETTERS: Readonly<Record<ColumnKind, CellSetter>> = {
  bool: (_holder, { u8 }, row, value) => {
    u8[row] = value ? 1 : 0;
  },
  u8: (_holder, { u8 }, row, value) => {
    u8[row] = Number(value);
  },
  u16: (_holder, { u16 }, row, value) => {
    u16[row] = Number(value);
  },
  u32: (_holder, { u32 }, row, value) => {
    u32[row] = Number(value);
  },
  f64: (_holder, { f64 }, row, value) => {
    f64[row] = Number(value);
  },
  u64: setWide,
  mac: setWide,
  time: setWide,
  span: setWide,
  addr: (_holder, { u64 }, row, value) => {
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

/** The bytes of a text cell: a view, valid until the batch is cleared. */
export function textBytesOf(heap: BatchHeap, { u8, u32 }: ColumnData, row: number): Uint8Array {
  const length = u32[4 * row];
  if (length <= TEXT_INLINE) return u8.subarray(TEXT_SLOT * row + 4, TEXT_SLOT * row + 4 + length);
  const at = u32[4 * row + 2];
  return heap.bytes.subarray(at, at + length);
}

/** The value of a cell that is not NULL: 64-bit values as bigint, enums as words. */
export function readCell(heap: BatchHeap, data: ColumnData, row: number): CellValue {
  const { column, u8, u16, u32, f64 } = data;
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
      return fromUtf8.decode(textBytesOf(heap, data, row));
    case 'u16[]':
      return [...heap.u16.subarray(u32[2 * row], u32[2 * row] + u32[2 * row + 1])];
    case 'text[]': {
      const out: string[] = [];
      const first = u32[2 * row];
      for (let i = 0; i < u32[2 * row + 1]; i++) {
        const at = heap.items[first + 2 * i];
        out.push(fromUtf8.decode(heap.bytes.subarray(at, at + heap.items[first + 2 * i + 1])));
      }
      return out;
    }
  }
}

/** Room for `bytes` more bytes in the heap; answers where they begin. */
export function reserveHeap(heap: BatchHeap, bytes: number): number {
  while (heap.used + bytes > heap.bytes.length) heap.bytes = grown(heap.bytes);
  const at = heap.used;
  heap.used += bytes;
  return at;
}

/** Twice as long, and shared where it was. */
export function grown<A extends Uint8Array | Uint16Array | Uint32Array>(array: A): A {
  const make = array.constructor as new (buffer: ArrayBufferLike) => A;
  const bytes = array.byteLength * 2;
  const bigger = new make(
    array.buffer instanceof SharedArrayBuffer ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  );
  bigger.set(array);
  return bigger;
}
