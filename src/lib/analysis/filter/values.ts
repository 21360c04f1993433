/** What a word of a filter means as a value of a column: exact integers, never floats, so that SQL compares exactly. */

import { addressText, parseCidr } from '../../model/address.ts';
import type { Column } from '../../model/tables.ts';
import type { Word } from './ast.ts';
import { FilterError } from './fault.ts';
import { nearest } from './suggest.ts';

/** A closed range of 128-bit addresses (IPv4 mapped): one address, or a network. */
export interface AddressRange {
  readonly from: bigint;
  readonly to: bigint;
  readonly version: 4 | 6;
  readonly prefix: number;
}

export type Value =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'addr'; readonly range: AddressRange };

/** Largest value by kind, for whole-number columns. */
const MAXIMUM: Readonly<Record<string, bigint>> = {
  u8: 0xffn,
  u16: 0xffffn,
  'u16[]': 0xffffn,
  u32: 0xffff_ffffn,
  u64: 0xffff_ffff_ffff_ffffn,
};

/** @throws FilterError where the word is no value of the column's kind */
export const parseValue = (word: Word, column: Column): Value => {
  switch (column.kind) {
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
    case 'u16[]':
      return { kind: 'int', value: whole(word, column) };
    case 'f64':
      return { kind: 'float', value: float(word, column) };
    case 'bool':
      return { kind: 'bool', value: bool(word, column) };
    case 'time':
      return { kind: 'int', value: time(word, column) };
    case 'span':
      return { kind: 'int', value: seconds(word, column) };
    case 'mac':
      return { kind: 'int', value: mac(word, column) };
    case 'addr':
      return { kind: 'addr', range: address(word, column) };
    case 'enum':
      return { kind: 'text', value: vocabulary(word, column) };
    case 'text':
    case 'text[]':
      return { kind: 'text', value: word.text };
  }
};

const refuse = (
  word: Word,
  column: Column,
  wants: string,
  suggestions: readonly string[] = [],
): FilterError => new FilterError(`${column.name} takes ${wants}, not “${word.text}”.`, word, suggestions);

const whole = (word: Word, column: Column): bigint => {
  if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/iu.test(word.text)) throw refuse(word, column, 'a whole number');
  const value = BigInt(word.text);
  const most = MAXIMUM[column.kind];
  if (value > most) throw refuse(word, column, `a number from 0 to ${most}`);
  return value;
};

const float = (word: Word, column: Column): number => {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(word.text) ? Number(word.text) : Number.NaN;
  if (!Number.isFinite(value)) throw refuse(word, column, 'a number');
  return value;
};

const bool = (word: Word, column: Column): boolean => {
  const text = word.text.toLowerCase();
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw refuse(word, column, 'true or false', ['true', 'false']);
};

/** Seconds with up to nine decimals, in nanoseconds. */
const nanoseconds = (text: string): bigint | undefined => {
  const parts = /^(\d{1,10})(?:\.(\d{0,9})\d*)?$/u.exec(text);
  if (!parts) return undefined;
  return BigInt(parts[1]) * 1_000_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
};

const seconds = (word: Word, column: Column): bigint => {
  const value = nanoseconds(word.text);
  if (value === undefined) throw refuse(word, column, 'seconds, like 0.25');
  return value;
};

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/iu;

/** "2026-11-21 10:00:00.5", with a zone or in UTC; or seconds since the epoch. */
const time = (word: Word, column: Column): bigint => {
  const epoch = nanoseconds(word.text);
  if (epoch !== undefined) return epoch;
  const parts = TIME.exec(word.text.trim());
  if (parts) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] = parts;
    const offset =
      zone === undefined || /^(z|utc)$/iu.test(zone) ? 'Z' : zone.replace(/^(.\d\d):?(\d\d)$/u, '$1:$2');
    const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
    if (Number.isFinite(ms)) return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  }
  throw refuse(word, column, 'a time like "2026-11-21 10:00:00" (UTC) or seconds since 1970');
};

const mac = (word: Word, column: Column): bigint => {
  const text = word.text.toLowerCase();
  const digits =
    /^[0-9a-f]{2}([:.-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/u.test(text) ||
    /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/u.test(text)
      ? text.replace(/[:.-]/gu, '')
      : undefined;
  if (digits === undefined) throw refuse(word, column, 'a MAC like 00:1b:21:3c:9d:f8');
  return BigInt(`0x${digits}`);
};

const address = (word: Word, column: Column): AddressRange => {
  const range = parseAddressRange(word.text);
  if (!range) throw refuse(word, column, 'an address or a network like 10.0.0.0/8');
  return range;
};

/** An address, or a network in CIDR notation whose host bits may be set. Undefined where it is neither. */
export const parseAddressRange = (text: string): AddressRange | undefined => {
  const block = parseCidr(text);
  if (!block) return undefined;
  const from = (block.first.hi << 64n) | block.first.lo;
  const to = (block.last.hi << 64n) | block.last.lo;
  // ::ffff:10.0.0.1 is the IPv4 address: tables hold both as one.
  const version = from >> 32n === 0xffffn && to >> 32n === 0xffffn ? 4 : 6;
  const free = (to - from + 1n).toString(2).length - 1;
  return { from, to, version, prefix: (version === 4 ? 32 : 128) - free };
};

/** The range as people write it: an address, or address/prefix. */
export const addressRangeText = ({ from, to, prefix }: AddressRange): string => {
  const text = addressText({ hi: from >> 64n, lo: from & 0xffff_ffff_ffff_ffffn });
  return from === to ? text : `${text}/${prefix}`;
};

const vocabulary = (word: Word, column: Column): string => {
  const values = column.values ?? [];
  const found =
    values.find((value) => value === word.text) ??
    values.find((value) => value.toLowerCase() === word.text.toLowerCase());
  if (found === undefined) {
    throw refuse(word, column, `one of ${values.join(', ')}`, nearest(word.text, values));
  }
  return found;
};
