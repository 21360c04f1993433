import { describe, expect, it } from 'vitest';
import { HeldContent } from './held-content.ts';
import { SpanBuffer } from './span-buffer.ts';

const at = (frame: number) => ({ ts: BigInt(frame), file: 0, frame });
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1');

describe('held content', () => {
  it('is shown a direction at a time and replayed in its order, holes included', () => {
    const held = HeldContent.take();
    held.data(0, bytes('one '), at(1));
    held.data(1, bytes('two '.repeat(200)), at(2));
    held.data(0, bytes('three'), at(3));
    expect(text(held.shown(0))).toBe('one three');
    held.gap(0, 7);
    expect(held.shown(0)).toHaveLength(0);
    held.data(0, bytes('four'), at(4));
    expect(text(held.shown(0))).toBe('four');
    expect(held.size).toBe(4 + 800 + 5 + 4);
    const heard: string[] = [];
    held.replay({
      feed: (data, dir, { frame }) => heard.push(`${dir} ${frame} ${text(data.subarray(0, 5))}`),
      gap: (dir, missing) => heard.push(`${dir} gap ${missing}`),
    });
    expect(heard).toEqual(['0 1 one ', '1 2 two t', '0 3 three', '0 gap 7', '0 4 four']);
  });

  it('is empty when it is used again', () => {
    const held = HeldContent.take();
    held.data(0, bytes('x'.repeat(10_000)), at(1));
    held.gap(1, 3);
    held.release();
    const again = HeldContent.take();
    expect(again).toBe(held);
    expect(again.size).toBe(0);
    expect(again.shown(0)).toHaveLength(0);
    const heard: string[] = [];
    again.replay({ feed: () => heard.push('data'), gap: () => heard.push('gap') });
    expect(heard).toEqual([]);
  });
});

describe('a span', () => {
  it('knows the frame of each byte that was left, and of what came after', () => {
    const span = new SpanBuffer();
    span.append(bytes('abcd'), at(1));
    span.consume(2);
    span.append(bytes('ef'), at(2));
    span.append(bytes('gh'), at(3));
    expect(text(span.bytes)).toBe('cdefgh');
    expect([0, 1, 2, 3, 4, 5].map((i) => span.at(i).frame)).toEqual([1, 1, 2, 2, 3, 3]);
    span.consume(3);
    expect(text(span.bytes)).toBe('fgh');
    expect([0, 1, 2].map((i) => span.at(i).frame)).toEqual([2, 3, 3]);
    span.consume(3);
    span.append(bytes('i'), at(9));
    expect(span.at(0).frame).toBe(9);
  });
});
