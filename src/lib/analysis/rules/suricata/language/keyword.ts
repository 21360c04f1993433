/** What an option of a rule is: how its value is written, and what it does to the rule. */

import type { Refusal, RuleDraft } from './draft.ts';

export interface OptionValue {
  /** Name under which it was written: aliases share a keyword. */
  readonly keyword: string;
  /** Without quotes and without the negation where the keyword takes them; empty where none was written. */
  readonly text: string;
  readonly negated: boolean;
  readonly quoted: boolean;
}

export interface Keyword {
  readonly value: 'none' | 'required' | 'optional';
  readonly quotes?: 'mandatory' | 'optional';
  /** A "!" in front is taken off and told. */
  readonly negation?: boolean;
  readonly apply: (draft: RuleDraft, value: OptionValue) => Refusal;
}

export type KeywordTable = Readonly<Record<string, Keyword>>;

/** Reads the value as the keyword has it, then applies it. */
export const applyKeyword = (keyword: Keyword, name: string, written: string | undefined, draft: RuleDraft): Refusal => {
  let text = written ?? '';
  if (keyword.value === 'none' && text !== '') return `Its ${name} takes no value.`;
  if (keyword.value === 'required' && text === '') return `Its ${name} lacks a value.`;
  const negated = keyword.negation === true && text.startsWith('!');
  if (negated) text = text.slice(1).trimStart();
  const quoted = text.startsWith('"');
  if (keyword.quotes && quoted) {
    if (text.length < 2 || !text.endsWith('"')) return `The value of its ${name} opens a quotation that it does not close.`;
    text = text.slice(1, -1);
  }
  if (keyword.quotes === 'mandatory' && !quoted) return `The value of its ${name} must stand in double quotes.`;
  return keyword.apply(draft, { keyword: name, text, negated, quoted });
};
