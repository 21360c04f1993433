/**
 * A QUIC connection of version 1 whose secrets are chosen and not agreed on: whoever has the key log reads it, nobody could have had it.
 * Its handshake carries what readers need (hellos, the protocol chosen, both ends' Finished) and nothing else.
 */

import { createCipheriv } from 'node:crypto';
import { expandLabel } from '../../src/lib/ingest/protocol/wire/tls-decrypt.ts';
import { initialKeys, saltsOf } from '../../src/lib/ingest/protocol/wire/quic-initial.ts';
import { cat, u16, u32, u8 } from './bytes.ts';

export type End = 'orig' | 'resp';

export interface Datagram {
  readonly from: End;
  readonly bytes: Buffer;
}

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;
}

const CLIENT_ID = Buffer.from('c11e47c11e47', 'hex');
const SERVER_ID = Buffer.from('5e47e25e47e2', 'hex');
const FIRST_ID = Buffer.from('0123456789abcdef', 'hex');
const CLIENT_RANDOM = Buffer.alloc(32, 0xc1);
const SERVER_RANDOM = Buffer.alloc(32, 0x5e);
const AES_128_GCM_SHA256 = 0x1301;
const TAG = 16;

/** RFC 9000 16. */
export const varint = (value: number): Buffer => {
  if (value < 0x40) return u8(value);
  if (value < 0x4000) return u16(value | 0x4000);
  if (value < 0x4000_0000) return u32((value | 0x8000_0000) >>> 0);
  throw new RangeError('No test needs integers of eight bytes.');
};

const LABELS = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
  'CLIENT_EARLY_TRAFFIC_SECRET',
] as const;
const secretOf = (label: (typeof LABELS)[number]): Buffer => Buffer.alloc(32, LABELS.indexOf(label) + 1);

/** Lines of the key log. */
export const keyLogWithEarly: readonly string[] = LABELS.map(
  (label) => `${label} ${CLIENT_RANDOM.toString('hex')} ${secretOf(label).toString('hex')}`,
);
/** Without the secret of what is said before the server's hello. */
export const keyLog: readonly string[] = keyLogWithEarly.slice(0, -1);

const keysOf = (label: (typeof LABELS)[number]): Keys => {
  const secret = secretOf(label);
  return {
    key: expandLabel('sha256', secret, 'quic key', 16),
    iv: expandLabel('sha256', secret, 'quic iv', 12),
    hp: expandLabel('sha256', secret, 'quic hp', 16),
  };
};

/** `header` up to the packet number, which is sent in two bytes; RFC 9001 5. */
const protect = (keys: Keys, header: Buffer, number: number, payload: Buffer): Buffer => {
  const whole = cat(header, u16(number));
  whole[0] |= 1;
  const nonce = Buffer.from(keys.iv);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ number, 10);
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce, { authTagLength: TAG });
  cipher.setAAD(whole);
  const body = cat(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(body.subarray(2, 18));
  whole[0] ^= mask[0] & (whole[0] & 0x80 ? 0x0f : 0x1f);
  whole[header.length] ^= mask[1];
  whole[header.length + 1] ^= mask[2];
  return cat(whole, body);
};

const message = (type: number, body: Buffer): Buffer => cat(u8(type), u8(0), u16(body.length), body);
const extension = (type: number, body: Buffer): Buffer => cat(u16(type), u16(body.length), body);
const counted = (body: Buffer): Buffer => cat(u16(body.length), body);

const serverNameExtension = (name: string): Buffer =>
  extension(0, counted(cat(u8(0), counted(Buffer.from(name, 'latin1')))));
const protocolExtension = (protocol: string): Buffer =>
  extension(16, counted(cat(u8(protocol.length), Buffer.from(protocol, 'latin1'))));
const keyShare = cat(u16(29), counted(Buffer.alloc(32, 9)));
const transportParameters = (id: Buffer): Buffer => extension(0x39, cat(u8(0x0f), u8(id.length), id));

const clientHello = (name: string, protocol: string): Buffer =>
  message(
    1,
    cat(
      u16(0x0303),
      CLIENT_RANDOM,
      u8(0),
      counted(u16(AES_128_GCM_SHA256)),
      cat(u8(1), u8(0)),
      counted(
        cat(
          serverNameExtension(name),
          extension(10, counted(u16(29))),
          extension(13, counted(u16(0x0804))),
          protocolExtension(protocol),
          extension(43, cat(u8(2), u16(0x0304))),
          extension(51, counted(keyShare)),
          transportParameters(CLIENT_ID),
        ),
      ),
    ),
  );

const serverHello = (): Buffer =>
  message(
    2,
    cat(
      u16(0x0303),
      SERVER_RANDOM,
      u8(0),
      u16(AES_128_GCM_SHA256),
      u8(0),
      counted(cat(extension(43, u16(0x0304)), extension(51, keyShare))),
    ),
  );

const finished = message(20, Buffer.alloc(32, 0xf1));
const cryptoFrame = (bytes: Buffer): Buffer => cat(u8(6), varint(0), varint(bytes.length), bytes);

/** What a client says before the server's hello, packet by packet, and whether the server takes it. */
export interface Early {
  readonly packets: readonly Buffer[];
  readonly taken: boolean;
}

/** One connection: its handshake, then what is put into packets of both ends. */
export class QuicTalk {
  readonly datagrams: Datagram[] = [];
  readonly #next = { orig: 0, resp: 0 };
  readonly #keys = {
    orig: keysOf('CLIENT_TRAFFIC_SECRET_0'),
    resp: keysOf('SERVER_TRAFFIC_SECRET_0'),
  };

  constructor(name: string, protocol: string, early?: Early) {
    const [salt] = saltsOf(1);
    const initial = initialKeys(1, salt, FIRST_ID);
    const hello = cryptoFrame(clientHello(name, protocol));
    this.#say('orig', this.#long(initial.client, 0, FIRST_ID, CLIENT_ID, cat(hello, Buffer.alloc(900))));
    for (const frames of early?.packets ?? [])
      this.#say(
        'orig',
        this.#long(keysOf('CLIENT_EARLY_TRAFFIC_SECRET'), 1, FIRST_ID, CLIENT_ID, frames, this.#next.orig++),
      );
    const extensions = cat(
      protocolExtension(protocol),
      early?.taken ? extension(42, Buffer.alloc(0)) : [],
      transportParameters(SERVER_ID),
    );
    const encrypted = cat(message(8, counted(extensions)), finished);
    this.#say(
      'resp',
      cat(
        this.#long(initial.server, 0, CLIENT_ID, SERVER_ID, cryptoFrame(serverHello())),
        this.#long(
          keysOf('SERVER_HANDSHAKE_TRAFFIC_SECRET'),
          2,
          CLIENT_ID,
          SERVER_ID,
          cryptoFrame(encrypted),
        ),
      ),
    );
    this.#say(
      'orig',
      this.#long(keysOf('CLIENT_HANDSHAKE_TRAFFIC_SECRET'), 2, SERVER_ID, CLIENT_ID, cryptoFrame(finished)),
    );
  }

  /** A packet of these frames; `lost` where it is not to be in the capture. */
  packet(from: End, frames: Buffer, lost = false): this {
    const id = from === 'orig' ? SERVER_ID : CLIENT_ID;
    const packet = protect(this.#keys[from], cat(u8(0x40), id), this.#next[from]++, frames);
    if (!lost) this.#say(from, packet);
    return this;
  }

  #say(from: End, bytes: Buffer): void {
    this.datagrams.push({ from, bytes });
  }

  /** Packets of a long header: `type` 0 Initial, 1 0-RTT, 2 Handshake. */
  #long(keys: Keys, type: number, to: Buffer, own: Buffer, payload: Buffer, number = 0): Buffer {
    const header = cat(
      u8(0xc0 | (type << 4)),
      u32(1),
      u8(to.length),
      to,
      u8(own.length),
      own,
      type === 0 ? varint(0) : [],
      u16((2 + payload.length + TAG) | 0x4000),
    );
    return protect(keys, header, number, payload);
  }
}

/** A STREAM frame with offset and length (RFC 9000 19.8). */
export const streamFrame = (stream: number, offset: number, bytes: Buffer, fin = false): Buffer =>
  cat(u8(fin ? 0x0f : 0x0e), varint(stream), varint(offset), varint(bytes.length), bytes);

export const resetFrame = (stream: number, size: number): Buffer =>
  cat(u8(4), varint(stream), varint(0x10c), varint(size));
