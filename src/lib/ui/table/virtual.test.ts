import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  elementHeight,
  isScaled,
  MAX_ELEMENT,
  maxOffset,
  offsetOf,
  offsetShowing,
  scrollTopOf,
  visibleRows,
  type Geometry,
} from './virtual.ts';

const g = (rows: number): Geometry => ({ rows, rowHeight: 26, viewport: 520 });

describe('virtual scroll', () => {
  it('scrolls a short table as it is', () => {
    expect(isScaled(g(1000))).toBe(false);
    expect(offsetOf(g(1000), 333)).toBe(333);
    expect(scrollTopOf(g(1000), 333)).toBe(333);
    expect(visibleRows(g(1000), 333, 0)).toEqual({ first: 12, end: 33 });
    expect(offsetOf(g(3), 50)).toBe(0);
    expect(visibleRows(g(3), 0)).toEqual({ first: 0, end: 3 });
  });

  it('reaches the first and the last of a million rows within what a browser draws', () => {
    const million = g(1_000_000);
    expect(elementHeight(million)).toBe(MAX_ELEMENT);
    expect(visibleRows(million, offsetOf(million, 0), 0).first).toBe(0);
    const end = offsetOf(million, MAX_ELEMENT - 520);
    expect(end).toBe(maxOffset(million));
    expect(visibleRows(million, end, 0)).toEqual({ first: 999_980, end: 1_000_000 });
  });

  it('goes from place to scroll position and back, for any table', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, share) => {
          const table = g(rows);
          const offset = share * maxOffset(table);
          const back = offsetOf(table, scrollTopOf(table, offset));
          expect(Math.abs(back - offset)).toBeLessThan(0.5);
          expect(scrollTopOf(table, offset)).toBeLessThanOrEqual(MAX_ELEMENT);
        },
      ),
    );
  });

  it('brings every row into view with the least scrolling', () => {
    const table = g(1_000_000);
    expect(offsetShowing(table, 0, 5)).toBe(0);
    expect(offsetShowing(table, 0, 20)).toBe(26);
    expect(offsetShowing(table, 26_000, 10)).toBe(260);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 999_999 }), (from, row) => {
        const offset = offsetShowing(table, Math.min(maxOffset(table), from * 26), row);
        const { first, end } = visibleRows(table, offset, 0);
        expect(row).toBeGreaterThanOrEqual(first);
        expect(row).toBeLessThan(end);
      }),
    );
  });
});
