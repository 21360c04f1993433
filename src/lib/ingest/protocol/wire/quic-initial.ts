/**
 * Protection of QUIC's Initial packets, whose keys anyone can derive (RFC 9001 5.2, RFC 9369 3.3, and the drafts before them).
 */

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

const V1 = '38762cf7f55934b34d179ae6a4c80cadccbb7f0a';
const V2 = '0dede3def700a6db819381be6e269dcbf9bd2ed9';
const V2_DRAFT = 'a707c203a59b47184a1d62ca570406ea7ae3e5d3';
const DRAFT_29 = 'afbfec289993d24c9e9786f19c6111e04390a899';
const DRAFT_23 = 'c3eef712c72ebb5a11a7d2432bb46365bef9f502';
const DRAFT_21 = '7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a';
const DRAFT_17 = 'ef4fb0abb47470c41befcf8031334fae485e09a0';
const Q050 = '504574efd066fe2f9d945cfcdbd3a7f0d3b56b45';
const T050 = '7ff579e5acd072915580304c43a2367c60488310';
const T051 = '7a4edef4e7ccee5fa4506c19124fc8ccda6e033d';

export const QUIC_V2 = 0x6b3343cf;
const QUIC_V2_DRAFT = 0x709a50c4;

/** Whether packet types are numbered as version 2 does. */
export const isVersion2 = (version: number): boolean => version === QUIC_V2 || version === QUIC_V2_DRAFT;

/** Versions whose Initials can be read. */
export const saltsOf = (version: number): readonly string[] => {
  if (version === 1) return [V1];
  if (version === QUIC_V2) return [V2];
  if (version === QUIC_V2_DRAFT) return [V2_DRAFT];
  if (version === 0x51303530) return [Q050];
  if (version === 0x54303530) return [T050];
  if (version === 0x54303531) return [T051];
  if (version >>> 8 === 0xff0000) {
    const draft = version & 0xff;
    if (draft >= 33) return [V1];
    if (draft >= 29) return [DRAFT_29];
    if (draft >= 23) return [DRAFT_23];
    if (draft >= 21) return [DRAFT_21];
    return draft >= 17 ? [DRAFT_17] : [];
  }
  // Facebook's own numbers, each near a draft.
  if (version >>> 12 === 0xfaceb) return [DRAFT_23, DRAFT_21, DRAFT_29, V1];
  return [];
};

export interface PacketKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly hp: Buffer;
}

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

/** HKDF-Expand-Label (RFC 8446 7.1) of up to 32 bytes. */
const expandLabel = (secret: Uint8Array, label: string, length: number): Buffer => {
  const name = `tls13 ${label}`;
  const info = Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, name.length]),
    Buffer.from(name, 'latin1'),
    Buffer.from([0, 1]),
  ]);
  return hmac(secret, info).subarray(0, length);
};

const keysFrom = (secret: Uint8Array, version: number): PacketKeys => {
  const prefix = isVersion2(version) ? 'quicv2' : 'quic';
  return {
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    hp: expandLabel(secret, `${prefix} hp`, 16),
  };
};

export interface InitialKeys {
  readonly client: PacketKeys;
  readonly server: PacketKeys;
}

/** Keys of both sides by the connection id that the client chose for the server. */
export const initialKeys = (version: number, salt: string, dcid: Uint8Array): InitialKeys => {
  const secret = hmac(Buffer.from(salt, 'hex'), dcid);
  return {
    client: keysFrom(expandLabel(secret, 'client in', 32), version),
    server: keysFrom(expandLabel(secret, 'server in', 32), version),
  };
};

/**
 * Opens one packet: `packet` from its first byte to its last, its number at `numberAt`. Undefined where the keys are not its. Of one that
 * is `cut` nothing can tell that: what comes out has to make sense by itself.
 */
export const openInitial = (
  packet: Uint8Array,
  numberAt: number,
  { key, iv, hp }: PacketKeys,
  cut = false,
): Uint8Array | undefined => {
  if (numberAt + 20 > packet.length) return undefined;
  const cipher = createCipheriv('aes-128-ecb', hp, null);
  cipher.setAutoPadding(false);
  const mask = cipher.update(packet.subarray(numberAt + 4, numberAt + 20));
  const first = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const length = (first & 3) + 1;
  const header = Buffer.from(packet.subarray(0, numberAt + length));
  header[0] = first;
  const nonce = Buffer.from(iv);
  for (let i = 0; i < length; i++) {
    const byte = (header[numberAt + i] ?? 0) ^ (mask[1 + i] ?? 0);
    header[numberAt + i] = byte;
    const at = 12 - length + i;
    nonce[at] = (nonce[at] ?? 0) ^ byte;
  }
  const body = packet.subarray(numberAt + length);
  if (cut) return createDecipheriv('aes-128-gcm', key, nonce).update(body);
  if (body.length < 16) return undefined;
  const open = createDecipheriv('aes-128-gcm', key, nonce);
  open.setAAD(header);
  open.setAuthTag(body.subarray(body.length - 16));
  const clear = open.update(body.subarray(0, body.length - 16));
  try {
    open.final();
  } catch {
    return undefined;
  }
  return clear;
};
