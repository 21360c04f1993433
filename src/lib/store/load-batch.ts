/**
 * The one memory-unsafe file: column batches into DuckDB by memcpy.
 *
 * A batch is held in DuckDB's own vector layout, so a column is one copy. Text longer than a slot's twelve bytes lies in the
 * batch's heap: the whole heap is given to DuckDB as one string of the chunk (which copies it and checks its UTF-8), its new
 * address is read back, and the slots get addresses instead of offsets before they are copied. That address is valid until
 * the chunk is reset; the appender copies all text out of the chunk before that.
 *
 * Every length and offset is checked before each unsafe call. What cannot be loaded this way (another word size or byte
 * order, bytes that are not UTF-8) goes row by row: see load-rows.ts.
 */

import { endianness } from 'node:os';
import duckdb from '@duckdb/node-bindings';
import type { ColumnBatch, ColumnData } from '../model/column-batch.ts';
import { TEXT_INLINE, TEXT_SLOT } from '../model/column-batch.ts';
import { BATCH_ROWS } from '../model/limits.ts';
import type { Table } from '../model/tables.ts';
import { chunkTypes } from './chunk-types.ts';

/** Bytes of a list's entry: offset and length of its elements, 64 bits each. */
const LIST_SLOT = 16;
const VALIDITY_BYTES = BATCH_ROWS / 8;

/** The layout below is that of 64-bit little-endian machines: all that DuckDB's packages are built for. */
export const canLoadUnsafely =
  endianness() === 'LE' && ['x64', 'arm64'].includes(process.arch) && duckdb.vector_size() === BATCH_ROWS;

interface HeapAddress {
  readonly low: number;
  readonly high: number;
}

/** A pointer as two words, moved by an offset, with carry. */
function writePointer(words: Uint32Array, at: number, base: HeapAddress, offset: number): void {
  const low = base.low + offset;
  words[at] = low >>> 0;
  words[at + 1] = base.high + Math.floor(low / 4_294_967_296);
}

function assertRoom(have: number, need: number, what: string): void {
  if (!(need <= have)) throw new Error(`A column batch is damaged: ${what} needs ${need} and has ${have}.`);
}

/** Loads batches of one table through an appender and one reused chunk. */
export class BatchLoader {
  readonly #table: Table;
  readonly #appender: duckdb.Appender;
  readonly #chunk: duckdb.DataChunk;
  /** Vector of the chunk by column of the batch; an address has two. */
  readonly #vectors: duckdb.Vector[][] = [];
  /** The vector whose string heap holds the batch's heap: the first text or text[] column's own (or its child). */
  readonly #carrier: duckdb.Vector | undefined;
  readonly #slots = new Uint32Array((BATCH_ROWS * TEXT_SLOT) / 4);
  readonly #slotBytes = new Uint8Array(this.#slots.buffer);
  readonly #lists = new Uint32Array((BATCH_ROWS * LIST_SLOT) / 4);
  #childText = new Uint32Array(1024);
  #childU16 = new Uint16Array(1024);

  constructor(connection: duckdb.Connection, table: Table) {
    if (!canLoadUnsafely) throw new Error('Column batches cannot be loaded by memory copy on this machine.');
    this.#table = table;
    this.#appender = duckdb.appender_create_ext(connection, null, 'main', table.name);
    const types = chunkTypes(table);
    assertRoom(types.length, duckdb.appender_column_count(this.#appender), `table ${table.name}`);
    this.#chunk = duckdb.create_data_chunk(types);
    let next = 0;
    for (const { kind } of table.columns) {
      const vectors = Array.from({ length: kind === 'addr' ? 2 : 1 }, () =>
        duckdb.data_chunk_get_vector(this.#chunk, next++),
      );
      this.#vectors.push(vectors);
    }
    const carrier = table.columns.findIndex((column) => column.kind === 'text');
    this.#carrier = carrier < 0 ? undefined : this.#vectors[carrier]?.[0];
    if (!this.#carrier && table.columns.some((column) => column.kind === 'text[]')) {
      throw new Error(`Table ${table.name} has text[] columns and no text column to carry their bytes.`);
    }
  }

  /** Appends the rows of a batch; false where its bytes are not UTF-8 (nothing was appended then). */
  load(batch: ColumnBatch): boolean {
    if (batch.table !== this.#table)
      throw new Error(`A batch of ${batch.table.name} was given to the loader of ${this.#table.name}.`);
    const { rows } = batch;
    if (rows === 0) return true;
    assertRoom(BATCH_ROWS, rows, 'its rows');
    assertRoom(batch.heap.bytes.length, batch.heap.used, 'its heap');
    duckdb.data_chunk_reset(this.#chunk);
    duckdb.data_chunk_set_size(this.#chunk, rows);
    const base = this.#carryHeap(batch);
    if (base === undefined) return false;
    batch.columns.forEach((data, c) => {
      const [vector, second] = this.#vectors[c] ?? [];
      if (!vector) throw new Error(`No vector for column ${data.column.name}.`);
      this.#copyColumn(batch, data, vector, base);
      this.#copyValidity(data, vector, rows);
      if (second) {
        this.#copyBytes(second, data.u8, BATCH_ROWS * 8, rows * 8);
        this.#copyValidity(data, second, rows);
      }
    });
    duckdb.append_data_chunk(this.#appender, this.#chunk);
    return true;
  }

  /** Makes what was appended part of the table. */
  flush(): void {
    duckdb.appender_flush_sync(this.#appender);
  }

  close(): void {
    duckdb.appender_close_sync(this.#appender);
  }

  /** Gives the batch's heap to DuckDB: its address there, or undefined where it is not UTF-8. */
  #carryHeap(batch: ColumnBatch): HeapAddress | undefined {
    const { bytes, used } = batch.heap;
    // Nothing longer than a slot can lie in a heap as short as that, and a string as short would not be carried but inlined.
    if (used <= TEXT_INLINE || !this.#carrier) return { low: 0, high: 0 };
    duckdb.vector_assign_string_element_len(this.#carrier, 0, bytes.subarray(0, used));
    const slot = duckdb.vector_get_data(this.#carrier, TEXT_SLOT);
    const words = new DataView(slot.buffer, slot.byteOffset, TEXT_SLOT);
    // DuckDB refuses bytes that are not UTF-8 by making the element NULL.
    const valid = duckdb.validity_row_is_valid(duckdb.vector_get_validity(this.#carrier, 8), 0);
    if (!valid || words.getUint32(0, true) !== used) return undefined;
    return { low: words.getUint32(8, true), high: words.getUint32(12, true) };
  }

  #copyColumn(batch: ColumnBatch, data: ColumnData, vector: duckdb.Vector, base: HeapAddress): void {
    const { rows } = batch;
    switch (data.column.kind) {
      case 'bool':
      case 'u8':
      case 'enum':
        this.#checkCodes(data, rows);
        return this.#copyBytes(vector, data.u8, 0, rows);
      case 'u16':
        return this.#copyBytes(vector, data.u8, 0, rows * 2);
      case 'u32':
        return this.#copyBytes(vector, data.u8, 0, rows * 4);
      case 'u64':
      case 'mac':
      case 'time':
      case 'span':
      case 'f64':
      case 'addr':
        return this.#copyBytes(vector, data.u8, 0, rows * 8);
      case 'text':
        return this.#copyText(batch, data, vector, base);
      case 'u16[]':
        return this.#copyNumbers(batch, data, vector);
      case 'text[]':
        return this.#copyItems(batch, data, vector, base);
    }
  }

  #copyBytes(vector: duckdb.Vector, source: Uint8Array, from: number, bytes: number): void {
    assertRoom(source.byteLength, from + bytes, 'a column');
    duckdb.copy_data_to_vector(vector, 0, source.buffer as ArrayBuffer, source.byteOffset + from, bytes);
  }

  /** An ENUM's code beyond its dictionary, or a BOOLEAN beyond 1, is read out of bounds by DuckDB later. */
  #checkCodes({ column, u8, valid }: ColumnData, rows: number): void {
    if (column.kind === 'u8') return;
    const words = column.kind === 'bool' ? 2 : (column.values ?? []).length;
    for (let row = 0; row < rows; row++) {
      if (u8[row] < words) continue;
      if (valid && (valid[row >> 3] & (1 << (row & 7))) === 0) u8[row] = 0;
      else throw new Error(`Column ${column.name} has code ${u8[row]} and only ${words} values.`);
    }
  }

  #copyValidity(data: ColumnData, vector: duckdb.Vector, rows: number): void {
    if (!data.valid) {
      // The carrier's first element may have been marked by the heap it carried; a column that is never NULL says so by no mask.
      return;
    }
    assertRoom(data.valid.byteLength, VALIDITY_BYTES, 'a validity mask');
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(
      vector,
      0,
      data.valid.buffer as ArrayBuffer,
      data.valid.byteOffset,
      Math.ceil(rows / 64) * 8,
    );
  }

  #copyText(batch: ColumnBatch, data: ColumnData, vector: duckdb.Vector, base: HeapAddress): void {
    const { rows, heap } = batch;
    const slots = this.#slots;
    const { valid, u32 } = data;
    assertRoom(u32.length, rows * 4, 'a text column');
    slots.set(rows === BATCH_ROWS ? u32 : u32.subarray(0, rows * 4));
    for (let row = 0, at = 0; row < rows; row++, at += 4) {
      if (valid && (valid[row >> 3] & (1 << (row & 7))) === 0) {
        slots[at] = slots[at + 1] = slots[at + 2] = slots[at + 3] = 0;
        continue;
      }
      const length = slots[at];
      if (length <= TEXT_INLINE) continue;
      const offset = slots[at + 2];
      if (offset + length > heap.used) assertRoom(heap.used, offset + length, 'text');
      const { bytes } = heap;
      slots[at + 1] =
        bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24);
      writePointer(slots, at + 2, base, offset);
    }
    this.#copyBytes(vector, this.#slotBytes, 0, rows * TEXT_SLOT);
  }

  /** Writes the entries of a list column; calls `element` for each list with where its elements begin among the child's. */
  #copyEntries(
    data: ColumnData,
    rows: number,
    perElement: number,
    room: number,
    vector: duckdb.Vector,
  ): number {
    const lists = this.#lists;
    const { valid, u32 } = data;
    assertRoom(u32.length, rows * 2, 'a list column');
    lists.fill(0, 0, rows * 4);
    let elements = 0;
    for (let row = 0; row < rows; row++) {
      if (valid && (valid[row >> 3] & (1 << (row & 7))) === 0) continue;
      const length = u32[2 * row + 1];
      assertRoom(room, u32[2 * row] + length * perElement, 'a list');
      lists[4 * row] = elements;
      lists[4 * row + 2] = length;
      elements += length;
    }
    assertRoom(0xffff_ffff, elements, 'all lists');
    this.#copyBytes(vector, new Uint8Array(lists.buffer), 0, rows * LIST_SLOT);
    duckdb.list_vector_reserve(vector, elements);
    duckdb.list_vector_set_size(vector, elements);
    return elements;
  }

  #copyNumbers({ rows, heap }: ColumnBatch, data: ColumnData, vector: duckdb.Vector): void {
    assertRoom(heap.u16.length, heap.u16Used, 'its list elements');
    const elements = this.#copyEntries(data, rows, 1, heap.u16Used, vector);
    if (elements === 0) return;
    if (this.#childU16.length < elements) this.#childU16 = new Uint16Array(2 * elements);
    for (let row = 0; row < rows; row++) {
      const to = this.#lists[4 * row];
      const length = this.#lists[4 * row + 2];
      for (let i = 0; i < length; i++) this.#childU16[to + i] = heap.u16[data.u32[2 * row] + i];
    }
    this.#copyBytes(
      duckdb.list_vector_get_child(vector),
      new Uint8Array(this.#childU16.buffer),
      0,
      elements * 2,
    );
  }

  #copyItems({ rows, heap }: ColumnBatch, data: ColumnData, vector: duckdb.Vector, base: HeapAddress): void {
    assertRoom(heap.items.length, heap.itemsUsed, 'its list elements');
    const elements = this.#copyEntries(data, rows, 2, heap.itemsUsed, vector);
    if (elements === 0) return;
    if (this.#childText.length < elements * 4) this.#childText = new Uint32Array(8 * elements);
    const bytes = new Uint8Array(this.#childText.buffer);
    for (let row = 0; row < rows; row++) {
      const first = data.u32[2 * row];
      const length = this.#lists[4 * row + 2];
      for (let i = 0; i < length; i++) {
        const at = 4 * (this.#lists[4 * row] + i);
        const offset = heap.items[first + 2 * i];
        const size = heap.items[first + 2 * i + 1];
        assertRoom(heap.used, offset + size, 'text of a list');
        this.#childText.fill(0, at, at + 4);
        this.#childText[at] = size;
        bytes.set(
          heap.bytes.subarray(offset, offset + Math.min(size, size > TEXT_INLINE ? 4 : TEXT_INLINE)),
          at * 4 + 4,
        );
        if (size > TEXT_INLINE) writePointer(this.#childText, at + 2, base, offset);
      }
    }
    this.#copyBytes(duckdb.list_vector_get_child(vector), bytes, 0, elements * TEXT_SLOT);
  }
}
