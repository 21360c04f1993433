import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Rc4 } from './rc4.ts';
import { RecordOpener, suiteOf } from './tls-decrypt.ts';

describe('RC4', () => {
  it('makes the key stream of RFC 6229, however it is asked for', () => {
    const key = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
    const whole = Buffer.from(new Rc4(key).apply(new Uint8Array(272))).toString('hex');
    expect(whole.slice(0, 64)).toBe('9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c');
    // At offset 240.
    expect(whole.slice(480, 544)).toBe('065902e4b620f6cc36c8589f66432f2bd39d566bc6bce3010768151549f3873f');
    const inParts = new Rc4(key);
    const parts = [1, 7, 64, 200].map((length) => Buffer.from(inParts.apply(new Uint8Array(length))));
    expect(Buffer.concat(parts).toString('hex')).toBe(whole);
  });
});

/** PRF of TLS 1.0 (RFC 2246 5), written once more for the test. */
function prf10(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const half = secret.length / 2;
  const expand = (hash: string, key: Buffer): Buffer => {
    const text = Buffer.concat([Buffer.from(label), seed]);
    const mac = (data: Buffer): Buffer => createHmac(hash, key).update(data).digest();
    let a = mac(text);
    let out = Buffer.alloc(0);
    while (out.length < length) {
      out = Buffer.concat([out, mac(Buffer.concat([a, text]))]);
      a = mac(a);
    }
    return out.subarray(0, length);
  };
  const [md5, sha1] = [expand('md5', secret.subarray(0, half)), expand('sha1', secret.subarray(half))];
  return Buffer.from(md5.map((byte, i) => byte ^ (sha1[i] ?? 0)));
}

describe.each([
  ['TLS_RSA_WITH_RC4_128_SHA', 'sha1', 20],
  ['TLS_RSA_WITH_RC4_128_MD5', 'md5', 16],
] as const)('records of %s', (name, hash, mac) => {
  const suite = suiteOf(name);
  if (!suite) throw new Error(`${name} is no suite that can be opened.`);
  const bytes = (text: string, length: number): Buffer =>
    createHash('sha512').update(text).digest().subarray(0, length);
  const [master, client, server] = [bytes('master', 48), bytes('client', 32), bytes('server', 32)];
  const block = prf10(master, 'key expansion', Buffer.concat([server, client]), 2 * (mac + 16));
  const header = (length: number): Buffer => Buffer.from([23, 3, 1, length >> 8, length & 0xff]);
  const said = ['GET / HTTP/1.0\r\n\r\n', '', 'more'];

  /** Records of the client, as it would seal them. */
  const records = (): Buffer[] => {
    const stream = new Rc4(block.subarray(2 * mac, 2 * mac + 16));
    return said.map((text, i) => {
      const number = Buffer.alloc(8);
      number.writeBigUInt64BE(BigInt(i));
      const tag = createHmac(hash, block.subarray(0, mac))
        .update(Buffer.concat([number, header(text.length), Buffer.from(text)]))
        .digest();
      return Buffer.from(stream.apply(Buffer.concat([Buffer.from(text), tag])));
    });
  };

  it('are opened one after another', () => {
    const [opener] = RecordOpener.tls12(suite, 0x0301, master, client, server, false);
    const opened = records().map((record) => opener.open(header(record.length), record));
    expect(opened.map((one) => one && Buffer.from(one.bytes).toString())).toEqual(said);
  });

  it('are refused under another key, and after one that is missing', () => {
    const [wrong] = RecordOpener.tls12(suite, 0x0301, bytes('other', 48), client, server, false);
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = records();
    expect(wrong.open(header(first.length), first)).toBeUndefined();
    const [right] = RecordOpener.tls12(suite, 0x0301, master, client, server, false);
    expect(right.open(header(second.length), second)).toBeUndefined();
    expect(right.open(header(2), Buffer.from([1, 2]))).toBeUndefined();
  });
});
