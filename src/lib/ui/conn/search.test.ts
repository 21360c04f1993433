import { describe, expect, it } from 'vitest';
import { type Look, type Piece, shownAs, type Turn } from './conversation.ts';
import { cutAt, placesIn } from './search.ts';

const piece = (text: string, more: Partial<Piece> = {}): Piece => ({
  file: 0,
  n: 1,
  ts: 0,
  missing: 0,
  bytes: new TextEncoder().encode(text),
  ...more,
});
const asks = (...pieces: readonly (string | Piece)[]): Turn => ({
  fromOrig: true,
  pieces: pieces.map((one) => (typeof one === 'string' ? piece(one) : one)),
});
const answers = (...pieces: readonly (string | Piece)[]): Turn => ({ ...asks(...pieces), fromOrig: false });

/** The marked texts by place: those of one place are parts of one occurrence. */
function marked(turns: readonly Turn[], look: Look, words: string, streams = true): string[][] {
  const { count, marks } = placesIn(turns, look, words, streams);
  const out: string[][] = Array.from({ length: count }, () => []);
  for (const one of turns.flatMap(({ pieces }) => pieces))
    for (const { from, to, place } of marks.get(one) ?? [])
      out[place]?.push(shownAs(one, look).slice(from, to));
  return out;
}
const single = (text: string, look: Look, words: string): string[][] => marked([asks(text)], look, words);

describe('words in a conversation', () => {
  it('are marked wherever they stand, whatever the case', () => {
    expect(single('Host: a.test\r\nhost: b', 'text', 'HOST:')).toEqual([['Host:'], ['host:']]);
    expect(single('a.b (c) a.b', 'text', 'a.b')).toEqual([['a.b'], ['a.b']]);
    expect(single('axb', 'text', 'a.b')).toEqual([]);
    expect(single('anything', 'text', '')).toEqual([]);
    // Letters whose small form is longer do not move what follows.
    expect(single('\u0130\u0130 needle', 'text', 'needle')).toEqual([['needle']]);
  });

  it('are found in hex by digits, by text, and over the end of a line', () => {
    expect(single('GET / HTTP/1.1', 'hex', '47 45')).toEqual([['47 45']]);
    expect(single('GET / HTTP/1.1', 'hex', 'get')).toEqual([['GET']]);
    expect(single(`${'.'.repeat(14)}nginx and nginx`, 'hex', 'nginx')).toEqual([['ng', 'inx'], ['nginx']]);
    expect(single('GE', 'raw', '4745')).toEqual([['4745']]);
  });

  it('are one place where they lie in two packets or three, whatever the other side says in between', () => {
    const over = [asks('the nee'), answers('nothing'), asks('d', 'le in hay')];
    expect(marked(over, 'text', 'needle')).toEqual([['nee', 'd', 'le']]);
    expect(marked(over, 'raw', '6e6565646c65')).toEqual([['6e6565', '64', '6c65']]);
    expect(marked(over, 'hex', 'needle')).toEqual([['nee', 'd', 'le']]);
    expect(marked([asks('nee'), answers('dle')], 'text', 'needle')).toEqual([]);
  });

  it('do not go over a hole, from stream to stream, or from datagram to datagram', () => {
    const hole = asks('nee', piece('', { missing: 7 }), 'dle');
    expect(marked([hole], 'text', 'needle')).toEqual([]);
    const streams = asks(
      piece('nee', { stream: 0 }),
      piece('dle', { stream: 4 }),
      piece('dle', { stream: 0 }),
    );
    expect(marked([streams], 'text', 'needle')).toEqual([['nee', 'dle']]);
    expect(placesIn([streams], 'text', 'needle', true).marks.has(streams.pieces[1] ?? piece(''))).toBe(false);
    expect(marked([asks('nee', 'dle')], 'text', 'needle', false)).toEqual([]);
  });

  it('are counted in the order in which they begin', () => {
    const turns = [asks('a b', 'b b'), answers('b a'), asks('b')];
    const { count, marks } = placesIn(turns, 'text', 'b', true);
    expect(count).toBe(5);
    const places = turns.flatMap(({ pieces }) =>
      pieces.map((one) => marks.get(one)?.map(({ place }) => place)),
    );
    expect(places).toEqual([[0], [1, 2], [3], [4]]);
    expect(placesIn([asks('x'.repeat(5_000))], 'text', 'x', true).count).toBe(2_000);
  });

  it('cut the text without losing any of it', () => {
    const cut = (text: string, look: Look, words: string) => {
      const one = piece(text);
      const { marks } = placesIn([{ fromOrig: true, pieces: [one] }], look, words, true);
      return { shown: shownAs(one, look), parts: cutAt(shownAs(one, look), marks.get(one) ?? []) };
    };
    expect(cut('one two one', 'text', 'one').parts).toEqual([
      { text: 'one', place: 0 },
      { text: ' two ' },
      { text: 'one', place: 1 },
    ]);
    for (const look of ['text', 'hex'] as const) {
      const { shown, parts } = cut('x'.repeat(500), look, 'x');
      expect(parts.map((part) => part.text).join('')).toBe(shown);
    }
    expect(cutAt('', [])).toEqual([{ text: '' }]);
  });
});
