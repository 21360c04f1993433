/** MySQL's client/server protocol: fields of its packets (MySQL internals manual, "Client/Server Protocol"). */

import { latin1, u16le, u24le, u32le, u64le } from '../wire/bytes.ts';

export const CLIENT_COMPRESS = 0x20;
export const CLIENT_PROTOCOL_41 = 0x200;
export const CLIENT_SSL = 0x800;
export const CLIENT_CONNECT_WITH_DB = 0x8;
export const CLIENT_PLUGIN_AUTH = 0x80000;
export const CLIENT_PLUGIN_AUTH_LENENC = 0x200000;
export const CLIENT_DEPRECATE_EOF = 0x1000000;
export const CLIENT_QUERY_ATTRIBUTES = 0x8000000;
export const SERVER_MORE_RESULTS = 0x8;

export const COMMANDS: readonly string[] = [
  'sleep',
  'quit',
  'init_db',
  'query',
  'field_list',
  'create_db',
  'drop_db',
  'refresh',
  'shutdown',
  'statistics',
  'process_info',
  'connect',
  'process_kill',
  'debug',
  'ping',
  'time',
  'delayed_insert',
  'change_user',
  'binlog_dump',
  'table_dump',
  'connect_out',
  'register_slave',
  'stmt_prepare',
  'stmt_execute',
  'stmt_send_long_data',
  'stmt_close',
  'stmt_reset',
  'set_option',
  'stmt_fetch',
  'daemon',
  'binlog_dump_gtid',
  'reset_connection',
];

/** Length-encoded integer: its value and the position after it; undefined where it is cut off or NULL. */
export function lengthEncoded(b: Uint8Array, at: number): readonly [number, number] | undefined {
  const lead = b[at];
  if (lead === undefined || lead === 0xfb || lead === 0xff) return undefined;
  if (lead < 0xfb) return [lead, at + 1];
  const size = lead === 0xfc ? 2 : lead === 0xfd ? 3 : 8;
  if (at + 1 + size > b.length) return undefined;
  if (size === 2) return [u16le(b, at + 1), at + 3];
  if (size === 3) return [u24le(b, at + 1), at + 4];
  const wide = u64le(b, at + 1);
  return wide > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : [Number(wide), at + 9];
}

/** Where the NUL is that ends a string at `at`; -1 where there is none. */
const nul = (b: Uint8Array, at: number): number => b.indexOf(0, at);

export interface Greeting {
  readonly salt: Uint8Array;
  readonly plugin: string;
  readonly capabilities: number;
  readonly version: string;
}

const ascii = (b: Uint8Array, from: number, to: number): string => {
  let text = '';
  for (let i = from; i < to && i < from + 256; i++) text += String.fromCharCode(b[i]);
  return text;
};

/** Handshake V10, from its protocol version on. */
export function greeting(b: Uint8Array): Greeting | undefined {
  if (b[0] !== 10) return undefined;
  const end = nul(b, 1);
  if (end < 3 || end > 128 || b.length < end + 16) return undefined;
  for (let i = 1; i < end; i++) if (b[i] < 0x20 || b[i] > 0x7e) return undefined;
  if (b[1] < 0x30 || b[1] > 0x39) return undefined;
  if (b[end + 13] !== 0) return undefined;
  let capabilities = u16le(b, end + 14);
  const parts = [b.subarray(end + 5, end + 13)];
  let plugin = '';
  if (b.length >= end + 32) {
    capabilities += u16le(b, end + 19) * 0x10000;
    const more = Math.max(13, b[end + 21] - 8);
    parts.push(b.subarray(end + 32, Math.min(b.length, end + 32 + more - 1)));
    const name = end + 32 + more;
    if (capabilities & CLIENT_PLUGIN_AUTH && name < b.length) {
      const stop = nul(b, name);
      plugin = ascii(b, name, stop < 0 ? b.length : stop);
    }
  }
  return { salt: Buffer.concat(parts), plugin, capabilities, version: ascii(b, 1, end) };
}

export interface Login {
  readonly capabilities: number;
  /** It asks for TLS and says nothing else. */
  readonly tls: boolean;
  readonly user: Uint8Array;
  readonly auth: Uint8Array;
  readonly plugin: string;
}

const NOTHING = new Uint8Array(0);

/** Handshake response, 4.1 or 3.20. */
export function login(b: Uint8Array): Login | undefined {
  if (b.length < 5) return undefined;
  const low = u16le(b, 0);
  if ((low & CLIENT_PROTOCOL_41) === 0) {
    if (low & CLIENT_SSL && b.length === 5)
      return { capabilities: low, tls: true, user: NOTHING, auth: NOTHING, plugin: '' };
    const end = nul(b, 5);
    if (end < 0) return undefined;
    return {
      capabilities: low,
      tls: false,
      user: b.subarray(5, end),
      auth: b.subarray(end + 1),
      plugin: 'mysql_old_password',
    };
  }
  if (b.length < 32) return undefined;
  const capabilities = u32le(b, 0);
  for (let i = 9; i < 28; i++) if (b[i] !== 0) return undefined;
  if (b.length === 32)
    return capabilities & CLIENT_SSL
      ? { capabilities, tls: true, user: NOTHING, auth: NOTHING, plugin: '' }
      : undefined;
  const end = nul(b, 32);
  if (end < 0) return undefined;
  let at = end + 1;
  let auth: Uint8Array = NOTHING;
  const sized: readonly [number, number] | undefined =
    capabilities & CLIENT_PLUGIN_AUTH_LENENC ? lengthEncoded(b, at) : [b[at] ?? 0, at + 1];
  if (sized && sized[1] + sized[0] <= b.length) {
    auth = b.subarray(sized[1], sized[1] + sized[0]);
    at = sized[1] + sized[0];
  } else at = b.length;
  if (capabilities & CLIENT_CONNECT_WITH_DB && at < b.length) {
    const stop = nul(b, at);
    at = stop < 0 ? b.length : stop + 1;
  }
  let plugin = '';
  if (capabilities & CLIENT_PLUGIN_AUTH && at < b.length) {
    const stop = nul(b, at);
    plugin = ascii(b, at, stop < 0 ? b.length : stop);
  }
  return { capabilities, tls: false, user: b.subarray(32, end), auth, plugin };
}

/** Bytes of a binary value of a type; undefined for those that say their own length, -1 for unknown types. */
const FIXED: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 6: 0, 8: 8, 9: 4, 13: 2 };
const DATES = new Set([7, 10, 11, 12]);

/** The statement of a COM_QUERY that may begin with query attributes. */
export function statement(b: Uint8Array, attributes: boolean): Uint8Array {
  if (!attributes) return b;
  const count = lengthEncoded(b, 0);
  const sets = count && lengthEncoded(b, count[1]);
  if (!count || !sets) return b;
  const n = count[0];
  let at = sets[1];
  if (n === 0) return b.subarray(at);
  if (n > 1024) return b.subarray(b.length);
  const nulls = at;
  at += (n + 7) >> 3;
  if (b[at++] !== 1) return b.subarray(Math.min(at, b.length));
  const types: number[] = [];
  for (let i = 0; i < n; i++) {
    types.push(b[at] ?? 0);
    const name = lengthEncoded(b, at + 2);
    if (!name) return b.subarray(b.length);
    at = name[1] + name[0];
  }
  for (let i = 0; i < n && at < b.length; i++) {
    if (b[nulls + (i >> 3)] & (1 << (i & 7))) continue;
    const type = types[i];
    if (DATES.has(type)) at += 1 + (b[at] ?? 0);
    else if (FIXED[type] !== undefined) at += FIXED[type];
    else {
      const text = lengthEncoded(b, at);
      if (!text) return b.subarray(b.length);
      at = text[1] + text[0];
    }
  }
  return b.subarray(Math.min(at, b.length));
}

/** Values of a row in text form, a comma between them; NULL is empty. */
export function rowText(b: Uint8Array): string {
  const values: string[] = [];
  let at = 0;
  while (at < b.length) {
    if (b[at] === 0xfb) {
      values.push('');
      at++;
      continue;
    }
    const length = lengthEncoded(b, at);
    if (!length) break;
    const [size, from] = length;
    values.push(latin1(b.subarray(from, from + size)));
    at = from + size;
  }
  return values.join(',');
}

/** The text of an error packet, from its 0xff on. */
export function errorText(b: Uint8Array): Uint8Array {
  const at = b[3] === 0x23 && b.length >= 9 ? 9 : 3;
  return b.subarray(Math.min(at, b.length));
}
