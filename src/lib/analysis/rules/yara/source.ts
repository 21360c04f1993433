/** A YARA file as text: where its rules begin and end, what they are called, what they say of themselves. Their conditions are the engine's. */

export type MetaValue = string | number | boolean;

export interface YaraRule {
  readonly name: string;
  /** From 1: the line of its name. */
  readonly line: number;
  /** Where its text is, modifiers included. */
  readonly from: number;
  readonly to: number;
  readonly isPrivate: boolean;
  /** Every rule holds only where the global ones do. */
  readonly isGlobal: boolean;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, MetaValue>>;
  /** Words of its body: names of other rules are among them. One that ends in `*` stands for all names that begin so. */
  readonly words: ReadonlySet<string>;
}

export interface YaraSource {
  /** As lists show it. */
  readonly file: string;
  readonly text: string;
  readonly rules: readonly YaraRule[];
  /** Statements `import "…"`, as written. */
  readonly imports: readonly string[];
  /** Statements `include "…"`, which are not followed. */
  readonly includes: readonly { readonly line: number; readonly from: number; readonly to: number }[];
  /** Where the text stops being rules; undefined where it is rules to its end. */
  readonly fault: { readonly line: number; readonly why: string } | undefined;
}

interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'other';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Comments, texts and regular expressions first: what stands in them is nothing else. */
const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|(?<string>"(?:[^"\\\n]|\\.)*")|(?<regex>\/(?:[^/\\\n]|\\.)+\/[a-z]*)|(?<word>[$#@!]?[A-Za-z_][\w.]*\*?|[$#@!]\*?)|(?<number>-?\d[\w.]*)|(?<other>[^])/gu;

function* tokensOf(text: string): Generator<Token> {
  for (const { 0: whole, index, groups } of text.matchAll(TOKEN)) {
    const at = { text: whole, from: index, to: index + whole.length };
    if (groups?.['string'] !== undefined) yield { kind: 'string', ...at };
    else if (groups?.['word'] !== undefined) yield { kind: 'word', ...at };
    else if (groups?.['number'] !== undefined) yield { kind: 'number', ...at };
    else if (groups?.['regex'] !== undefined || groups?.['other'] !== undefined) yield { kind: 'other', ...at };
  }
}

/** Never throws: what cannot be understood is the `fault`. */
export function readYara(text: string, file: string): YaraSource {
  const reading = new Reading(text);
  const why = reading.all();
  return {
    file,
    text,
    rules: reading.rules,
    imports: reading.imports,
    includes: reading.includes,
    fault: why === undefined ? undefined : { line: reading.lineAt(reading.at), why },
  };
}

class Reading {
  readonly rules: YaraRule[] = [];
  readonly imports: string[] = [];
  readonly includes: { line: number; from: number; to: number }[] = [];
  readonly #tokens: readonly Token[];
  readonly #lines: number[] = [0];
  readonly #text: string;
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = [...tokensOf(text)];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
  }

  get at(): number {
    return this.#tokens[this.#next]?.from ?? this.#text.length;
  }

  lineAt(offset: number): number {
    let low = 0;
    for (let high = this.#lines.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Answers why it stopped before the end. */
  all(): string | undefined {
    while (this.#next < this.#tokens.length) {
      const begun = this.#next;
      const why = this.#statement();
      if (why === undefined) continue;
      // A rule that does not end is named where it begins.
      this.#next = begun;
      return why;
    }
    return undefined;
  }

  #take(text?: string): Token | undefined {
    const token = this.#tokens[this.#next];
    if (!token || (text !== undefined && token.text !== text)) return undefined;
    this.#next++;
    return token;
  }

  #statement(): string | undefined {
    const from = this.at;
    if (this.#take('import')) return this.#imported(from);
    if (this.#take('include')) {
      const path = this.#take();
      if (path?.kind !== 'string') return 'include must name a file in quotes.';
      this.includes.push({ line: this.lineAt(from), from, to: path.to });
      return undefined;
    }
    let isPrivate = false;
    let isGlobal = false;
    for (;;) {
      if (this.#take('private')) isPrivate = true;
      else if (this.#take('global')) isGlobal = true;
      else break;
    }
    return this.#take('rule')
      ? this.#rule(from, isPrivate, isGlobal)
      : `A rule begins with “rule”, not with “${this.#tokens[this.#next]?.text.slice(0, 20) ?? ''}”.`;
  }

  #imported(from: number): string | undefined {
    const module = this.#take();
    if (module?.kind !== 'string') return 'import must name a module in quotes.';
    this.imports.push(this.#text.slice(from, module.to));
    return undefined;
  }

  #rule(from: number, isPrivate: boolean, isGlobal: boolean): string | undefined {
    const name = this.#take();
    if (name?.kind !== 'word') return 'After “rule” comes its name.';
    const tags: string[] = [];
    if (this.#take(':')) while (this.#tokens[this.#next]?.kind === 'word') tags.push(this.#take()?.text ?? '');
    if (!this.#take('{')) return `Rule ${name.text} has no body in braces.`;
    const meta = this.#meta();
    const words = new Set<string>();
    for (let depth = 1; depth > 0; ) {
      const token = this.#take();
      if (!token) return `Rule ${name.text} does not end: a brace is missing.`;
      if (token.text === '{') depth++;
      else if (token.text === '}') depth--;
      else if (token.kind === 'word') words.add(token.text);
    }
    const to = this.#tokens[this.#next - 1]?.to ?? this.#text.length;
    this.rules.push({ name: name.text, line: this.lineAt(name.from), from, to, isPrivate, isGlobal, tags, meta, words });
    return undefined;
  }

  #meta(): Record<string, MetaValue> {
    const meta: Record<string, MetaValue> = {};
    if (this.#tokens[this.#next]?.text !== 'meta' || this.#tokens[this.#next + 1]?.text !== ':') return meta;
    this.#next += 2;
    while (this.#tokens[this.#next + 1]?.text === '=') {
      const [name, , value] = this.#tokens.slice(this.#next, this.#next + 3);
      if (!name || !value) break;
      meta[name.text] = valueOf(value);
      this.#next += 3;
    }
    return meta;
  }
}

function valueOf({ kind, text }: Token): MetaValue {
  if (kind === 'number') return Number(text);
  if (kind !== 'string') return text === 'true';
  return text
    .slice(1, -1)
    .replaceAll(/\\(?:x([\da-fA-F]{2})|(.))/gu, (_, hex: string | undefined, one: string | undefined) =>
      hex === undefined ? ({ n: '\n', t: '\t', r: '\r' }[one ?? ''] ?? one ?? '') : String.fromCharCode(parseInt(hex, 16)),
    );
}

/** The named rules of a file with all that they need: imports, global rules, rules that their conditions name. */
export function textOfRules({ text, rules, imports }: YaraSource, wanted: ReadonlySet<string>): string {
  const names = rules.map(({ name }) => name);
  const known = new Set(names);
  const needed = new Set<string>();
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const need = [...wanted, ...rules.filter(({ isGlobal }) => isGlobal).map(({ name }) => name)];
  for (let name = need.pop(); name !== undefined; name = need.pop()) {
    if (needed.has(name) || !known.has(name)) continue;
    needed.add(name);
    for (const word of byName.get(name)?.words ?? []) {
      if (known.has(word)) need.push(word);
      else if (word.endsWith('*')) need.push(...names.filter((one) => one.startsWith(word.slice(0, -1))));
    }
  }
  const kept = rules.filter(({ name }) => needed.has(name)).map(({ from, to }) => text.slice(from, to));
  return [...imports, ...kept].join('\n');
}

/** The text with some of its ranges made blank: lines stay where they are. */
export const without = (text: string, ranges: readonly { readonly from: number; readonly to: number }[]): string => {
  let out = '';
  let at = 0;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from < at) continue;
    out += text.slice(at, from) + text.slice(from, to).replaceAll(/[^\n]/gu, ' ');
    at = to;
  }
  return out + text.slice(at);
};
