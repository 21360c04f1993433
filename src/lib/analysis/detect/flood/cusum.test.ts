import { expect, it } from 'vitest';
import { highestCusum } from './cusum.ts';

const options = { memory: 0.98, alpha: 0.5 };
const steady = (count: number): number[] => Array<number>(600).fill(count);

it('says nothing of a steady rate, whatever it is', () => {
  expect(highestCusum(steady(5), options).sum).toBe(0);
  expect(highestCusum(steady(5_000), options).sum).toBe(0);
});

it('rises with a change, and says where', () => {
  const { sum, at } = highestCusum([...steady(20), ...Array<number>(10).fill(400), ...steady(20)], options);
  expect(sum).toBeGreaterThan(100);
  expect(at).toBeGreaterThanOrEqual(600);
  expect(at).toBeLessThan(610);
});

it('stays small where counts only vary', () => {
  const varying = steady(100).map((count, i) => count + ((i * 37) % 21) - 10);
  expect(highestCusum(varying, options).sum).toBeLessThan(1);
});

it('takes nothing for nothing', () => {
  expect(highestCusum([], options)).toEqual({ sum: 0, at: 0 });
});
