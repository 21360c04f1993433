import { describe, expect, it } from 'vitest';
import { ApiError, Door } from './door.ts';

interface Call {
  url: string;
  signal: AbortSignal;
  answer(body: unknown, status?: number): void;
}

/** A server that answers when it is told to. */
function slowServer(lanes = 4) {
  const calls: Call[] = [];
  const clock = { now: 0 };
  const door = new Door({
    fetch: (input, init) =>
      new Promise<Response>((resolve, reject) => {
        const signal = init?.signal as AbortSignal;
        signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        const answer = (body: unknown, status = 200): void =>
          resolve(new Response(JSON.stringify(body), { status }));
        calls.push({ url: String(input), signal, answer });
      }),
    now: () => clock.now,
    lanes,
    kept: 2,
    keepMs: 1000,
  });
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return { calls, clock, door, settled };
}

describe('Door', () => {
  it('makes one request of equal questions', async () => {
    const { calls, door, settled } = slowServer();
    const a = door.ask('/a');
    const b = door.ask('/a');
    await settled();
    expect(calls.map((call) => call.url)).toEqual(['/a']);
    calls[0].answer({ n: 1 });
    expect(await a.answer).toEqual({ n: 1 });
    expect(await b.answer).toEqual({ n: 1 });
  });

  it('aborts when the last one lets go, and asks again afterwards', async () => {
    const { calls, door, settled } = slowServer();
    const a = door.ask('/a');
    const b = door.ask('/a');
    await settled();
    a.release();
    a.release();
    expect(calls[0].signal.aborted).toBe(false);
    b.release();
    expect(calls[0].signal.aborted).toBe(true);
    await expect(b.answer).rejects.toThrow('abort');
    door.ask('/a').answer.catch(() => undefined);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('lets what is in view go first when lanes are full', async () => {
    const { calls, door, settled } = slowServer(1);
    door.ask('/first');
    door.ask('/far', 0);
    door.ask('/near', 5);
    const dropped = door.ask('/dropped', 9);
    dropped.release();
    await expect(dropped.answer).rejects.toThrow('not wanted');
    await settled();
    calls[0].answer(1);
    await settled();
    calls[1].answer(2);
    await settled();
    expect(calls.map((call) => call.url)).toEqual(['/first', '/near', '/far']);
  });

  it('keeps an answer for a moment, and forgets when told', async () => {
    const { calls, clock, door, settled } = slowServer();
    for (const url of ['/a', '/b', '/c']) {
      const ticket = door.ask(url);
      await settled();
      calls.at(-1)?.answer(url);
      await ticket.answer;
    }
    expect(door.peek('/a')).toBeUndefined();
    expect(door.peek('/b')).toBe('/b');
    clock.now = 1001;
    expect(door.peek('/b')).toBeUndefined();
    clock.now = 0;
    door.forget('/c');
    expect(door.peek('/c')).toBeUndefined();
    expect(door.peek('/b')).toBe('/b');
  });

  it('gives the sentence of a refusal', async () => {
    const { calls, door, settled } = slowServer();
    const ticket = door.ask('/a');
    await settled();
    calls[0].answer(
      { error: { code: 'bad_filter', message: 'No field ip.adr.', at: 3, suggestion: 'ip.addr' } },
      400,
    );
    const error = await ticket.answer.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 400,
      code: 'bad_filter',
      message: 'No field ip.adr.',
      at: 3,
      suggestion: 'ip.addr',
    });
    expect(door.peek('/a')).toBeUndefined();
  });
});
