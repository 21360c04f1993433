import { expect, it } from 'vitest';
import { hasPort, subtract, union } from './network-set.ts';

it('merges ranges that overlap, whatever their order', () => {
  expect(union([{ first: 10, last: 20 }, { first: 1, last: 5 }, { first: 15, last: 30 }])).toEqual([
    { first: 1, last: 5 },
    { first: 10, last: 30 },
  ]);
});

it('cuts holes out, at the ends too', () => {
  const rest = subtract([{ first: 1, last: 100 }], [{ first: 1, last: 1 }, { first: 50, last: 60 }, { first: 100, last: 200 }], 1);
  expect(rest).toEqual([
    { first: 2, last: 49 },
    { first: 61, last: 99 },
  ]);
});

it('finds a port in ranges and everything in any', () => {
  const ports = [{ first: 80, last: 80 }, { first: 8000, last: 8080 }];
  expect([79, 80, 81, 8000, 8040, 8080, 8081].map((port) => hasPort(ports, port))).toEqual([false, true, false, true, true, true, false]);
  expect(hasPort(undefined, 1)).toBe(true);
});
