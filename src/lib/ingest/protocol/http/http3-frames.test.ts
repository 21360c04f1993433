import { describe, expect, it } from 'vitest';
import type { Position } from '../contract.ts';
import { FrameStream } from './http3-frames.ts';

const at = (frame: number): Position => ({ ts: 0n, file: 0, frame });

const stream = (waits = false): { frames: FrameStream; said: string[] } => {
  const said: string[] = [];
  const frames = new FrameStream({
    wants: (type) => type === 1,
    frame: (type, payload, first, last) => {
      said.push(`${type}:${Buffer.from(payload).toString()} ${first.frame}-${last.frame}`);
      return !waits;
    },
    data: (bytes) => said.push(Buffer.from(bytes).toString()),
    gap: (missing) => said.push(`<${missing}>`),
  });
  return { frames, said };
};
/** HEADERS "ab", DATA "cdef", a frame that nobody wants, HEADERS "g". */
const BYTES = Buffer.from('\x01\x02ab\x00\x04cdef\x21\x03xyz\x01\x01g', 'latin1');

describe('frames of HTTP/3', () => {
  it('are read whole, passed on, or passed over', () => {
    const { frames, said } = stream();
    expect(frames.push(BYTES, at(1))).toBe(BYTES.length);
    expect(said).toEqual(['1:ab 1-1', 'cdef', '1:g 1-1']);
  });

  it('tell the frames in which they begin and end', () => {
    const { frames, said } = stream();
    for (const [n, byte] of [...BYTES].entries()) frames.push(Uint8Array.of(byte), at(n + 1));
    expect(said).toEqual(['1:ab 1-4', 'c', 'd', 'e', 'f', '1:g 16-18']);
  });

  it('go on behind a hole that lies in one of them, up to its last byte', () => {
    const { frames, said } = stream();
    frames.push(BYTES.subarray(0, 7), at(1));
    expect(frames.gap(3)).toBe(true);
    frames.push(BYTES.subarray(10), at(2));
    expect(said).toEqual(['1:ab 1-1', 'c', '<3>', '1:g 2-2']);
    const over = stream();
    over.frames.push(BYTES.subarray(0, 7), at(1));
    expect(over.frames.gap(4)).toBe(false);
  });

  it('leave what follows one that has to wait, and refuse one that is too large', () => {
    expect(stream(true).frames.push(BYTES, at(1))).toBe(4);
    expect(stream().frames.push(Buffer.from('018fffffff', 'hex'), at(1))).toBeUndefined();
    expect(stream().frames.push(Buffer.from('0180ffffff', 'hex'), at(1))).toBeUndefined();
  });
});
