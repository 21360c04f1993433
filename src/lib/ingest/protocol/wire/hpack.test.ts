import { describe, expect, it } from 'vitest';
import { huffmanDecoded } from './hpack-huffman.ts';
import { HpackDecoder } from './hpack.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const pairs = (decoder: HpackDecoder, hex: string): string[] | undefined =>
  decoder.decode(bytes(hex))?.map(({ name, value }) => `${name}: ${value}`);

describe('HPACK', () => {
  it("decodes RFC 7541's requests with Huffman coding (C.4), its dynamic table included", () => {
    const decoder = new HpackDecoder();
    expect(pairs(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff')).toEqual([
      ':method: GET',
      ':scheme: http',
      ':path: /',
      ':authority: www.example.com',
    ]);
    expect(pairs(decoder, '828684be5886a8eb10649cbf')).toEqual([
      ':method: GET',
      ':scheme: http',
      ':path: /',
      ':authority: www.example.com',
      'cache-control: no-cache',
    ]);
    expect(pairs(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')).toEqual([
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ]);
  });

  it('refuses what is no code, no entry and no length', () => {
    expect(huffmanDecoded(bytes('ffffffff'))).toBeUndefined();
    expect(huffmanDecoded(bytes('00ff'))).toBeDefined();
    expect(huffmanDecoded(bytes('0000'))).toBeUndefined();
    const decoder = new HpackDecoder();
    expect(decoder.decode(bytes('ff ff ff ff ff 0f'))).toBeUndefined();
    expect(decoder.decode(bytes('be'))).toBeUndefined();
    expect(decoder.decode(bytes('80'))).toBeUndefined();
    expect(decoder.decode(bytes('41 7f 00'))).toBeUndefined();
  });
});
