/** Sigma's conditions: `selection and not 1 of filter_*`, and the older `| count(x) by y > 5` behind them. */

import { matchesWildcard } from '../../wildcard.ts';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'search'; readonly name: string };

/** The older form of a correlation, within the rule itself. */
export interface Aggregation {
  readonly function: 'count' | 'min' | 'max' | 'avg' | 'sum';
  /** Absent: events are counted. */
  readonly field: string | undefined;
  readonly by: string | undefined;
  readonly op: '>' | '>=' | '<' | '<=' | '=';
  readonly value: number;
}

export interface ReadCondition {
  readonly condition: Condition;
  readonly aggregation: Aggregation | undefined;
}

const MAX_DEPTH = 100;

/**
 * @param names search identifiers of the rule
 * @returns one sentence where it is none
 */
export const readCondition = (text: string, names: readonly string[]): ReadCondition | string => {
  const [logic, ...pipes] = text.split('|');
  const aggregation = pipes.length > 0 ? readAggregation(pipes.join('|').trim()) : undefined;
  if (typeof aggregation === 'string') return aggregation;
  const tokens = logic.match(/\(|\)|[^\s()]+/gu) ?? [];
  const parser = new Parser(tokens, names);
  const condition = parser.or(0);
  if (typeof condition === 'string') return condition;
  return parser.rest === undefined ? { condition, aggregation } : `Its condition does not end at “${parser.rest}”.`;
};

class Parser {
  readonly #tokens: readonly string[];
  readonly #names: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[], names: readonly string[]) {
    this.#tokens = tokens;
    this.#names = names;
  }

  get rest(): string | undefined {
    return this.#tokens[this.#at];
  }

  #word(): string {
    return (this.rest ?? '').toLowerCase();
  }

  or(depth: number): Condition | string {
    return this.#joined('or', depth, () => this.#and(depth));
  }

  #and(depth: number): Condition | string {
    return this.#joined('and', depth, () => this.#not(depth));
  }

  #joined(word: 'and' | 'or', depth: number, part: () => Condition | string): Condition | string {
    if (depth > MAX_DEPTH) return 'Its condition is nested too deeply.';
    const of: Condition[] = [];
    do {
      const one = part();
      if (typeof one === 'string') return one;
      of.push(one);
    } while (this.#word() === word && ++this.#at > 0);
    return of.length === 1 ? of[0] : { kind: word, of };
  }

  #not(depth: number): Condition | string {
    if (this.#word() === 'not') {
      this.#at++;
      const of = this.#not(depth);
      return typeof of === 'string' ? of : { kind: 'not', of };
    }
    if (this.rest === '(') {
      this.#at++;
      const inner = this.or(depth + 1);
      if (typeof inner === 'string') return inner;
      if (this.#word() !== ')') return 'Its condition opens a parenthesis that it does not close.';
      this.#at++;
      return inner;
    }
    return this.#search();
  }

  #search(): Condition | string {
    const token = this.rest;
    if (token === undefined) return 'Its condition ends where a search is expected.';
    this.#at++;
    const quantity = /^(?:all|any|\d+)$/iu.test(token) && this.#word() === 'of' ? token.toLowerCase() : undefined;
    if (quantity === undefined) return this.#names.includes(token) ? { kind: 'search', name: token } : `Its condition names the search “${token}”, which the rule does not have.`;
    this.#at++;
    const pattern = this.rest;
    if (pattern === undefined) return 'Its condition ends after “of”.';
    this.#at++;
    const names = this.#matching(pattern);
    if (names.length === 0) return `Its condition asks for ${quantity} of “${pattern}”, and no search has such a name.`;
    const of = names.map((name): Condition => ({ kind: 'search', name }));
    if (quantity === 'all') return { kind: 'and', of };
    if (quantity === '1' || quantity === 'any') return { kind: 'or', of };
    return atLeast(Number(quantity), of);
  }

  /** Names that start with _ are no part of `them`. */
  #matching(pattern: string): string[] {
    if (pattern.toLowerCase() === 'them') return this.#names.filter((name) => !name.startsWith('_'));
    return this.#names.filter((name) => matchesWildcard(name, pattern));
  }
}

/** n of several: every way to choose them; few searches, few ways. */
const atLeast = (n: number, of: readonly Condition[]): Condition | string => {
  if (n < 1 || n > of.length) return `Its condition asks for ${n} of ${of.length} searches.`;
  if (of.length > 12) return `Its condition asks for ${n} of ${of.length} searches: more than 12 cannot be combined.`;
  const ways = choose(n, of).map((one): Condition => ({ kind: 'and', of: one }));
  return ways.length === 1 ? ways[0] : { kind: 'or', of: ways };
};

const choose = (n: number, of: readonly Condition[]): Condition[][] => {
  if (n === 0) return [[]];
  return of.flatMap((first, i) => choose(n - 1, of.slice(i + 1)).map((rest) => [first, ...rest]));
};

const readAggregation = (text: string): Aggregation | string => {
  const found = /^(count|min|max|avg|sum)\s*\(\s*([\w.-]*)\s*\)\s*(?:by\s+([\w.-]+)\s*)?(>=|<=|>|<|==?)\s*(\d+(?:\.\d+)?)$/iu.exec(text);
  if (!found) return `Its condition goes on with “${text}”, which is no count of events or values.`;
  const name = found[1].toLowerCase() as Aggregation['function'];
  if (name !== 'count' && found[2] === '') return `Its condition takes the ${name} of nothing.`;
  return {
    function: name,
    field: found[2] || undefined,
    by: found[3],
    op: (found[4] === '==' ? '=' : found[4]) as Aggregation['op'],
    value: Number(found[5]),
  };
};
