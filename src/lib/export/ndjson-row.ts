/**
 * One row of a batch as a line of JSON: `ts` in seconds with microseconds, rounded down; addresses as text; MACs aa:bb:…; spans
 * in seconds; absent values left out. The same text is made of rows that come out of the store.
 */

import { addressText, macText } from '../model/address.ts';
import type { CellValue, ColumnBatch } from '../model/column-batch.ts';
import type { Column, Table } from '../model/tables.ts';

export type RowText = (batch: ColumnBatch, row: number) => string;

/** Makes the function that writes the rows of a table. */
export function rowWriterFor(table: Table, singleFile: boolean): RowText {
  const shown = table.columns
    .map((column, at) => ({ column, at, key: `${JSON.stringify(column.name)}:` }))
    .filter(
      ({ column }) =>
        !column.internal && !(singleFile && (column.name === 'file' || column.name === 'capture_file')),
    );
  return (batch, row) => {
    let out = '';
    for (const { column, at, key } of shown) {
      if (batch.isNull(at, row)) continue;
      out += `${out === '' ? '{' : ','}${key}${jsonOf(column, batch.get(at, row))}`;
    }
    return `${out === '' ? '{' : out}}`;
  };
}

/** A value in the shapes of ColumnBatch.get as JSON text. */
export function jsonOf(column: Column, value: CellValue): string {
  switch (column.kind) {
    case 'time':
      return secondsOf(value as bigint, 6);
    case 'span':
      return secondsOf(value as bigint, 9);
    case 'addr': {
      const [hi, lo] = value as readonly [bigint, bigint];
      return `"${addressText({ hi, lo })}"`;
    }
    case 'mac':
      return `"${macText(value as bigint)}"`;
    case 'u64':
      return String(value);
    case 'text':
      return column.json ? String(value) : JSON.stringify(value);
    default:
      return JSON.stringify(value);
  }
}

/** Nanoseconds as decimal seconds, exact, rounded down to `digits`. */
export function secondsOf(ns: bigint, digits: number): string {
  const unit = 10n ** BigInt(9 - digits);
  const scaled = ns / unit;
  const text = scaled.toString().padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
