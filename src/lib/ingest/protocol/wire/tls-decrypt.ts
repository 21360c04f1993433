/**
 * Opens TLS records whose secrets are known: TLS 1.0 to 1.2 with AES-CBC and 3DES (RFC 2246, 4346, 5246), TLS 1.2 with AES-GCM and
 * ChaCha20-Poly1305 (RFC 5288, 7905), TLS 1.0 to 1.2 with RC4, TLS 1.3 (RFC 8446). One opener is one direction under one key.
 */

import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { Rc4 } from './rc4.ts';

interface Suite {
  readonly algorithm:
    | 'aes-128-gcm'
    | 'aes-256-gcm'
    | 'chacha20-poly1305'
    | 'aes-128-cbc'
    | 'aes-256-cbc'
    | 'des-ede3-cbc'
    | 'rc4';
  readonly keyLength: number;
  /** Bytes of the MAC of a suite whose cipher has none of its own. */
  readonly mac: number;
  readonly hash: 'sha256' | 'sha384';
}

/** TLS 1.0, whose CBC takes the initial vector from the record before. */
const TLS10 = 0x0301;
const TLS12 = 0x0303;

const MACS: Readonly<Record<string, number>> = { SHA: 20, SHA256: 32, SHA384: 48 };

/** By the suite's IANA name; undefined where it is none of those that can be opened. */
export const suiteOf = (name: string): Suite | undefined => {
  const hash = name.endsWith('_SHA384') ? 'sha384' : 'sha256';
  if (name.includes('CHACHA20_POLY1305') && !name.endsWith('_OLD'))
    return { algorithm: 'chacha20-poly1305', keyLength: 32, mac: 0, hash };
  const rc4 = /_RC4_128_(SHA|MD5)$/.exec(name);
  if (rc4) return { algorithm: 'rc4', keyLength: 16, mac: rc4[1] === 'MD5' ? 16 : 20, hash };
  if (name.endsWith('_3DES_EDE_CBC_SHA')) return { algorithm: 'des-ede3-cbc', keyLength: 24, mac: 20, hash };
  const aes = /AES_(128|256)_(GCM|CBC)_(SHA(?:256|384)?)$/.exec(name);
  if (aes === null) return undefined;
  const keyLength = aes[1] === '256' ? 32 : 16;
  const bits = keyLength === 32 ? '256' : '128';
  return aes[2] === 'GCM'
    ? { algorithm: `aes-${bits}-gcm`, keyLength, mac: 0, hash }
    : { algorithm: `aes-${bits}-cbc`, keyLength, mac: MACS[aes[3] ?? ''] ?? 20, hash };
};

/** Bytes of a cipher's block. */
const blockOf = ({ algorithm }: Suite): number => (algorithm === 'des-ede3-cbc' ? 8 : 16);

const hmac = (hash: string, key: Uint8Array, data: Uint8Array): Buffer =>
  createHmac(hash, key).update(data).digest();

/** P_hash of RFC 5246 5. */
const prf = (hash: string, secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer => {
  const start = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const parts: Buffer[] = [];
  let a: Buffer = start;
  for (let have = 0; have < length;) {
    a = hmac(hash, secret, a);
    const part = hmac(hash, secret, Buffer.concat([a, start]));
    parts.push(part);
    have += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
};

/** The PRF before TLS 1.2: MD5 over one half of the secret, SHA-1 over the other (RFC 2246 5). */
const oldPrf = (secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer => {
  const half = Math.ceil(secret.length / 2);
  const mixed = prf('md5', secret.subarray(0, half), label, seed, length);
  const sha1 = prf('sha1', secret.subarray(secret.length - half), label, seed, length);
  for (let i = 0; i < length; i++) mixed[i] = (mixed[i] ?? 0) ^ (sha1[i] ?? 0);
  return mixed;
};

/** HKDF-Expand-Label (RFC 8446 7.1), up to the length of the hash. */
export const expandLabel = (hash: string, secret: Uint8Array, label: string, length: number): Buffer => {
  const name = `tls13 ${label}`;
  const info = Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, name.length]),
    Buffer.from(name, 'latin1'),
    Buffer.from([0, 1]),
  ]);
  return hmac(hash, secret, info).subarray(0, length);
};

const TAG = 16;

export class RecordOpener {
  readonly #suite: Suite;
  readonly #key: Uint8Array;
  /** Of CBC in TLS 1.0 the last block of the record before. */
  #iv: Uint8Array;
  readonly #tls13: boolean;
  readonly #encryptThenMac: boolean;
  readonly #secret: Uint8Array;
  readonly #macKey: Uint8Array;
  readonly #stream: Rc4 | undefined;
  #sequence = 0n;

  private constructor(
    suite: Suite,
    key: Uint8Array,
    iv: Uint8Array,
    more: { tls13: boolean; encryptThenMac?: boolean; secret: Uint8Array; macKey?: Uint8Array },
  ) {
    this.#suite = suite;
    this.#key = key;
    this.#iv = iv;
    this.#tls13 = more.tls13;
    this.#encryptThenMac = more.encryptThenMac ?? false;
    this.#secret = more.secret;
    this.#macKey = more.macKey ?? new Uint8Array(0);
    this.#stream = suite.algorithm === 'rc4' ? new Rc4(key) : undefined;
  }

  /** Openers of the client's and the server's records of TLS 1.0 to 1.2. */
  static tls12(
    suite: Suite,
    version: number,
    master: Uint8Array,
    clientRandom: Uint8Array,
    serverRandom: Uint8Array,
    encryptThenMac: boolean,
  ): [RecordOpener, RecordOpener] {
    const { mac, keyLength, algorithm, hash } = suite;
    const chained = version === TLS10 && algorithm !== 'rc4' ? blockOf(suite) : 0;
    const ivLength = mac > 0 ? chained : algorithm === 'chacha20-poly1305' ? 12 : 4;
    const seed = Buffer.concat([serverRandom, clientRandom]);
    const length = 2 * (mac + keyLength + ivLength);
    const block =
      version < TLS12
        ? oldPrf(master, 'key expansion', seed, length)
        : prf(hash, master, 'key expansion', seed, length);
    const part = (at: number, length: number): Uint8Array => block.subarray(at, at + length);
    const keys = 2 * mac;
    const ivs = keys + 2 * keyLength;
    const opener = (side: number): RecordOpener =>
      new RecordOpener(
        suite,
        part(keys + side * keyLength, keyLength),
        part(ivs + side * ivLength, ivLength),
        {
          tls13: false,
          encryptThenMac,
          secret: master,
          macKey: part(side * mac, mac),
        },
      );
    return [opener(0), opener(1)];
  }

  static tls13(suite: Suite, secret: Uint8Array): RecordOpener {
    return new RecordOpener(
      suite,
      expandLabel(suite.hash, secret, 'key', suite.keyLength),
      expandLabel(suite.hash, secret, 'iv', 12),
      { tls13: true, secret },
    );
  }

  /** The opener after a KeyUpdate. */
  next(): RecordOpener {
    const { hash } = this.#suite;
    const length = hash === 'sha384' ? 48 : 32;
    return RecordOpener.tls13(this.#suite, expandLabel(hash, this.#secret, 'traffic upd', length));
  }

  /** Content of one record, with its type; undefined where this key does not open it. */
  open(header: Uint8Array, content: Uint8Array): { type: number; bytes: Uint8Array } | undefined {
    const clear = this.#stream
      ? this.#streamed(this.#stream, header, content)
      : this.#suite.mac > 0
        ? this.#cbc(content)
        : this.#aead(header, content);
    this.#sequence++;
    if (clear === undefined) return undefined;
    if (!this.#tls13) return { type: header[0] ?? 0, bytes: clear };
    let end = clear.length;
    while (end > 0 && clear[end - 1] === 0) end--;
    return end === 0 ? undefined : { type: clear[end - 1] ?? 0, bytes: clear.subarray(0, end - 1) };
  }

  #aead(header: Uint8Array, content: Uint8Array): Uint8Array | undefined {
    const { algorithm } = this.#suite;
    const explicit = !this.#tls13 && algorithm !== 'chacha20-poly1305' ? 8 : 0;
    const length = content.length - explicit - TAG;
    if (length < 0) return undefined;
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(this.#sequence);
    const nonce = Buffer.alloc(12);
    nonce.set(this.#iv);
    if (explicit > 0) nonce.set(content.subarray(0, 8), 4);
    else for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] ?? 0) ^ (number[i] ?? 0);
    const aad = this.#tls13
      ? header
      : Buffer.concat([number, header.subarray(0, 3), Buffer.from([length >> 8, length & 0xff])]);
    const body = content.subarray(explicit, explicit + length);
    const tag = content.subarray(explicit + length);
    try {
      // Node's types tell the modes apart by name; their calls are the same.
      const open = createDecipheriv(algorithm as 'aes-128-gcm', this.#key, nonce, { authTagLength: TAG });
      open.setAAD(aad);
      open.setAuthTag(tag);
      const clear = open.update(body);
      open.final();
      return clear;
    } catch {
      return undefined;
    }
  }

  /** A stream goes wrong with the first record that is missing: the MAC tells. */
  #streamed(stream: Rc4, header: Uint8Array, content: Uint8Array): Uint8Array | undefined {
    const { mac } = this.#suite;
    const length = content.length - mac;
    if (length < 0) return undefined;
    const clear = stream.apply(content);
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(this.#sequence);
    const authenticated = Buffer.concat([
      number,
      header.subarray(0, 3),
      Buffer.from([length >> 8, length & 0xff]),
      clear.subarray(0, length),
    ]);
    const expected = hmac(mac === 16 ? 'md5' : 'sha1', this.#macKey, authenticated);
    return timingSafeEqual(expected, clear.subarray(length)) ? clear.subarray(0, length) : undefined;
  }

  #cbc(content: Uint8Array): Uint8Array | undefined {
    const { algorithm, mac } = this.#suite;
    const end = this.#encryptThenMac ? content.length - mac : content.length;
    const size = blockOf(this.#suite);
    const chained = this.#iv.length > 0;
    const from = chained ? 0 : size;
    if (end < from + size || end % size !== 0) return undefined;
    const open = createDecipheriv(
      algorithm as 'aes-128-cbc',
      this.#key,
      chained ? this.#iv : content.subarray(0, size),
    );
    open.setAutoPadding(false);
    const clear = open.update(content.subarray(from, end));
    if (chained) this.#iv = content.slice(end - size, end);
    const padding = (clear.at(-1) ?? 0) + 1;
    const length = clear.length - padding - (this.#encryptThenMac ? 0 : mac);
    if (length < 0) return undefined;
    for (let i = clear.length - padding; i < clear.length; i++)
      if (clear[i] !== padding - 1) return undefined;
    return clear.subarray(0, length);
  }
}
