import { describe, expect, it } from 'vitest';
import type { Body } from '../../model/api/files.ts';
import type { Stream } from '../../model/api/streams.ts';
import { cutAt, isDrawn, isText, marksIn, matches, shownAs, textOf, turnsOf } from './conversation.ts';

const piece = (text: string) => ({ file: 0, n: 1, ts: 0, missing: 0, bytes: new TextEncoder().encode(text) });
const marked = (text: string, look: 'text' | 'hex' | 'raw', words: string): string[] => {
  const one = piece(text);
  const shown = shownAs(one, look);
  return marksIn(one, look, words).map(({ from, to }) => shown.slice(from, to));
};

describe('words in a conversation', () => {
  it('are marked wherever they stand, whatever the case', () => {
    expect(marked('Host: a.test\r\nhost: b', 'text', 'HOST:')).toEqual(['Host:', 'host:']);
    expect(marked('a.b (c) a.b', 'text', 'a.b')).toEqual(['a.b', 'a.b']);
    expect(marked('axb', 'text', 'a.b')).toEqual([]);
    expect(marked('anything', 'text', '')).toEqual([]);
    // Letters whose small form is longer do not move what follows.
    expect(marked('\u0130\u0130 needle', 'text', 'needle')).toEqual(['needle']);
  });

  it('are found in hex by digits, by text, and over the end of a line', () => {
    expect(marked('GET / HTTP/1.1', 'hex', '47 45')).toEqual(['47 45']);
    expect(marked('GET / HTTP/1.1', 'hex', 'get')).toEqual(['GET']);
    expect(marked(`${'.'.repeat(14)}nginx and nginx`, 'hex', 'nginx')).toEqual(['ng', 'inx', 'nginx']);
    expect(marked('GE', 'raw', '4745')).toEqual(['4745']);
  });

  it('cut the text without losing any of it', () => {
    const text = 'one two one';
    const parts = cutAt(text, marksIn(piece(text), 'text', 'one'));
    expect(parts).toEqual([{ text: 'one', mark: 0 }, { text: ' two ' }, { text: 'one', mark: 1 }]);
    for (const look of ['text', 'hex'] as const) {
      const long = piece('x'.repeat(500));
      const shown = shownAs(long, look);
      const cut = cutAt(shown, marksIn(long, look, 'x'));
      expect(cut.map((part) => part.text).join('')).toBe(shown);
    }
    expect(cutAt('', [])).toEqual([{ text: '' }]);
  });

  it('are counted by place, turn after turn', () => {
    const turns = [
      { fromOrig: true, pieces: [piece('a b'), piece('b b')] },
      { fromOrig: false, pieces: [piece('b')] },
    ];
    expect(matches(turns, 'text', 'b')).toEqual([
      { turn: 0, piece: 0, mark: 0 },
      { turn: 0, piece: 1, mark: 0 },
      { turn: 0, piece: 1, mark: 1 },
      { turn: 1, piece: 0, mark: 0 },
    ]);
  });
});

describe('what is shown of a conversation', () => {
  const said = (from_orig: boolean, text: string, more: object = {}): Stream['pieces'][number] => ({
    from_orig,
    file: 1,
    n: 7,
    ts: 2,
    missing: 0,
    bytes: Buffer.from(text, 'latin1').toString('base64'),
    ...more,
  });

  it('is put together by whose turn it is, with packet, gap and stream of each piece', () => {
    const pieces = [
      said(true, 'a'),
      said(true, 'b', { stream: 4 }),
      said(false, '', { missing: 9 }),
      said(true, 'c'),
    ];
    const turns = turnsOf({
      input: 'i',
      kind: 'stream',
      decrypted: true,
      decryptable: true,
      pieces,
      orig_bytes: 3,
      resp_bytes: 0,
      truncated: false,
      left_out: 0,
    });
    expect(turns.map(({ fromOrig, pieces: own }) => [fromOrig, own.length])).toEqual([
      [true, 2],
      [false, 1],
      [true, 1],
    ]);
    const shown = turns.flatMap(({ pieces: own }) => own);
    expect(shown.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['a', 'b', '', 'c']);
    expect(shown.map(({ stream }) => stream)).toEqual([undefined, 4, undefined, undefined]);
    expect(shown.map(({ missing }) => missing)).toEqual([0, 0, 9, 0]);
    expect(shown[0]).toMatchObject({ file: 1, n: 7, ts: 2 });
  });

  it('is UTF-8 where it is that and Latin-1 elsewhere; of control characters tab and line end stay', () => {
    const text = (...bytes: number[]): string => textOf(Uint8Array.from(bytes));
    expect(text(0xc3, 0xa9)).toBe('é');
    expect(text(0xe9, 0x41)).toBe('éA');
    expect(text(0x61, 0x0d, 0x0a, 0x62, 0x0d, 0x09, 0x0a)).toBe('a\nb·\t\n');
    expect(text(0x00, 0x1f, 0x20, 0x7e, 0x7f, 0xa0)).toBe('·· ~·\u00a0');
    expect(text(0xc2, 0x80, 0xc2, 0x9f, 0xc2, 0xa0)).toBe('··\u00a0');
  });

  it('is a picture only where all of one that browsers draw is there', () => {
    const body = { mime_type: 'image/png', truncated: false, state: 'complete' } as Body;
    expect(isDrawn(body)).toBe(true);
    expect(isDrawn({ ...body, mime_type: 'image/svg+xml' })).toBe(false);
    expect(isDrawn({ ...body, mime_type: null })).toBe(false);
    expect(isDrawn({ ...body, truncated: true })).toBe(false);
    expect(isDrawn({ ...body, state: 'gaps' })).toBe(false);
  });

  it('is text where no NUL is in the first kilobyte', () => {
    const bytes = new Uint8Array(2_000).fill(0x41);
    bytes[1_024] = 0;
    expect(isText(bytes)).toBe(true);
    bytes[1_023] = 0;
    expect(isText(bytes)).toBe(false);
  });
});
