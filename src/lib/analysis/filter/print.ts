import type { Node, Word } from './ast.ts';

/** Writes a filter in its canonical spelling: `parseFilter(printFilter(x))` is x again, but for the places in the text. */
export const printFilter = (node: Node): string => {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return node.nodes.map(operand).join(` ${node.kind} `);
    case 'not':
      return `not ${operand(node.node)}`;
    case 'word':
      return node.field.text;
    case 'compare':
      return `${node.field.text} ${node.op} ${printWord(node.value)}`;
    case 'in':
      return `${node.field.text} in {${node.items
        .map((item) => (item.to ? `${printWord(item.from)}..${printWord(item.to)}` : printWord(item.from)))
        .join(', ')}}`;
  }
};

/** Parenthesised even where precedence would do: people misremember it. */
const operand = (node: Node): string =>
  node.kind === 'and' || node.kind === 'or' || node.kind === 'xor'
    ? `(${printFilter(node)})`
    : printFilter(node);

const printWord = (word: Word): string => (word.quoted ? quote(word.text) : word.text);

/** Text as a quoted value of this language. */
export const quote = (text: string): string =>
  `"${text.replace(/[\\"\p{Cc}]/gu, (c) => {
    if (c === '\\' || c === '"') return `\\${c}`;
    const code = c.charCodeAt(0);
    return `\\x${code.toString(16).padStart(2, '0')}`;
  })}"`;
