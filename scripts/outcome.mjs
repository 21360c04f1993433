/**
 * What a part of `npm test` came to. Checks that are no test runner's (lint, types …) count as one test each.
 * @typedef {{ passed: number, failed: number, skipped: number, notes: string[] }} Outcome
 */

/** @param {Partial<Outcome>} [counts] @returns {Outcome} */
export const outcome = (counts) => ({ passed: 0, failed: 0, skipped: 0, notes: [], ...counts });

/** @param {Outcome[]} outcomes @returns {Outcome} */
export const sum = (outcomes) =>
  outcomes.reduce(
    (total, each) => ({
      passed: total.passed + each.passed,
      failed: total.failed + each.failed,
      skipped: total.skipped + each.skipped,
      notes: [...total.notes, ...each.notes],
    }),
    outcome(),
  );

/** One check: passed where it exits 0. @param {string} name @param {number} code @returns {Outcome} */
export const check = (name, code) =>
  code === 0 ? outcome({ passed: 1 }) : outcome({ failed: 1, notes: [`${name} failed`] });

/** In CI nothing may be skipped: a machine that lacks what a test needs would look green. @param {Outcome} each @returns {Outcome} */
export const withoutSkips = (each) => ({ ...each, failed: each.failed + each.skipped, skipped: 0 });

/** The last line of `npm test`. @param {Outcome} total */
export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
