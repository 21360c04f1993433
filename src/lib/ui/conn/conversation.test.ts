import { describe, expect, it } from 'vitest';
import { cutAt, marksIn, matches, shownAs } from './conversation.ts';

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
