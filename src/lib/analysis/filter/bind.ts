/** Gives the words of a filter their meaning on one table: fields become columns, values become typed. */

import { RE2JS } from 're2js';
import type { ColumnKind, Table } from '../../model/tables.ts';
import type { Comparison, Node, Word } from './ast.ts';
import { FilterError } from './fault.ts';
import {
  fieldsOf,
  protocolWordsOf,
  resolveField,
  resolveWord,
  SERVICE_WORDS,
  type Field,
  type Guard,
} from './fields.ts';
import { nearest } from './suggest.ts';
import { FILTER_LIMITS } from './tokens.ts';
import { parseValue, type Value } from './values.ts';

export type Order = '==' | '!=' | '>' | '>=' | '<' | '<=';

export type Test =
  | { readonly kind: 'present' }
  | { readonly kind: 'order'; readonly op: Order; readonly all: boolean; readonly value: Value }
  | { readonly kind: 'field'; readonly op: Order; readonly other: Field }
  | { readonly kind: 'range'; readonly items: readonly { readonly from: Value; readonly to?: Value }[] }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'matches'; readonly pattern: string }
  | { readonly kind: 'bits'; readonly mask: bigint };

export type Bound =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly nodes: readonly Bound[] }
  | { readonly kind: 'not'; readonly node: Bound }
  | { readonly kind: 'constant'; readonly value: boolean; readonly word: string }
  | { readonly kind: 'guards'; readonly guards: readonly Guard[]; readonly word: string }
  | { readonly kind: 'test'; readonly field: Field; readonly test: Test; readonly place: Word };

/** @throws FilterError with suggestions where a field, protocol or value is not the table's */
export const bindFilter = (node: Node, table: Table): Bound => {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return { kind: node.kind, nodes: node.nodes.map((n) => bindFilter(n, table)) };
    case 'not':
      return { kind: 'not', node: bindFilter(node.node, table) };
    case 'word':
      return bindWord(node.field, table);
    case 'compare': {
      const field = fieldOf(node.field, table);
      return { kind: 'test', field, place: node.field, test: comparison(field, node.op, node.value, table) };
    }
    case 'in': {
      const field = fieldOf(node.field, table);
      const items = node.items.map(({ from, to }) => {
        const low = valueOf(field, from);
        if (!to) return { from: low };
        if (!ORDERED.has(kindOf(field))) throw new FilterError(`${field.name} has no order: no ranges.`, to);
        return { from: low, to: valueOf(field, to) };
      });
      return { kind: 'test', field, place: node.field, test: { kind: 'range', items } };
    }
  }
};

/** Faults name the field as it was written, not a column of ours. */
const valueFor = (word: Word, field: Field): Value =>
  parseValue(word, { ...field.columns[0], name: field.name });

export const kindOf = (field: Field): ColumnKind => field.columns[0].kind;

const ORDERED: ReadonlySet<ColumnKind> = new Set([
  'u8',
  'u16',
  'u32',
  'u64',
  'f64',
  'time',
  'span',
  'addr',
  'mac',
  'text',
  'u16[]',
]);
const WHOLE: ReadonlySet<ColumnKind> = new Set(['u8', 'u16', 'u32', 'u64', 'u16[]']);
const TEXT: ReadonlySet<ColumnKind> = new Set(['text', 'text[]', 'enum']);

/** Wireshark's fields of single packets: what a connection has instead. */
const OF_PACKETS: readonly (readonly [RegExp, string])[] = [
  [
    /^tcp\.(flags|connection)\b/u,
    'history and conn_state tell how it began and ended; page Packets filters by it',
  ],
  [
    /^tcp\.(stream|seq|ack|len|window|analysis|options|payload|hdr)|^(udp|icmp)\.(stream|length|payload)/u,
    'its bytes, packets and history sum them up',
  ],
  [
    /^(ip|ipv6)\.(ttl|hlim|id|len|flags|frag|dsfield|tos|checksum|plen|version|hdr)/u,
    'words such as ip and ipv6 ask for the family',
  ],
  [/^(frame|data|eth\.type|data-text-lines)\b/u, 'its bytes are searched by rules (page Rules)'],
];

const unknown = (word: Word, table: Table, names: readonly string[]): FilterError => {
  const [, instead] = OF_PACKETS.find(([pattern]) => pattern.test(word.text)) ?? [];
  const [prefix = '', ...rest] = word.text.split('.');
  const service = SERVICE_WORDS[prefix];
  if (table.name === 'conn' && instead !== undefined)
    return new FilterError(`“${word.text}” is of single packets, not of a connection: ${instead}.`, word);
  if (table.name === 'conn' && service !== undefined && rest.length > 0)
    return new FilterError(
      `“${word.text}” is of single messages, not of a connection: ask for ${prefix} here, and for its fields in its log (page Logs).`,
      word,
      [prefix],
    );
  const suggestions = nearest(word.text, names);
  const hint = suggestions[0] === undefined ? '' : ` Did you mean ${suggestions[0]}?`;
  return new FilterError(`${table.name} has no field “${word.text}”.${hint}`, word, suggestions);
};

const namesOf = (table: Table): string[] => fieldsOf(table).map((field) => field.name);

const fieldOf = (word: Word, table: Table): Field => {
  const field = resolveField(table, word.text);
  if (field) return field;
  if (resolveWord(table, word.text)) {
    throw new FilterError(`${word.text} is a protocol: write it alone, with no operator.`, word);
  }
  throw unknown(word, table, namesOf(table));
};

const bindWord = (word: Word, table: Table): Bound => {
  const protocol = resolveWord(table, word.text);
  switch (protocol?.kind) {
    case 'constant':
      return { kind: 'constant', value: protocol.value, word: word.text.toLowerCase() };
    case 'guards':
      return { kind: 'guards', guards: protocol.guards, word: word.text.toLowerCase() };
    case 'service': {
      const field = resolveField(table, protocol.column.name) as Field;
      const value: Value = { kind: 'text', value: protocol.service };
      return { kind: 'test', field, place: word, test: { kind: 'order', op: '==', all: false, value } };
    }
    case undefined:
      break;
  }
  const field = resolveField(table, word.text);
  if (!field) throw unknown(word, table, [...namesOf(table), ...protocolWordsOf(table)]);
  // A flag that is written alone means that it is set; every other field alone means that it is there.
  if (kindOf(field) === 'bool') {
    const value: Value = { kind: 'bool', value: true };
    return { kind: 'test', field, place: word, test: { kind: 'order', op: '==', all: false, value } };
  }
  return { kind: 'test', field, place: word, test: { kind: 'present' } };
};

const valueOf = (field: Field, word: Word): Value => {
  const value = valueFor(word, field);
  const family = field.guards.find((guard) => guard.kind === 'family');
  if (value.kind === 'addr' && family && value.range.version !== family.version) {
    const other =
      family.version === 4 ? field.name.replace(/^ip\./u, 'ipv6.') : field.name.replace(/^ipv6\./u, 'ip.');
    throw new FilterError(
      `${word.text} is an IPv${value.range.version} address, and ${field.name} is IPv${family.version} only.`,
      word,
      [other, 'addr'],
    );
  }
  return value;
};

const comparison = (field: Field, op: Comparison, value: Word, table: Table): Test => {
  const kind = kindOf(field);
  switch (op) {
    case 'contains':
      if (!TEXT.has(kind)) throw new FilterError(`${field.name} is not text: “contains” needs text.`, value);
      return { kind: 'contains', text: value.text };
    case 'matches':
      if (!TEXT.has(kind)) throw new FilterError(`${field.name} is not text: “matches” needs text.`, value);
      return { kind: 'matches', pattern: pattern(value) };
    case '&':
      if (!WHOLE.has(kind))
        throw new FilterError(`${field.name} is not a whole number: “&” needs one.`, value);
      return { kind: 'bits', mask: bits(valueFor(value, field)) };
    case '==':
    case '!=':
    case '===':
    case '!==':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return ordering(field, op, value, table);
  }
};

const bits = (value: Value): bigint => (value.kind === 'int' ? value.value : 0n);

const ordering = (field: Field, op: '===' | '!==' | Order, word: Word, table: Table): Test => {
  const plain: Order = op === '===' ? '==' : op === '!==' ? '!=' : op;
  if (plain !== '==' && plain !== '!=' && !ORDERED.has(kindOf(field))) {
    throw new FilterError(`${field.name} has no order: use ==, != or in {…}.`, word, ['==', '!=']);
  }
  const other = word.quoted || TEXT.has(kindOf(field)) ? undefined : resolveField(table, word.text);
  if (other) return { kind: 'field', op: plain, other: comparable(field, other, word) };
  const value = valueOf(field, word);
  if (value.kind === 'addr' && value.range.from !== value.range.to && plain !== '==' && plain !== '!=') {
    throw new FilterError('A network has no order: use == or != or in {…}.', word, ['==', '!=']);
  }
  // Wireshark 4: != holds where no value is equal, == where any is; === and !== turn that about.
  return { kind: 'order', op: plain, all: op === '!=' || op === '===', value };
};

const NUMERIC: ReadonlySet<ColumnKind> = new Set(['u8', 'u16', 'u32', 'u64', 'f64']);

const comparable = (field: Field, other: Field, word: Word): Field => {
  const [a, b] = [kindOf(field), kindOf(other)];
  const single =
    field.columns.length === 1 && other.columns.length === 1 && !a.endsWith('[]') && !b.endsWith('[]');
  if (!single) throw new FilterError('Only fields of one value can be compared with each other.', word);
  if (a !== b && !(NUMERIC.has(a) && NUMERIC.has(b))) {
    throw new FilterError(`${field.name} and ${other.name} are not of one kind.`, word);
  }
  return other;
};

/** A pattern is compiled here once to be refused with a place; DuckDB's RE2 runs it. */
const pattern = (word: Word): string => {
  if (word.text.length > FILTER_LIMITS.maxPattern) {
    throw new FilterError(`A pattern has at most ${FILTER_LIMITS.maxPattern} characters.`, word);
  }
  try {
    RE2JS.compile(word.text, RE2JS.CASE_INSENSITIVE);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FilterError(`Not a regular expression that runs in linear time (RE2): ${why}.`, word);
  }
  return word.text;
};
