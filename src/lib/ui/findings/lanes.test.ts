import { expect, it } from 'vitest';
import { laneMarks } from './lanes.ts';

const at = (first: number, last = first) => ({ first, last });

it('one mark a place, in order, what is near together in one', () => {
  const marks = laneMarks([at(90), at(11, 30), at(10), at(100)], { from: 0, to: 100 }, 10);
  expect(marks.map(({ bin, findings }) => [bin, findings.map(({ first }) => first)])).toEqual([
    [1, [10, 11]],
    [9, [90, 100]],
  ]);
  expect(marks[0]?.range).toEqual({ from: 10, to: 30 });
});

it('what began before the range stands at its left, and its time is cut to the range', () => {
  const [mark] = laneMarks([at(-50, 500)], { from: 0, to: 100 }, 10);
  expect(mark).toMatchObject({ bin: 0, range: { from: 0, to: 100 } });
});

it('a range of no length has one place', () => {
  expect(
    laneMarks([at(5), at(5)], { from: 5, to: 5 }, 3).map(({ bin, findings }) => [bin, findings.length]),
  ).toEqual([[0, 2]]);
});
