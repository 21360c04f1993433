import type { Node, SetItem, Word } from './ast.ts';
import { FilterError } from './fault.ts';
import { FILTER_LIMITS, tokenize, type Token } from './tokens.ts';

/**
 * Wireshark's display-filter grammar over field names (`not` binds tightest, then `and`, `xor`, `or`):
 *
 *     filter  = or-expr
 *     or      = xor { ("or" | "||") xor }
 *     xor     = and { ("xor" | "^^") and }
 *     and     = unary { ("and" | "&&") unary }
 *     unary   = ("not" | "!") unary | "(" or ")" | test
 *     test    = field [ op value | ["not"] "in" "{" item { [","] item } "}" ]
 *     item    = value [ ".." value ]
 *
 * @throws FilterError at the first thing that does not fit
 */
export const parseFilter = (text: string): Node => new Parser(tokenize(text)).whole();

class Parser {
  readonly #tokens: readonly Token[];
  #i = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#chain('or');
    const rest = this.#peek();
    if (rest.kind !== 'end') {
      throw new FilterError(
        rest.kind === ')' ? 'This “)” closes nothing.' : 'Two tests need “and” or “or” between them.',
        rest,
        rest.kind === ')' ? [] : ['and', 'or'],
      );
    }
    return node;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#i + ahead, this.#tokens.length - 1)];
  }

  #take(): Token {
    const token = this.#peek();
    this.#i++;
    return token;
  }

  #chain(kind: 'or' | 'xor' | 'and'): Node {
    const lower = (): Node =>
      kind === 'or' ? this.#chain('xor') : kind === 'xor' ? this.#chain('and') : this.#unary();
    const nodes = [lower()];
    while (this.#peek().kind === kind) {
      this.#take();
      nodes.push(lower());
    }
    return nodes.length === 1 ? nodes[0] : { kind, nodes };
  }

  #unary(): Node {
    const token = this.#peek();
    if (token.kind !== 'not' && token.kind !== '(') return this.#test();
    if (++this.#depth > FILTER_LIMITS.maxDepth) {
      throw new FilterError(`Nested more than ${FILTER_LIMITS.maxDepth} deep.`, token);
    }
    this.#take();
    const inner = token.kind === 'not' ? ({ kind: 'not', node: this.#unary() } as const) : this.#chain('or');
    if (token.kind === '(') {
      const close = this.#take();
      if (close.kind !== ')') throw new FilterError('A “)” is missing.', close, [')']);
    }
    this.#depth--;
    return inner;
  }

  #test(): Node {
    const token = this.#take();
    if (token.kind === 'end') throw new FilterError('A field or a protocol is missing here.', token);
    const isField = token.kind === 'word' || (token.kind === 'op' && /^[a-z]/iu.test(token.text));
    if (!isField) {
      throw new FilterError(
        token.kind === 'string'
          ? 'A test begins with a field; the value in quotes comes after the operator.'
          : 'A field or a protocol must stand here.',
        token,
      );
    }
    const field = asWord(token);
    const after = this.#peek();
    if (after.kind === 'op') {
      this.#take();
      return { kind: 'compare', field, op: after.op, value: this.#value() };
    }
    if (after.kind === 'in') return this.#set(field);
    if (after.kind === 'not' && this.#peek(1).kind === 'in') {
      this.#take();
      return { kind: 'not', node: this.#set(field) };
    }
    return { kind: 'word', field };
  }

  #value(): Word {
    const token = this.#take();
    if (token.kind === 'word' || token.kind === 'string') return asWord(token);
    throw new FilterError(
      token.kind === 'end' ? 'A value is missing here.' : 'A value must stand here; put odd ones in quotes.',
      token,
    );
  }

  #set(field: Word): Node {
    this.#take();
    const open = this.#take();
    if (open.kind !== '{') throw new FilterError('“in” takes a set: {80, 443, 8000..8080}.', open, ['{']);
    const items: SetItem[] = [];
    for (;;) {
      const from = this.#value();
      if (this.#peek().kind === '..') {
        this.#take();
        items.push({ from, to: this.#value() });
      } else items.push({ from });
      if (items.length > FILTER_LIMITS.maxSetItems) {
        throw new FilterError(`A set has at most ${FILTER_LIMITS.maxSetItems} items.`, from);
      }
      if (this.#peek().kind === ',') this.#take();
      const end = this.#peek();
      if (end.kind === '}') break;
      if (end.kind === 'end') throw new FilterError('A “}” is missing.', end, ['}']);
    }
    this.#take();
    return { kind: 'in', field, items };
  }
}

const asWord = (token: Extract<Token, { text: string }>): Word => ({
  text: token.text,
  quoted: token.kind === 'string',
  at: token.at,
  length: token.length,
});
