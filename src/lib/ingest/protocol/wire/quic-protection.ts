/** Protection of QUIC packets whose secrets are known (RFC 9001 5 and 6, RFC 9369 3.3). */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { isVersion2 } from './quic-initial.ts';
import { expandLabel, suiteOf } from './tls-decrypt.ts';

const TAG = 16;
const SAMPLE = 16;

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** Opens the packets of one side under one traffic secret, and under those that follow from it. */
export class PacketOpener {
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly #hash: 'sha256' | 'sha384';
  readonly #keyLength: number;
  readonly #label: string;
  readonly #hp: Uint8Array;
  #secret: Uint8Array;
  #keys: Keys;
  #phase = 0;
  #largest = -1;

  private constructor(
    suite: { hash: 'sha256' | 'sha384'; keyLength: number },
    algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305',
    secret: Uint8Array,
    label: string,
  ) {
    this.#algorithm = algorithm;
    this.#hash = suite.hash;
    this.#keyLength = suite.keyLength;
    this.#label = label;
    this.#secret = secret;
    this.#hp = expandLabel(suite.hash, secret, `${label} hp`, suite.keyLength);
    this.#keys = this.#keysOf(secret);
  }

  /** `cipher` by its IANA name; undefined where it is none of QUIC's that can be opened. */
  static of(cipher: string, secret: Uint8Array, version: number): PacketOpener | undefined {
    const suite = suiteOf(cipher);
    if (suite === undefined) return undefined;
    const { algorithm } = suite;
    if (algorithm !== 'aes-128-gcm' && algorithm !== 'aes-256-gcm' && algorithm !== 'chacha20-poly1305')
      return undefined;
    return new PacketOpener(suite, algorithm, secret, isVersion2(version) ? 'quicv2' : 'quic');
  }

  #keysOf(secret: Uint8Array): Keys {
    return {
      key: expandLabel(this.#hash, secret, `${this.#label} key`, this.#keyLength),
      iv: expandLabel(this.#hash, secret, `${this.#label} iv`, 12),
    };
  }

  /** `packet` from its first byte to its last, its number at `numberAt`. Undefined where this secret does not open it. */
  open(packet: Uint8Array, numberAt: number): Uint8Array | undefined {
    if (numberAt + 4 + SAMPLE > packet.length) return undefined;
    const mask = this.#mask(packet.subarray(numberAt + 4, numberAt + 4 + SAMPLE));
    const long = ((packet[0] ?? 0) & 0x80) !== 0;
    const first = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & (long ? 0x0f : 0x1f));
    const length = (first & 3) + 1;
    const header = Buffer.from(packet.subarray(0, numberAt + length));
    header[0] = first;
    let truncated = 0;
    for (let i = 0; i < length; i++) {
      const byte = (header[numberAt + i] ?? 0) ^ (mask[1 + i] ?? 0);
      header[numberAt + i] = byte;
      truncated = truncated * 256 + byte;
    }
    const number = fullNumber(truncated, length, this.#largest);
    const body = packet.subarray(numberAt + length);
    if (body.length < TAG) return undefined;
    const phase = long ? 0 : (first >> 2) & 1;
    if (phase === this.#phase) {
      const clear = this.#decipher(this.#keys, header, body, number);
      if (clear) this.#largest = Math.max(this.#largest, number);
      return clear;
    }
    const secret = expandLabel(this.#hash, this.#secret, `${this.#label} ku`, this.#secret.length);
    const keys = this.#keysOf(secret);
    const clear = this.#decipher(keys, header, body, number);
    if (clear === undefined) return undefined;
    this.#secret = secret;
    this.#keys = keys;
    this.#phase = phase;
    this.#largest = Math.max(this.#largest, number);
    return clear;
  }

  #mask(sample: Uint8Array): Uint8Array {
    if (this.#algorithm === 'chacha20-poly1305')
      return createCipheriv('chacha20', this.#hp, sample).update(Buffer.alloc(5));
    const cipher = createCipheriv(this.#keyLength === 32 ? 'aes-256-ecb' : 'aes-128-ecb', this.#hp, null);
    cipher.setAutoPadding(false);
    return cipher.update(sample);
  }

  #decipher({ key, iv }: Keys, header: Uint8Array, body: Uint8Array, number: number): Uint8Array | undefined {
    const nonce = Buffer.from(iv);
    let rest = number;
    for (let i = 11; i >= 4 && rest > 0; i--) {
      nonce[i] = (nonce[i] ?? 0) ^ (rest & 0xff);
      rest = Math.floor(rest / 256);
    }
    // Node's types tell the modes apart by name; their calls are the same.
    const open = createDecipheriv(this.#algorithm as 'aes-128-gcm', key, nonce, { authTagLength: TAG });
    open.setAAD(header);
    open.setAuthTag(body.subarray(body.length - TAG));
    try {
      const clear = open.update(body.subarray(0, body.length - TAG));
      open.final();
      return clear;
    } catch {
      return undefined;
    }
  }
}

/** A packet number of `length` bytes, given the largest before it (RFC 9000 A.3). */
const fullNumber = (truncated: number, length: number, largest: number): number => {
  const window = 256 ** length;
  const expected = largest + 1;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - window / 2) return candidate + window;
  return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
};
