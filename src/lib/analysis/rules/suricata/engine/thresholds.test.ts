import { expect, it } from 'vitest';
import type { Threshold } from '../language/state-option.ts';
import { PacketView } from './packet-view.ts';
import { Counts } from './thresholds.ts';

const at = (sec: number, src = 1): PacketView => {
  const p = new PacketView();
  p.sec = sec;
  p.addresses[0] = src;
  return p;
};
const passed = (threshold: Threshold, times: readonly number[]): number[] => {
  const counts = new Counts();
  return times.filter((sec) => counts.passes('r', threshold, at(sec), undefined));
};
const threshold = (type: Threshold['type'], count: number, seconds: number | undefined = 10): Threshold => ({ type, track: 'by_src', count, seconds, multiplier: undefined });

it('a limit lets so many through, and begins anew when its time is over', () => {
  expect(passed(threshold('limit', 2), [0, 1, 2, 9, 10, 11, 12])).toEqual([0, 1, 10, 11]);
});

it('a threshold lets each so manieth through, within its time', () => {
  expect(passed(threshold('threshold', 3), [0, 1, 2, 3, 4, 5, 20, 21, 31, 32, 33])).toEqual([2, 5, 33]);
});

it('both: one in its time, when there were so many', () => {
  expect(passed(threshold('both', 2), [0, 1, 2, 3, 10, 11, 12])).toEqual([1, 11]);
});

it('each address is counted by itself', () => {
  const counts = new Counts();
  const one = threshold('limit', 1);
  expect([at(0, 1), at(0, 2), at(1, 1)].map((p) => counts.passes('r', one, p, undefined))).toEqual([true, true, false]);
  expect(counts.passes('another', one, at(1, 1), undefined)).toBe(true);
});

it('a detection filter: those after so many, within its time', () => {
  const counts = new Counts();
  const filter = { track: 'by_src', count: 2, seconds: 10, uniqueOn: undefined } as const;
  expect([0, 1, 2, 9, 10, 11, 12].filter((sec) => counts.exceeds('r', filter, at(sec), undefined))).toEqual([2, 9, 12]);
});

it('a rate filter holds for its timeout once there were too many in its time, then counts anew', () => {
  const counts = new Counts();
  const filter = { track: 'by_src', count: 2, seconds: 10, timeout: 5 } as const;
  // Slow ones never add up; the third of a quick three begins it, and it holds for five seconds after that.
  expect([0, 9, 18, 30, 31, 32, 37, 38, 39, 40].filter((sec) => counts.rate('r', filter, at(sec), undefined))).toEqual([32, 37, 40]);
});
