import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalPool, NO_INTERVAL } from './sequence-intervals.hot.ts';

const SPACE = 60;

const listed = (pool: IntervalPool, head: number): [number, number][] => {
  const out: [number, number][] = [];
  for (let node = head; node !== NO_INTERVAL; node = pool.next[node])
    out.push([pool.lo[node], pool.hi[node]]);
  return out;
};

/** The same as a set of single numbers. */
class Numbers {
  readonly has = new Array<boolean>(SPACE).fill(false);

  insert(lo: number, hi: number): void {
    this.has.fill(true, lo, hi);
  }

  covers(lo: number, hi: number): boolean {
    return this.has.slice(lo, hi).every(Boolean);
  }

  dropFirst(): void {
    const from = this.has.indexOf(true);
    for (let i = from; i >= 0 && this.has[i]; i++) this.has[i] = false;
  }

  intervals(): [number, number][] {
    const out: [number, number][] = [];
    for (let i = 0; i < SPACE; i++) {
      if (!this.has[i]) continue;
      const last = out.at(-1);
      if (last?.[1] === i) last[1] = i + 1;
      else out.push([i, i + 1]);
    }
    return out;
  }
}

const piece = fc.tuple(fc.nat(SPACE - 2), fc.integer({ min: 1, max: 9 })).map(([lo, len]) => ({
  kind: 'insert' as const,
  list: 0,
  lo,
  hi: Math.min(SPACE, lo + len),
}));
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ list: fc.nat(2), step: piece }).map(({ list, step: p }) => ({ ...p, list })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), list: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropAll' as const), list: fc.nat(2) }) },
);

describe('IntervalPool', () => {
  it('holds what a set of numbers holds, in several lists of one pool', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.nat(SPACE - 1),
        fc.integer({ min: 1, max: 9 }),
        (steps, at, len) => {
          const pool = new IntervalPool();
          const heads = [NO_INTERVAL, NO_INTERVAL, NO_INTERVAL];
          const models = heads.map(() => new Numbers());
          for (const one of steps) {
            const { list } = one;
            if (one.kind === 'insert') {
              heads[list] = pool.insert(heads[list], one.lo, one.hi);
              models[list].insert(one.lo, one.hi);
            } else if (one.kind === 'dropAll') {
              pool.dropAll(heads[list]);
              heads[list] = NO_INTERVAL;
              models[list] = new Numbers();
            } else if (heads[list] !== NO_INTERVAL) {
              heads[list] = pool.drop(heads[list]);
              models[list].dropFirst();
            }
          }
          for (const [list, model] of models.entries()) {
            expect(listed(pool, heads[list])).toEqual(model.intervals());
            const to = Math.min(SPACE, at + len);
            expect(pool.covers(heads[list], at, to)).toBe(model.covers(at, to));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('grows past its first capacity and uses dropped nodes again', () => {
    const pool = new IntervalPool();
    const first = pool.lo.length;
    let head = NO_INTERVAL;
    for (let i = first; i >= 0; i--) head = pool.insert(head, 10 * i, 10 * i + 5);
    expect(pool.lo.length).toBe(2 * first);
    expect(listed(pool, head)).toEqual(Array.from({ length: first + 1 }, (_, i) => [10 * i, 10 * i + 5]));
    pool.dropAll(head);
    head = NO_INTERVAL;
    for (let i = first; i >= 0; i--) head = pool.insert(head, 10 * i, 10 * i + 5);
    expect(pool.lo.length).toBe(2 * first);
  });
});
