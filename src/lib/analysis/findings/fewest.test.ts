import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewest } from './fewest.ts';

describe('the fewest', () => {
  it('are exactly those that are needed, in their order, whatever lies between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 4 }),
        async (length, wanted) => {
          const all = Array.from({ length }, (_, at) => at);
          const needed = wanted.filter((at) => at < length).sort((a, b) => a - b);
          const holds = (some: readonly number[]) => Promise.resolve(needed.every((at) => some.includes(at)));
          const found = await fewest(all, [], holds, 10_000);
          expect(found.minimal).toBe(true);
          expect(found.kept).toEqual(needed.length === 0 ? found.kept.slice(0, 1) : needed);
        },
      ),
    );
  });

  it('begin with a guess that holds, and keep what holds where the tests run out', async () => {
    const all = Array.from({ length: 1000 }, (_, at) => at);
    const tested: number[] = [];
    const holds = (some: readonly number[]) => {
      tested.push(some.length);
      return Promise.resolve(some.includes(7) && some.includes(900));
    };
    const guessed = await fewest(all, [[7], [3, 7, 900]], holds, 100);
    expect(tested.slice(0, 2)).toEqual([1, 3]);
    expect(guessed).toMatchObject({ kept: [7, 900], minimal: true });
    const cut = await fewest(all, [], holds, 3);
    expect(cut.minimal).toBe(false);
    expect(cut.tries).toBe(3);
    expect(cut.kept).toEqual(expect.arrayContaining([7, 900]));
  });
});
