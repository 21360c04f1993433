/** Extensions of the hellos: RFC 6066, 7301, 8422, 8446. */

import type { Layer } from '../contract.ts';
import { EXTENSIONS, GROUPS, VERSIONS } from './tls-words.ts';

type Extension = (layer: Layer, off: number, len: number, isClient: boolean) => void;

/** A list with its length before it, of numbers of `size` bytes. */
const numbers =
  (
    of: readonly [name: string, label: string],
    each: readonly [name: string, label: string],
    lengthSize: number,
    size: number,
    words?: Readonly<Record<number, string>>,
  ): Extension =>
  (layer, off, len) => {
    const count = layer.num(of[0], of[1], off, lengthSize);
    for (let at = off + lengthSize; at + size <= off + Math.min(len, lengthSize + count); at += size) {
      if (size === 1) layer.num(each[0], each[1], at, 1, words);
      else layer.hex(each[0], each[1], at, size, words);
    }
  };

const serverName: Extension = (layer, off, len) => {
  // A server answers with nothing in it.
  if (len < 5) return;
  layer.num('tls.handshake.extensions_server_name_list_len', 'List length', off, 2);
  layer.num('tls.handshake.extensions_server_name_type', 'Type', off + 2, 1, { 0: 'host name' });
  const size = layer.num('tls.handshake.extensions_server_name_len', 'Length', off + 3, 2);
  layer.text('tls.handshake.extensions_server_name', 'Server name', off + 5, size);
};

const protocols: Extension = (layer, off, len) => {
  layer.num('tls.handshake.extensions_alpn_len', 'List length', off, 2);
  for (let at = off + 2; at < off + len;) {
    const size = layer.num('tls.handshake.extensions_alpn_str_len', 'Length', at, 1);
    layer.text('tls.handshake.extensions_alpn_str', 'Protocol', at + 1, size);
    at += 1 + size;
  }
};

const VERSION = ['tls.handshake.extensions.supported_version', 'Version'] as const;
const clientVersions = numbers(
  ['tls.handshake.extensions.supported_versions_len', 'Length'],
  VERSION,
  1,
  2,
  VERSIONS,
);

function keyShare(layer: Layer, off: number): number {
  layer.num('tls.handshake.extensions_key_share_group', 'Group', off, 2, GROUPS);
  const size = layer.num('tls.handshake.extensions_key_share_key_exchange_length', 'Key length', off + 2, 2);
  layer.hexBytes('tls.handshake.extensions_key_share_key_exchange', 'Key', off + 4, size);
  return off + 4 + size;
}

const VALUES: Readonly<Record<number, Extension>> = {
  0: serverName,
  10: numbers(
    ['tls.handshake.extensions_supported_groups_length', 'List length'],
    ['tls.handshake.extensions_supported_group', 'Group'],
    2,
    2,
    GROUPS,
  ),
  11: numbers(
    ['tls.handshake.extensions_ec_point_formats_length', 'List length'],
    ['tls.handshake.extensions_ec_point_format', 'Format'],
    1,
    1,
    { 0: 'uncompressed' },
  ),
  13: numbers(
    ['tls.handshake.sig_hash_alg_len', 'List length'],
    ['tls.handshake.sig_hash_alg', 'Algorithm'],
    2,
    2,
  ),
  16: protocols,
  43: (layer, off, len, isClient) => {
    if (isClient) clientVersions(layer, off, len, true);
    else layer.hex(...VERSION, off, 2, VERSIONS);
  },
  45: numbers(
    ['tls.extension.psk_ke_modes_length', 'List length'],
    ['tls.extension.psk_ke_mode', 'Mode'],
    1,
    1,
    { 0: 'PSK alone', 1: 'PSK with (EC)DHE' },
  ),
  51: (layer, off, len, isClient) => {
    // The server's, and in a retry its wish alone.
    if (!isClient) {
      if (len >= 4) keyShare(layer, off);
      return;
    }
    layer.num('tls.handshake.extensions_key_share_client_length', 'List length', off, 2);
    for (let at = off + 2; at + 4 <= off + len;) at = keyShare(layer, at);
  },
};

export function helloExtensions(layer: Layer, from: number, end: number, isClient: boolean): void {
  for (let off = from; off + 4 <= end;) {
    const type = layer.uint(off, 2);
    const len = layer.uint(off + 2, 2);
    layer.need(off + 4, len);
    const one = layer.group('tls.handshake.extension', EXTENSIONS[type] ?? `Extension ${type}`, off, 4 + len);
    one.num('tls.handshake.extension.type', 'Type', off, 2, EXTENSIONS);
    one.num('tls.handshake.extension.len', 'Length', off + 2, 2);
    if (len > 0) VALUES[type]?.(one, off + 4, len, isClient);
    off += 4 + len;
  }
}
