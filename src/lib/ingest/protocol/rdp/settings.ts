/** Settings that both sides exchange in MCS Connect (MS-RDPBCGR §2.2.1.3 and §2.2.1.4), as columns. */

import type { RowValues } from '../contract.ts';
import { spells, u16le, u32le } from '../wire/bytes.ts';
import { bytesText } from '../wire/text.ts';
import { BUILDS, CERTIFICATES, DEPTHS, KEYBOARDS, LEVELS, METHODS, named, RESULTS } from './names.ts';

const CLIENT_CORE = 0xc001;
const CLIENT_NETWORK = 0xc003;
const SERVER_SECURITY = 0x0c02;
const WANT_32_BITS = 0x0002;
const MAX_CHANNELS = 31;

const UTF16 = new TextDecoder('utf-16le');

const utf16 = (bytes: Uint8Array, from: number, length: number): string | undefined => {
  const text = UTF16.decode(bytes.subarray(from, from + length));
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)) || undefined;
};

const core = (block: Uint8Array): RowValues => {
  if (block.length < 56) return {};
  const keyboard = u32le(block, 16);
  const depth = block.length >= 146 && (u16le(block, 144) & WANT_32_BITS) !== 0 ? '32bit' : undefined;
  return {
    desktop_width: u16le(block, 8),
    desktop_height: u16le(block, 10),
    keyboard_layout: KEYBOARDS.get(keyboard) ?? `keyboard-${keyboard}`,
    client_build: named(BUILDS, u32le(block, 20), 'client_build'),
    client_name: utf16(block, 24, 32),
    requested_color_depth:
      depth ?? (block.length >= 142 ? named(DEPTHS, u16le(block, 140), 'high_color_depth') : undefined),
    client_dig_product_id: block.length >= 210 ? utf16(block, 146, 64) : undefined,
  };
};

const network = (block: Uint8Array): RowValues => {
  const channels: string[] = [];
  const count = Math.min(u32le(block, 4), MAX_CHANNELS);
  for (let i = 0; i < count && 8 + i * 12 + 12 <= block.length; i++) {
    const at = 8 + i * 12;
    const end = block.indexOf(0, at);
    channels.push(bytesText(block, at, end < 0 || end > at + 8 ? at + 8 : end));
  }
  return { client_channels: channels };
};

const security = (block: Uint8Array): RowValues => {
  const values = {
    encryption_method: named(METHODS, u32le(block, 4), 'encryption_method'),
    encryption_level: named(LEVELS, u32le(block, 8), 'encryption_level'),
  };
  if (block.length < 20) return values;
  const certificate = 20 + u32le(block, 12);
  if (u32le(block, 16) < 8 || certificate + 8 > block.length) return values;
  const version = u32le(block, certificate);
  const kind = version % 0x80000000;
  return {
    ...values,
    cert_type: named(CERTIFICATES, kind, 'cert_type'),
    cert_permanent: version < 0x80000000,
    cert_count: kind === 2 ? Math.min(u32le(block, certificate + 4), 200) : 1,
  };
};

const X509_CHAIN = 2;
const MAX_CERTIFICATES = 200;

/** DER of the chain in a server's security block (MS-RDPBCGR 2.2.1.4.3), the server's own first: on the wire the root is. */
const chainOf = (block: Uint8Array): Uint8Array[] => {
  if (block.length < 20) return [];
  let at = 20 + u32le(block, 12);
  if (at + 8 > block.length || u32le(block, at) % 0x80000000 !== X509_CHAIN) return [];
  const count = Math.min(u32le(block, at + 4), MAX_CERTIFICATES);
  at += 8;
  const found: Uint8Array[] = [];
  while (found.length < count && at + 4 <= block.length) {
    const length = u32le(block, at);
    if (length === 0 || at + 4 + length > block.length) break;
    found.unshift(block.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
};

export interface Settings {
  readonly values: RowValues;
  readonly certificates: readonly Uint8Array[];
}

/** Where the key of H.221 stands that comes before the settings; the first 256 bytes hold it. */
const keyAt = (bytes: Uint8Array, key: string): number => {
  const end = Math.min(bytes.length, 512);
  for (let at = 0; at < end; at++) if (spells(bytes, at, key)) return at;
  return -1;
};

/** The settings of one side, as columns, and its certificates; undefined where there are none. */
export const settingsOf = (bytes: Uint8Array, client: boolean): Settings | undefined => {
  const key = keyAt(bytes, client ? 'Duca' : 'McDn');
  if (key < 0) return undefined;
  let at = key + 4;
  at += ((bytes[at] ?? 0) & 0x80) === 0 ? 1 : 2;
  const values: Record<string, RowValues[string]> = client
    ? {}
    : { result: named(RESULTS, bytes[key - 4] ?? 0, 'result') };
  let certificates: readonly Uint8Array[] = [];
  while (at + 4 <= bytes.length) {
    const length = u16le(bytes, at + 2);
    if (length < 4 || at + length > bytes.length) break;
    const block = bytes.subarray(at, at + length);
    const type = u16le(bytes, at);
    if (type === CLIENT_CORE) Object.assign(values, core(block));
    else if (type === CLIENT_NETWORK) Object.assign(values, network(block));
    else if (type === SERVER_SECURITY) {
      Object.assign(values, security(block));
      certificates = chainOf(block);
    }
    at += length;
  }
  return { values, certificates };
};
