import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowStore } from './flow-store.ts';
import { TimerWheel } from './timer-wheel.hot.ts';

const BUCKETS = 512;

/** Deadlines in a list. Hands out a second's worth at a time as the wheel does: the second after the deadline, at most a turn away. */
class List {
  #now = Number.NaN;
  readonly #filed = new Map<number, number>();

  add(slot: number, deadline: number): void {
    if (Number.isNaN(this.#now)) this.#now = Math.floor(deadline);
    const second = Math.min(Math.floor(deadline) + 1, this.#now + BUCKETS - 1);
    this.#filed.set(slot, Math.max(second, this.#now + 1));
  }

  bringForward(slot: number, deadline: number): void {
    const filed = this.#filed.get(slot) ?? 0;
    if (filed - (Math.floor(deadline) + 1) > 1) this.add(slot, deadline);
  }

  forget(slot: number): void {
    this.#filed.delete(slot);
  }

  due(clock: number): number[] {
    const target = Math.floor(clock);
    this.#now = Number.isNaN(this.#now) ? target : Math.max(this.#now, target);
    const out = [...this.#filed].filter(([, second]) => second <= this.#now).map(([slot]) => slot);
    for (const slot of out) this.#filed.delete(slot);
    return out.sort((a, b) => a - b);
  }
}

const drain = (wheel: TimerWheel, clock: number): number[] => {
  const out: number[] = [];
  for (let slot = wheel.due(clock); slot !== -1; slot = wheel.due(clock)) out.push(slot);
  return out.sort((a, b) => a - b);
};

const times = fc.double({ min: 0, max: 40, noNaN: true });
const step = fc.record({
  forward: fc.oneof(times, fc.double({ min: 0, max: 3000, noNaN: true })),
  deadlines: fc.array(fc.oneof(times, fc.double({ min: -10, max: 2000, noNaN: true })), { maxLength: 5 }),
  sooner: fc.array(fc.tuple(fc.nat(40), times), { maxLength: 3 }),
  over: fc.array(fc.nat(40), { maxLength: 3 }),
  again: fc.array(fc.tuple(fc.nat(40), times), { maxLength: 3 }),
});

describe('TimerWheel', () => {
  it('hands out what a list of deadlines hands out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.array(step, { maxLength: 30 }), (start, steps) => {
        const store = new FlowStore();
        const wheel = new TimerWheel(store);
        const list = new List();
        let clock = start + 0.5;
        let slot = 0;
        expect(drain(wheel, clock)).toEqual(list.due(clock));
        for (const { forward, deadlines, sooner, over, again } of steps) {
          for (const after of deadlines) {
            wheel.add(slot, clock + after);
            list.add(slot++, clock + after);
          }
          for (const [one, after] of sooner)
            for (const timers of [wheel, list]) timers.bringForward(one, clock + after);
          for (const one of over) for (const timers of [wheel, list]) timers.forget(one);
          // A slot is used again while entries of who had it before still lie there.
          for (const [one, after] of again)
            for (const timers of [wheel, list]) timers.add(one, clock + after);
          clock += forward;
          expect(drain(wheel, clock)).toEqual(list.due(clock));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hands out nothing before its deadline, and once', () => {
    const wheel = new TimerWheel(new FlowStore());
    expect(wheel.due(1000)).toBe(-1);
    wheel.add(3, 1005.5);
    expect(wheel.due(1005.4)).toBe(-1);
    expect(wheel.due(1006)).toBe(3);
    expect(wheel.due(5000)).toBe(-1);
  });

  it('deadlines further than a turn come early, to be filed again', () => {
    const wheel = new TimerWheel(new FlowStore());
    wheel.due(0);
    wheel.add(1, 2000);
    const seen: number[] = [];
    for (let clock = 1; clock <= 2001; clock++) {
      const slot = wheel.due(clock);
      if (slot === -1) continue;
      seen.push(clock);
      if (clock <= 2000) wheel.add(slot, 2000);
    }
    expect(seen).toEqual([511, 1022, 1533, 2001]);
  });

  it('sweeps what is stale out of its buckets, and nothing else', () => {
    const swept = new TimerWheel(new FlowStore(200));
    const left = new TimerWheel(new FlowStore(200));
    for (const wheel of [swept, left]) {
      wheel.due(1_000);
      for (let i = 0; i < 70_000; i++) wheel.add(i % 200, 1_001 + Math.floor(i / 200));
      wheel.forget(7);
    }
    expect(swept.entries).toBe(70_000);
    swept.sweep(20_000);
    expect(swept.entries).toBe(70_000);
    swept.sweep(100);
    expect(swept.entries).toBe(199);
    for (let clock = 1_000; clock < 1_600; clock += 3)
      expect(drain(swept, clock)).toEqual(drain(left, clock));
    expect([swept.entries, left.entries]).toEqual([0, 0]);
  });

  it('has one entry for a slot that is used again and again within a second', () => {
    const wheel = new TimerWheel(new FlowStore());
    wheel.due(1_000);
    for (let i = 0; i < 1_000; i++) {
      wheel.add(3, 1_006.5);
      wheel.forget(3);
    }
    wheel.add(3, 1_006.7);
    expect(wheel.entries).toBe(1);
    expect([wheel.due(1_006), wheel.due(1_007), wheel.due(1_008)]).toEqual([-1, 3, -1]);
  });
});
