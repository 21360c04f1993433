/** The filter as it was written, before anything is known about tables. */

export const COMPARISONS = [
  '==',
  '!=',
  '===',
  '!==',
  '>',
  '>=',
  '<',
  '<=',
  'contains',
  'matches',
  '&',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A field name or a value, with its place in the text. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly at: number;
  readonly length: number;
}

export interface SetItem {
  readonly from: Word;
  /** Absent for a single value. */
  readonly to?: Word;
}

/** and, or and xor hold two or more nodes, so that a long chain needs no deep recursion. */
export type Node =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly nodes: readonly Node[] }
  | { readonly kind: 'not'; readonly node: Node }
  | { readonly kind: 'word'; readonly field: Word }
  | { readonly kind: 'compare'; readonly field: Word; readonly op: Comparison; readonly value: Word }
  | { readonly kind: 'in'; readonly field: Word; readonly items: readonly SetItem[] };
