/** Google's QUIC before the IETF's: its client hello is a CHLO message of tags, in clear text up to Q046. */

import { latin1, u16le, u32le } from '../wire/bytes.ts';

const CHLO = Buffer.from('CHLO', 'latin1');
const MAX_TAGS = 128;

export interface GoogleHello {
  /** Tags of four bytes in the order in which they are, zeros left out. */
  readonly tags: readonly string[];
  readonly serverName: Uint8Array | undefined;
  readonly userAgent: Uint8Array | undefined;
}

/** The CHLO somewhere in these bytes. */
export const googleHello = (bytes: Uint8Array): GoogleHello | undefined => {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(CHLO);
  if (at < 0 || at + 8 > bytes.length) return undefined;
  const tags = u16le(bytes, at + 4);
  if (tags === 0 || tags > MAX_TAGS) return undefined;
  const values = at + 8 + tags * 8;
  const found: Record<string, Uint8Array> = {};
  const names: string[] = [];
  let start = 0;
  for (let n = 0; n < tags; n++) {
    const entry = at + 8 + n * 8;
    if (entry + 8 > bytes.length) break;
    const end = u32le(bytes, entry + 4);
    if (end < start) return undefined;
    if (values + end > bytes.length) break;
    const name = latin1(bytes.subarray(entry, entry + 4));
    names.push(name.replaceAll('\0', ''));
    found[name] = bytes.slice(values + start, values + end);
    start = end;
  }
  return { tags: names, serverName: found['SNI\0'], userAgent: found['UAID'] };
};

/** `Q043` where it stands in the public header of a client's packet (drafts up to Q046); undefined elsewhere. */
export const googleVersion = (b: Uint8Array): string | undefined => {
  // Long header of Q044 and later: the version follows the first byte. Before: flags, 8 bytes of connection id, version.
  const long = ((b[0] ?? 0) & 0x80) !== 0;
  if (!long && ((b[0] ?? 0) & 0x09) !== 0x09) return undefined;
  const at = long ? 1 : 9;
  const text = latin1(b.subarray(at, at + 4));
  return /^[QT]0[0-9]{2}$/.test(text) ? text : undefined;
};
