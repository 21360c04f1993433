import { describe, expect, it } from 'vitest';
import type { Body } from '../../model/api/files.ts';
import type { Stream } from '../../model/api/streams.ts';
import { isDrawn, isText, textOf, turnsOf } from './conversation.ts';

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
