/**
 * Datasets of rules: sets of values, with a reputation each where `datarep` asks for one. File formats are Suricata's: a value a line
 * (strings in base64), `value,reputation` for datarep, JSON (`format json`: a list, `ndjson`: an object a line) with `value_key`.
 */

import { parseAddress } from '../../../../model/address.ts';
import type { DataSetFormat, DatasetType } from '../language/buffer-match.ts';
import { listLines } from './list-files.ts';

const HEX_DIGITS: Readonly<Partial<Record<DatasetType, number>>> = { md5: 32, sha256: 64 };

/** Values by their key (hexadecimal of what a buffer holds); the reputation is 0 where the file has none. */
export type DataSetValues = ReadonlyMap<string, number>;

/** A buffer's bytes as a key of the set; undefined where they cannot be one. */
export function keyOfBytes(type: DatasetType, bytes: Uint8Array): string | undefined {
  if (type === 'md5' || type === 'sha256') {
    const wanted = (HEX_DIGITS[type] ?? 0) / 2;
    if (bytes.length !== wanted) return undefined;
  }
  if (type === 'ipv4' && bytes.length !== 4) return undefined;
  if (type === 'ip' && bytes.length !== 4 && bytes.length !== 16) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A value as a file writes it; undefined where it is none of its type. */
function keyOfText(type: DatasetType, text: string, isPlain: boolean): string | undefined {
  switch (type) {
    case 'string': {
      if (isPlain) return Buffer.from(text, 'latin1').toString('hex');
      return /^[A-Za-z0-9+/]*={0,2}$/u.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined;
    }
    case 'md5':
    case 'sha256':
      return text.length === HEX_DIGITS[type] && /^[0-9a-fA-F]+$/u.test(text) ? text.toLowerCase() : undefined;
    case 'ipv4':
    case 'ip':
      return addressKey(type, text);
  }
}

const MAPPED = 0xffffn;

function addressKey(type: 'ipv4' | 'ip', text: string): string | undefined {
  const halves = parseAddress(text);
  if (halves === undefined) return undefined;
  const { hi, lo } = halves;
  const isV4 = hi === 0n && lo >> 32n === MAPPED;
  if (isV4) return (lo & 0xffff_ffffn).toString(16).padStart(8, '0');
  return type === 'ipv4' ? undefined : hi.toString(16).padStart(16, '0') + lo.toString(16).padStart(16, '0');
}

const REPUTATION = /^(.*),\s*(\d{1,5})$/u;

/** @returns one sentence where the file is none of this type */
export function readDataSet(bytes: Uint8Array, type: DatasetType, as: DataSetFormat, hasReputation: boolean): DataSetValues | string {
  const values = new Map<string, number>();
  let line = 0;
  for (const [text, isPlain] of entries(bytes, as)) {
    line++;
    if (text === undefined) return `entry ${line} is not JSON, or has no text where value_key says`;
    const [, value, reputation] = hasReputation ? (REPUTATION.exec(text) ?? []) : [undefined, text, '0'];
    const key = value === undefined ? undefined : keyOfText(type, value.trim(), isPlain);
    if (key === undefined || Number(reputation) > 65_535)
      return `entry ${line} is no ${type}${hasReputation ? ' with a reputation from 0 to 65535' : ''}`;
    values.set(key, Number(reputation));
  }
  return values;
}

type Entry = readonly [text: string | undefined, isPlain: boolean];

function* entries(bytes: Uint8Array, { format, valueKey, arrayKey }: DataSetFormat): Generator<Entry> {
  if (format === 'csv') {
    for (const line of listLines(bytes)) yield [line, false];
    return;
  }
  const path = valueKey?.split('.') ?? [];
  const valueOf = (entry: unknown): string | undefined => {
    const found = memberAt(entry, path);
    return typeof found === 'string' || typeof found === 'number' ? Buffer.from(String(found), 'utf8').toString('latin1') : undefined;
  };
  if (format === 'ndjson') {
    for (const line of listLines(bytes)) yield [valueOf(parsed(Buffer.from(line, 'latin1').toString('utf8'))), true];
    return;
  }
  const document = parsed(Buffer.from(bytes).toString('utf8'));
  const list = arrayKey === undefined ? document : memberAt(document, arrayKey.split('.'));
  if (!Array.isArray(list)) yield [undefined, true];
  else for (const entry of list as readonly unknown[]) yield [valueOf(entry), true];
}

const memberAt = (from: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined), from);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
