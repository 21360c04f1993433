import { expect, it } from 'vitest';
import { sources } from './sources.ts';

it('counts sources, and says where no more than a hundred are kept', () => {
  expect([sources(12), sources(12, 1), sources(100), sources(100, 1)]).toEqual([
    '12',
    '11',
    '100 or more',
    '99 or more',
  ]);
});
