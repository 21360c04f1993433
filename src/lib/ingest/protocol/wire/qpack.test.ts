import { describe, expect, it } from 'vitest';
import { QpackDecoder } from './qpack.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const shown = (decoder: QpackDecoder, hex: string, anyway = false): unknown => {
  const fields = decoder.section(bytes(hex), anyway);
  return Array.isArray(fields) ? fields.map(({ name, value }) => `${name}: ${value}`) : fields;
};

const INSERTS = '3fbd01 c00f 7777772e6578616d706c652e636f6d c10c 2f73616d706c652f70617468'; // capacity 220, two entries
const CUSTOM = '4a 637573746f6d2d6b6579 0c 637573746f6d2d76616c7565';

/** After the instructions of RFC 9204 B.2 to B.4. */
const filled = (): QpackDecoder => {
  const decoder = new QpackDecoder();
  decoder.allow(220);
  decoder.instructions(bytes(INSERTS));
  decoder.instructions(bytes(CUSTOM));
  decoder.instructions(bytes('02'));
  return decoder;
};

describe('QPACK', () => {
  it("decodes RFC 9204's literal with a name of the static table (B.1)", () => {
    expect(shown(new QpackDecoder(), '0000 510b 2f696e6465782e68746d6c')).toEqual([':path: /index.html']);
  });

  it('waits for entries, and finds them by post-base indices (B.2)', () => {
    const decoder = new QpackDecoder();
    decoder.allow(220);
    expect(shown(decoder, '0381 10 11')).toBe('blocked');
    decoder.instructions(bytes(INSERTS));
    expect(shown(decoder, '0381 10 11')).toEqual([':authority: www.example.com', ':path: /sample/path']);
  });

  it('inserts literal names and duplicates, and finds entries before the base (B.3, B.4)', () => {
    expect(shown(filled(), '0500 80 c1 81')).toEqual([
      ':authority: www.example.com',
      ':path: /',
      'custom-key: custom-value',
    ]);
  });

  it('evicts the oldest where the table is full (B.5)', () => {
    const decoder = filled();
    decoder.instructions(bytes('810d 637573746f6d2d76616c756532'));
    // Five inserted, the first evicted; base 5: the newest is 0.
    expect(shown(decoder, '0600 80 81 82 83')).toEqual([
      'custom-key: custom-value2',
      ':authority: www.example.com',
      'custom-key: custom-value',
      ':path: /sample/path',
    ]);
    expect(decoder.cut).toBe(false);
    expect(shown(decoder, '0600 84 c1')).toEqual([':path: /']);
    expect(decoder.cut).toBe(true);
  });

  it('takes instructions in pieces', () => {
    const decoder = new QpackDecoder();
    decoder.allow(220);
    for (const byte of bytes(INSERTS + CUSTOM + '02')) decoder.instructions(Uint8Array.of(byte));
    expect(shown(decoder, '0500 80 c1 81')).toEqual(shown(filled(), '0500 80 c1 81'));
  });

  it('counts on beyond twice the entries that fit', () => {
    const decoder = new QpackDecoder();
    decoder.allow(220);
    decoder.instructions(bytes('3fbd01'));
    // 220 bytes are room for 6 entries: the count is sent modulo 12.
    for (let n = 0; n < 30; n++) decoder.instructions(bytes(`c0 01 ${(0x61 + (n % 26)).toString(16)}`));
    // The thirtieth is 'd'; 30 is sent as 30 % 12 + 1.
    expect(shown(decoder, '0700 80')).toEqual([':authority: d']);
  });

  it('names fields by entries: before the base, behind it, and by themselves, Huffman coded', () => {
    expect(shown(filled(), '0500 41 01 78')).toEqual(['custom-key: x']);
    // Base 3: what follows it is behind it.
    expect(shown(filled(), '0580 00 01 79')).toEqual([':authority: y']);
    expect(shown(new QpackDecoder(), '0000 2f 01 25a849e95ba97d7f 89 25a849e95bb8e8b4bf')).toEqual([
      'custom-key: custom-value',
    ]);
  });

  it('leaves out what missing entries were, where they will not come', () => {
    const decoder = new QpackDecoder();
    decoder.allow(220);
    expect(shown(decoder, '0381 10 11 c1', true)).toEqual([':path: /']);
    expect(decoder.cut).toBe(true);
    const lost = filled();
    lost.lose();
    expect(shown(lost, '0500 80 c1 81')).toEqual([':path: /']);
  });

  it('refuses what is no section', () => {
    expect(shown(new QpackDecoder(), '')).toBeUndefined();
    expect(shown(new QpackDecoder(), '00')).toBeUndefined();
    expect(shown(new QpackDecoder(), '0000 ff ff ff ff ff ff ff')).toBeUndefined();
    expect(shown(new QpackDecoder(), '0000 ff 40')).toBeUndefined();
    expect(shown(new QpackDecoder(), '0000 510b 2f69')).toBeUndefined();
  });
});
