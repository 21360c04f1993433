import { describe, expect, it } from 'vitest';
import { StreamOrder, type Waiting } from './stream-order.ts';

const ordered = (all: Waiting = { bytes: 0 }): { order: StreamOrder; said: () => string } => {
  const parts: string[] = [];
  const order = new StreamOrder(
    {
      data: (bytes) => parts.push(Buffer.from(bytes).toString('latin1')),
      gap: (missing) => parts.push(`<${String(missing)}>`),
    },
    all,
  );
  return { order, said: () => parts.join('') };
};
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('order of a QUIC stream', () => {
  it('holds what is early, passes over what came already', () => {
    const { order, said } = ordered();
    order.add(6, bytes('world'), true);
    order.add(3, bytes('lo '), false);
    expect(said()).toBe('');
    order.add(0, bytes('hel'), false);
    expect(said()).toBe('hello world');
    expect(order.done).toBe(true);
    order.add(2, bytes('llo w'), false);
    expect(said()).toBe('hello world');
  });

  it('is done by an end without bytes, once what is before it came', () => {
    const { order } = ordered();
    order.add(2, bytes(''), true);
    expect(order.done).toBe(false);
    order.add(0, bytes('ab'), false);
    expect(order.done).toBe(true);
  });

  it('tells gaps where nothing more comes, or too much waits', () => {
    const { order, said } = ordered();
    order.add(5, bytes('f'), false);
    order.add(2, bytes('c'), false);
    order.flush();
    expect(said()).toBe('<2>c<2>f');
    const full = ordered();
    for (let n = 0; n < 1_025; n++) full.order.add(1 + 2 * n, bytes('x'), false);
    expect(full.said()).toBe('<1>x'.repeat(1_025));
  });

  it('holds no more than a megabyte of all streams together', () => {
    const all = { bytes: 0 };
    const half = new Uint8Array(0x8_0000).fill(0x78);
    const one = ordered(all);
    const other = ordered(all);
    one.order.add(1, half, false);
    other.order.add(1, half, false);
    expect([one.said(), other.said()]).toEqual(['', '']);
    other.order.add(1 + half.length, bytes('y'), false);
    expect(one.said()).toBe('');
    expect(other.said().replaceAll(/x+/g, 'x')).toBe('<1>xy');
    expect(all.bytes).toBe(half.length);
  });
});
