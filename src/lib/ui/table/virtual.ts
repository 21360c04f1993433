/**
 * Which rows of a long table are in view. A browser draws no element taller than some 16.7 million pixels (Chromium), so a
 * taller table is scrolled through a shorter element: `offset` is the place in the true table, `scrollTop` that in the element.
 * Shapes: all lengths in CSS pixels.
 */

/** Well below every browser's limit. */
export const MAX_ELEMENT = 8_000_000;

export interface Geometry {
  readonly rows: number;
  readonly rowHeight: number;
  /** Height of the part that shows rows. */
  readonly viewport: number;
}

export const trueHeight = (g: Geometry): number => g.rows * g.rowHeight;
export const elementHeight = (g: Geometry): number => Math.min(MAX_ELEMENT, trueHeight(g));
export const isScaled = (g: Geometry): boolean => trueHeight(g) > MAX_ELEMENT;

export const maxOffset = (g: Geometry): number => Math.max(0, trueHeight(g) - g.viewport);
const maxScroll = (g: Geometry): number => Math.max(0, elementHeight(g) - g.viewport);

export const clampOffset = (g: Geometry, offset: number): number =>
  Math.max(0, Math.min(maxOffset(g), offset));

export function offsetOf(g: Geometry, scrollTop: number): number {
  if (!isScaled(g)) return clampOffset(g, scrollTop);
  return maxScroll(g) === 0 ? 0 : clampOffset(g, (scrollTop / maxScroll(g)) * maxOffset(g));
}

export function scrollTopOf(g: Geometry, offset: number): number {
  if (!isScaled(g)) return clampOffset(g, offset);
  return maxOffset(g) === 0 ? 0 : (clampOffset(g, offset) / maxOffset(g)) * maxScroll(g);
}

/** First row and one past the last that are at least partly in view, with `overscan` more on either side. */
export function visibleRows(g: Geometry, offset: number, overscan = 4): { first: number; end: number } {
  const first = Math.floor(offset / g.rowHeight);
  const end = Math.ceil((offset + g.viewport) / g.rowHeight);
  return { first: Math.max(0, first - overscan), end: Math.min(g.rows, end + overscan) };
}

/** The least scrolling that brings a row into view. */
export function offsetShowing(g: Geometry, offset: number, row: number): number {
  const top = row * g.rowHeight;
  if (top < offset) return clampOffset(g, top);
  if (top + g.rowHeight > offset + g.viewport) return clampOffset(g, top + g.rowHeight - g.viewport);
  return offset;
}
