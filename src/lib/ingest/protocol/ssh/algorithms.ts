/** SSH's key exchange lists (RFC 4253 section 7.1), what is agreed on, and HASSH. */

import { createHash } from 'node:crypto';
import { latin1, u32be } from '../wire/bytes.ts';

/** The ten lists of a KEXINIT, as they were sent: names with commas between them. */
export interface KexLists {
  readonly kex: string;
  readonly hostKey: string;
  readonly cipher: readonly [string, string];
  readonly mac: readonly [string, string];
  readonly compression: readonly [string, string];
}

const COOKIE = 16;

/** `payload` begins with the message's number. */
export const kexLists = (payload: Uint8Array): KexLists | undefined => {
  const lists: string[] = [];
  let at = 1 + COOKIE;
  for (let i = 0; i < 10; i++) {
    if (at + 4 > payload.length) return undefined;
    const length = u32be(payload, at);
    at += 4;
    if (length > payload.length - at) return undefined;
    lists.push(latin1(payload.subarray(at, at + length)));
    at += length;
  }
  const [kex = '', hostKey = '', c0 = '', c1 = '', m0 = '', m1 = '', z0 = '', z1 = ''] = lists;
  return { kex, hostKey, cipher: [c0, c1], mac: [m0, m1], compression: [z0, z1] };
};

/** The client's first name that the server has too. */
export const agreed = (client: string, server: string): string | undefined => {
  const offered = new Set(server.split(','));
  return client.split(',').find((name) => name !== '' && offered.has(name));
};

/** Both ways may differ. */
export const agreedBothWays = (
  client: readonly [string, string],
  server: readonly [string, string],
): string | undefined => {
  const up = agreed(client[0], server[0]);
  const down = agreed(client[1], server[1]);
  if (up === down || up === undefined || down === undefined) return up ?? down;
  return `To server: ${up}, to client: ${down}`;
};

export const hasshText = (lists: KexLists, dir: 0 | 1): string =>
  [lists.kex, lists.cipher[dir], lists.mac[dir], lists.compression[dir]].join(';');

export const md5Hex = (text: string): string => createHash('md5').update(text, 'latin1').digest('hex');

/** As OpenSSH prints it: base64 without padding. */
export const keyFingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
