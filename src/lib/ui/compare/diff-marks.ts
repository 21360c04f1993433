/** How the kinds of change are marked, the same in every table and picture of a comparison: a sign, a word and a tone. */

import type { ChangeKind } from '../../model/api/compare.ts';

export const MARKS: Readonly<Record<ChangeKind, string>> = {
  added: '+',
  removed: '−',
  changed: '±',
  same: '=',
};

export const TONES: Readonly<Record<ChangeKind, 'good' | 'bad' | 'warn' | 'plain'>> = {
  added: 'good',
  removed: 'bad',
  changed: 'warn',
  same: 'plain',
};
