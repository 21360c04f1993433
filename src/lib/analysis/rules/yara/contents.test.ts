import { describe, expect, it } from 'vitest';
import type { InspectedConn } from '../../../model/inspection.ts';
import { Content, positionOf } from './contents.ts';

const conn = { connNo: 1, uid: 'C1' } as InspectedConn;
const at = (frame: number) => ({ ts: BigInt(frame), file: 0, frame });
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('bytes of a stream', () => {
  it('know the packet that each of them came with', () => {
    const content = new Content(conn, 0, 'stream');
    content.add(bytes('abc'), at(3));
    content.add(bytes('de'), at(7));
    const piece = content.take(0);
    expect(Buffer.from(piece.bytes).toString()).toBe('abcde');
    expect([0, 2, 3, 4].map((offset) => positionOf(piece, offset)?.frame)).toEqual([3, 3, 7, 7]);
    expect([content.start, content.length]).toEqual([5, 0]);
  });

  it('keep their end for the next window, with its place and packets', () => {
    const content = new Content(conn, 0, 'stream');
    content.add(bytes('abc'), at(3));
    content.add(bytes('de'), at(7));
    content.take(3);
    content.add(bytes('f'), at(9));
    const piece = content.take(0);
    expect([Buffer.from(piece.bytes).toString(), piece.start]).toEqual(['cdef', 2]);
    expect([0, 1, 2, 3].map((offset) => positionOf(piece, offset)?.frame)).toEqual([3, 7, 7, 9]);
  });
});
