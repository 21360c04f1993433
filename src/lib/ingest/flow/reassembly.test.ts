import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_LIMITS } from '../../model/limits.ts';
import { newBudget, StreamReassembly, type StreamReceiver } from './reassembly.ts';

class Recorder implements StreamReceiver<number> {
  text = '';
  readonly frames: number[] = [];
  readonly conflicts: string[] = [];

  data(bytes: Uint8Array, at: number): void {
    this.text += Buffer.from(bytes).toString('latin1');
    this.frames.push(at);
  }

  gap(missing: number): void {
    this.text += `[${String(missing)}]`;
  }

  conflict(from: number, taken: Uint8Array, other: Uint8Array): void {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    this.conflicts.push(`${String(from)} ${text(taken)} ${text(other)}`);
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const begin = () => {
  const budget = newBudget();
  return { budget, stream: new StreamReassembly<number>(budget), to: new Recorder() };
};

describe('stream reassembly', () => {
  it('hands on what comes in order, once', () => {
    const { stream, to } = begin();
    stream.segment(1, bytes('abc'), 1, to);
    stream.segment(1, bytes('abc'), 2, to);
    stream.segment(3, bytes('cdef'), 3, to);
    expect(to.text).toBe('abcdef');
    expect(to.frames).toEqual([1, 3]);
  });

  it('waits for a hole, and says when it is given up', () => {
    const { stream, to, budget } = begin();
    stream.segment(7, bytes('gh'), 1, to);
    stream.segment(4, bytes('d'), 2, to);
    expect(to.text).toBe('');
    expect(budget.held).toBe(3);
    stream.sync(9, to);
    expect(to.text).toBe('[3]d[2]gh');
    expect(budget.held).toBe(0);
  });

  it('takes the first of bytes that were sent twice', () => {
    const { stream, to } = begin();
    stream.segment(1, bytes('abcd'), 1, to);
    stream.segment(3, bytes('XXef'), 2, to);
    expect(to.text).toBe('abcdef');
  });

  it('tells both versions of bytes that were sent twice and differ', () => {
    const { stream, to } = begin();
    stream.segment(1, bytes('ab'), 1, to);
    stream.segment(3, bytes('cdef'), 2, to);
    stream.segment(1, bytes('abcdef'), 3, to);
    expect(to.conflicts).toEqual([]);
    stream.segment(2, bytes('bXdefgh'), 4, to);
    stream.segment(12, bytes('lm'), 5, to);
    stream.segment(11, bytes('kLm'), 6, to);
    expect(to.text).toBe('abcdefgh');
    expect(to.conflicts).toEqual(['3 cdef Xdefgh', '12 lm Lm']);
  });

  it('finds no conflict in a keep-alive', () => {
    const { stream, to } = begin();
    stream.segment(1, bytes('abc'), 1, to);
    stream.segment(3, bytes('\0'), 2, to);
    expect(to.conflicts).toEqual([]);
  });

  it('takes what looks like padding only where nothing else comes', () => {
    const { stream, to } = begin();
    const zeros = bytes('\0\0');
    stream.segment(1, zeros, 1, to, true);
    stream.sync(3, to);
    stream.segment(1, zeros, 2, to, true);
    expect(to.text).toBe('');
    stream.segment(1, bytes('abc'), 3, to);
    stream.segment(4, zeros, 4, to, true);
    stream.segment(6, bytes('f'), 5, to);
    stream.segment(7, zeros, 6, to, true);
    stream.segment(7, bytes('g'), 7, to);
    stream.segment(8, bytes('h'), 8, to);
    stream.segment(9, zeros, 9, to, true);
    stream.finish(to);
    expect(to.text).toBe('abc\0\0fgh\0\0');
    expect(to.conflicts).toEqual([]);
  });

  it('finishes with what is left, holes told', () => {
    const { stream, to } = begin();
    stream.segment(1, bytes('a'), 1, to);
    stream.segment(4, bytes('d'), 2, to);
    stream.finish(to);
    expect(to.text).toBe('a[2]d');
  });

  it('lets go what lies beyond the cap, and counts it', () => {
    const { stream, to, budget } = begin();
    const block = new Uint8Array(PROTOCOL_LIMITS.maxOutOfOrderBytes);
    stream.segment(3, block, 1, to);
    stream.segment(3 + block.length, bytes('x'), 2, to);
    expect(budget).toMatchObject({ held: block.length, dropped: 1 });
    stream.sync(3 + block.length + 1, to);
    expect(to.text.startsWith('[2]')).toBe(true);
    expect(to.text.endsWith('[1]')).toBe(true);
  });

  it('gives back any stream that is cut, shuffled and sent twice', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' }),
        fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 20 })), { maxLength: 40 }),
        (text, cuts) => {
          const { stream, to, budget } = begin();
          for (const [from, length] of cuts)
            if (from < text.length) stream.segment(1 + from, bytes(text.slice(from, from + length)), 0, to);
          for (let i = text.length - 1; i >= 0; i--) stream.segment(1 + i, bytes(text.charAt(i)), 0, to);
          expect(to.text).toBe(text);
          expect(budget.held).toBe(0);
        },
      ),
    );
  });
});
