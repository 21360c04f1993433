import { expect, it } from 'vitest';
import { check, closingLine, outcome, sum, withoutSkips } from './outcome.mjs';

it('sums the parts to one closing line', () => {
  const total = sum([check('eslint', 0), check('prettier', 1), outcome({ passed: 40, skipped: 2 })]);
  expect(closingLine(total)).toBe('41 passed, 1 failed, 2 skipped');
  expect(total.notes).toEqual(['prettier failed']);
});

it('fails in CI what was skipped', () => {
  expect(closingLine(withoutSkips(outcome({ passed: 3, failed: 1, skipped: 2 })))).toBe(
    '3 passed, 3 failed, 0 skipped',
  );
});
