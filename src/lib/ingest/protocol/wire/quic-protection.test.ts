import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { applicationFrames } from './quic-header.ts';
import { PacketOpener } from './quic-protection.ts';
import { expandLabel } from './tls-decrypt.ts';

interface Suite {
  readonly name: string;
  readonly algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly hash: 'sha256' | 'sha384';
  readonly length: number;
}

const SUITES: readonly Suite[] = [
  { name: 'TLS_AES_128_GCM_SHA256', algorithm: 'aes-128-gcm', hash: 'sha256', length: 16 },
  { name: 'TLS_AES_256_GCM_SHA384', algorithm: 'aes-256-gcm', hash: 'sha384', length: 32 },
  { name: 'TLS_CHACHA20_POLY1305_SHA256', algorithm: 'chacha20-poly1305', hash: 'sha256', length: 32 },
];

const secretOf = ({ hash }: Suite): Buffer => Buffer.alloc(hash === 'sha384' ? 48 : 32, 7);

/** A packet with a short header, an id of four bytes and a number of two, protected as RFC 9001 5 says. */
const protect = (suite: Suite, secret: Uint8Array, number: number, phase: number, clear: Buffer): Buffer => {
  const first = secretOf(suite);
  const hp = expandLabel(suite.hash, first, 'quic hp', suite.length);
  const nonce = Buffer.from(expandLabel(suite.hash, secret, 'quic iv', 12));
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  const header = Buffer.from([0x41 | (phase << 2), 1, 2, 3, 4, (number >> 8) & 0xff, number & 0xff]);
  const key = expandLabel(suite.hash, secret, 'quic key', suite.length);
  const cipher = createCipheriv(suite.algorithm as 'aes-128-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(header);
  const body = Buffer.concat([cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
  const sample = body.subarray(2, 18);
  const mask =
    suite.algorithm === 'chacha20-poly1305'
      ? createCipheriv('chacha20', hp, sample).update(Buffer.alloc(5))
      : createCipheriv(suite.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb', hp, null).update(sample);
  header[0] ^= mask[0] & 0x1f;
  header[5] ^= mask[1];
  header[6] ^= mask[2];
  return Buffer.concat([header, body]);
};

describe.each(SUITES)('QUIC packets of $name', (suite) => {
  const secret = secretOf(suite);
  const said = Buffer.from('the payload of a packet');

  it('are opened in any order near the largest number, and beyond 2 bytes of it', () => {
    const opener = PacketOpener.of(suite.name, secret, 1);
    for (const number of [0, 2, 1, 30_000, 60_000, 65_535, 65_536, 70_000, 65_534])
      expect(opener?.open(protect(suite, secret, number, 0, said), 5), String(number)).toEqual(said);
  });

  it('are opened after an update of keys', () => {
    const opener = PacketOpener.of(suite.name, secret, 1);
    const later = expandLabel(suite.hash, secret, 'quic ku', secret.length);
    expect(opener?.open(protect(suite, secret, 0, 0, said), 5)).toEqual(said);
    expect(opener?.open(protect(suite, later, 1, 1, said), 5)).toEqual(said);
    expect(opener?.open(protect(suite, later, 2, 1, said), 5)).toEqual(said);
  });

  it('stay closed under another secret, damaged, or cut off', () => {
    const packet = protect(suite, secret, 0, 0, said);
    expect(PacketOpener.of(suite.name, Buffer.alloc(secret.length, 8), 1)?.open(packet, 5)).toBeUndefined();
    expect(PacketOpener.of(suite.name, secret, 0x6b3343cf)?.open(packet, 5)).toBeUndefined();
    for (let length = 0; length < packet.length; length++)
      expect(PacketOpener.of(suite.name, secret, 1)?.open(packet.subarray(0, length), 5)).toBeUndefined();
    packet[packet.length - 1] ^= 1;
    expect(PacketOpener.of(suite.name, secret, 1)?.open(packet, 5)).toBeUndefined();
  });
});

it('finds the streams among the other frames of a packet', () => {
  const frames = Buffer.concat([
    Buffer.from([0, 1, 0x1e, 0x10, 5, 0x02, 9, 0, 0, 3]), // padding, ping, done, max data, acknowledgement
    Buffer.from([0x18, 1, 0, 4, 1, 2, 3, 4]), // a new id of four bytes, and its token
    Buffer.alloc(16),
    Buffer.from([0x04, 8, 1, 7]), // stream 8 is given up after 7 bytes
    Buffer.from([0x0f, 4, 2, 3, 0x61, 0x62, 0x63]), // stream 4 from offset 2, its end
    Buffer.from([0x08, 0, 0x64, 0x65]), // stream 0, to the end of the packet
  ]);
  const text = applicationFrames(frames).map(({ data, ...rest }) => ({
    ...rest,
    data: Buffer.from(data).toString(),
  }));
  expect(text).toEqual([
    { id: 8, offset: 7, fin: false, reset: true, data: '' },
    { id: 4, offset: 2, fin: true, reset: false, data: 'abc' },
    { id: 0, offset: 0, fin: false, reset: false, data: 'de' },
  ]);
  for (let length = 0; length <= frames.length; length++)
    expect(applicationFrames(frames.subarray(0, length)).length).toBeLessThanOrEqual(3);
});
