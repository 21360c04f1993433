/** Numbers in the bytes: isdataat, byte_test, byte_jump, byte_extract, byte_math, bsize, base64_decode, entropy. */

import type { BufferTest, ByteOrder, NumberOrVariable, NumberText } from '../buffer-match.ts';
import { PAYLOAD } from '../buffers.ts';
import type { Refusal, RuleDraft } from '../draft.ts';
import { integerTest } from '../integer-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';
import { numberOrVariable } from './content.ts';

type Kind<K extends BufferTest['kind']> = Extract<BufferTest, { kind: K }>;
type Loose<T> = { -readonly [M in keyof T]: T[M] };

/** What the byte keywords have in common after their own values. */
interface ByteOptions {
  relative: boolean;
  order: ByteOrder;
  text: NumberText | undefined;
  bitmask: number | undefined;
  /** What is not common, by its first word. */
  readonly own: Map<string, string>;
}

const WORDS: Readonly<Record<string, (options: ByteOptions) => void>> = {
  relative: (options) => (options.relative = true),
  big: (options) => (options.order = 'big'),
  little: (options) => (options.order = 'little'),
  dce: (options) => (options.order = 'dce'),
  hex: (options) => (options.text = 'hex'),
  dec: (options) => (options.text = 'dec'),
  oct: (options) => (options.text = 'oct'),
  // "string" says that hex, dec or oct follows; alone it is decimal.
  string: (options) => (options.text ??= 'dec'),
};

const common = (keyword: string, parts: readonly string[], allowed: readonly string[]): ByteOptions | string => {
  const options: ByteOptions = { relative: false, order: 'big', text: undefined, bitmask: undefined, own: new Map() };
  const seen = new Set<string>();
  for (const part of parts) {
    const [, name, value] = /^(\S+)\s*(.*)$/u.exec(part.trim()) ?? ['', '', ''];
    if (name === '') return `Its ${keyword} has an empty part.`;
    if (seen.has(name)) return `Its ${keyword} says ${name} twice.`;
    seen.add(name);
    if (Object.hasOwn(WORDS, name) && value === '') WORDS[name](options);
    // "string dec", "endian big": two words that are one.
    else if ((name === 'string' || name === 'endian') && Object.hasOwn(WORDS, value)) WORDS[value](options);
    else if (name === 'bitmask') {
      options.bitmask = /^(?:0x)?[0-9a-f]{1,8}$/iu.test(value) ? Number.parseInt(value.replace(/^0x/iu, ''), 16) : Number.NaN;
      if (!(options.bitmask > 0)) return `Its ${keyword} has the bitmask “${value}”, which is no hexadecimal number of 1 to 8 digits.`;
    } else if (allowed.includes(name)) options.own.set(name, value);
    else return `Its ${keyword} has “${part.trim()}”, which it does not know.`;
  }
  if (seen.has('big') && seen.has('little')) return `Its ${keyword} is of both byte orders.`;
  return options;
};

const MOST_DIGITS: Readonly<Record<NumberText, number>> = { oct: 23, dec: 20, hex: 14 };

/** How many bytes are read: up to 8, or up to as many digits as 64 bits have. */
const size = (keyword: string, bytes: NumberOrVariable, text: NumberText | undefined): Refusal => {
  if (typeof bytes === 'string') return undefined;
  const most = text ? MOST_DIGITS[text] : 8;
  return bytes < 1 || bytes > most ? `Its ${keyword} reads ${bytes} bytes: 1 to ${most} can be read${text ? ` as ${text}` : ''}.` : undefined;
};

const dce = ({ appProtos }: RuleDraft, keyword: string, order: ByteOrder): Refusal =>
  order === 'dce' && appProtos && !appProtos.some((proto) => proto === 'dcerpc' || proto === 'smb')
    ? `Its ${keyword} asks for the byte order of DCE/RPC in a rule of ${appProtos.join(' or ')}.`
    : undefined;

const isdataat: Keyword = {
  value: 'required',
  negation: true,
  quotes: 'optional',
  apply(draft, { text, negated, keyword }) {
    const [first, ...rest] = text.split(',').map((part) => part.trim());
    const unknown = rest.find((word) => word !== 'relative' && word !== 'rawbytes');
    if (unknown !== undefined) return `Its isdataat has “${unknown}”, which it does not know.`;
    const at = numberOrVariable(draft, keyword, first);
    if (typeof at === 'string') return at;
    if (typeof at.value === 'number' && (at.value < 0 || at.value > 65_535)) return `Its isdataat of ${at.value} is not from 0 to 65535.`;
    const relative = rest.includes('relative');
    draft.add({ kind: 'isdataat', at: at.value, relative, rawbytes: rest.includes('rawbytes'), negated }, relative, PAYLOAD);
    return undefined;
  },
};

const byteTest: Keyword = {
  value: 'required',
  apply(draft, { text, keyword }) {
    const [bytesText = '', opText = '', valueText = '', offsetText = '', ...rest] = text.split(',').map((part) => part.trim());
    const op = /^(!)?\s*(<=|>=|=|<|>|&|\^)?$/u.exec(opText);
    if (!op || opText === '') return `Its byte_test compares with “${opText}”, which is none of < > = <= >= & ^.`;
    const options = common(keyword, rest, []);
    if (typeof options === 'string') return options;
    const [bytes, value, offset] = [bytesText, valueText, offsetText].map((part) => numberOrVariable(draft, keyword, part));
    if (typeof bytes === 'string') return bytes;
    if (typeof value === 'string') return value;
    if (typeof offset === 'string') return offset;
    const { relative, order, text: digits, bitmask } = options;
    // No bytes of text: as many digits as there are.
    const refused = (bytes.value === 0 && digits ? undefined : size(keyword, bytes.value, digits)) ?? dce(draft, keyword, order);
    if (refused !== undefined) return refused;
    const test: Kind<'byte_test'> = {
      kind: 'byte_test',
      bytes: bytes.value,
      op: (op[2] ?? '=') as Kind<'byte_test'>['op'],
      negated: op[1] !== undefined,
      value: value.value,
      offset: offset.value,
      relative,
      order,
      text: digits,
      bitmask,
    };
    draft.add(test, relative, PAYLOAD);
    return undefined;
  },
};

const byteJump: Keyword = {
  value: 'required',
  apply(draft, { text, keyword }) {
    const [bytesText = '', offsetText = '', ...rest] = text.split(',').map((part) => part.trim());
    const options = common(keyword, rest, ['multiplier', 'align', 'from_beginning', 'from_end', 'post_offset']);
    if (typeof options === 'string') return options;
    const [bytes, offset] = [bytesText, offsetText].map((part) => numberOrVariable(draft, keyword, part));
    if (typeof bytes === 'string') return bytes;
    if (typeof offset === 'string') return offset;
    const { relative, order, text: digits, bitmask, own } = options;
    // No bytes: a jump by post_offset alone.
    const refused = (bytes.value === 0 ? undefined : size(keyword, bytes.value, digits)) ?? dce(draft, keyword, order);
    if (refused !== undefined) return refused;
    const post = numberOrVariable(draft, keyword, own.get('post_offset') ?? '0');
    if (typeof post === 'string') return post;
    const multiplier = Number(own.get('multiplier') ?? 1);
    if (!(Number.isInteger(multiplier) && multiplier >= 1 && multiplier <= 65_535)) return 'The multiplier of its byte_jump is not from 1 to 65535.';
    if (own.has('from_beginning') && own.has('from_end')) return 'Its byte_jump goes from the begin and from the end at once.';
    const test: Kind<'byte_jump'> = {
      kind: 'byte_jump',
      bytes: bytes.value,
      offset: offset.value,
      relative,
      multiplier,
      order,
      text: digits,
      align: own.has('align'),
      from: own.has('from_beginning') ? 'beginning' : own.has('from_end') ? 'end' : 'here',
      postOffset: post.value,
      bitmask,
    };
    draft.add(test, relative, PAYLOAD);
    return undefined;
  },
};

const NAME = /^[a-z_][\w.]*$/iu;

const byteExtract: Keyword = {
  value: 'required',
  apply(draft, { text, keyword }) {
    const [bytesText = '', offsetText = '', name = '', ...rest] = text.split(',').map((part) => part.trim());
    const options = common(keyword, rest, ['multiplier', 'align']);
    if (typeof options === 'string') return options;
    if (!/^\d+$/u.test(bytesText) || !/^-?\d+$/u.test(offsetText)) return 'Its byte_extract needs a number of bytes and an offset.';
    if (!NAME.test(name)) return `Its byte_extract names the variable “${name}”: a letter, then letters, digits and _.`;
    const { relative, order, text: digits, own } = options;
    const bytes = Number(bytesText);
    const refused = size(keyword, bytes, digits) ?? dce(draft, keyword, order);
    if (refused !== undefined) return refused;
    const multiplier = Number(own.get('multiplier') ?? 1);
    if (!(Number.isInteger(multiplier) && multiplier >= 1 && multiplier <= 65_535)) return 'The multiplier of its byte_extract is not from 1 to 65535.';
    const align = own.has('align') ? Number(own.get('align')) : undefined;
    if (align !== undefined && align !== 2 && align !== 4) return 'The align of its byte_extract is neither 2 nor 4.';
    draft.variables.add(name);
    const test: Kind<'byte_extract'> = { kind: 'byte_extract', bytes, offset: Number(offsetText), name, relative, multiplier, order, text: digits, align };
    draft.add(test, relative, PAYLOAD);
    return undefined;
  },
};

const OPERATORS = new Set(['+', '-', '*', '/', '<<', '>>']);

const byteMath: Keyword = {
  value: 'required',
  apply(draft, { text, keyword }) {
    const options = common(keyword, text.split(','), ['bytes', 'offset', 'oper', 'rvalue', 'result']);
    if (typeof options === 'string') return options;
    const { relative, order, text: digits, bitmask, own } = options;
    const missing = ['bytes', 'offset', 'oper', 'rvalue', 'result'].find((name) => !own.has(name));
    if (missing !== undefined) return `Its byte_math lacks ${missing}.`;
    const op = own.get('oper') ?? '';
    const result = own.get('result') ?? '';
    if (!OPERATORS.has(op)) return `Its byte_math computes with “${op}”, which is none of + - * / << >>.`;
    if (!NAME.test(result)) return `Its byte_math names the variable “${result}”: a letter, then letters, digits and _.`;
    const [bytes, operand, offset] = [own.get('bytes') ?? '', own.get('rvalue') ?? '', own.get('offset') ?? ''].map((part) => numberOrVariable(draft, keyword, part));
    if (typeof bytes === 'string') return bytes;
    if (typeof operand === 'string') return operand;
    if (typeof offset === 'string' || typeof offset.value === 'string') return 'The offset of its byte_math is no number.';
    if (op === '/' && operand.value === 0) return 'Its byte_math divides by nothing.';
    if (typeof operand.value === 'number' && operand.value < 0) return 'The rvalue of its byte_math is negative.';
    const refused = size(keyword, bytes.value, digits) ?? dce(draft, keyword, order);
    if (refused !== undefined) return refused;
    draft.variables.add(result);
    const test: Loose<Kind<'byte_math'>> = {
      kind: 'byte_math',
      bytes: bytes.value,
      offset: offset.value,
      op: op as Kind<'byte_math'>['op'],
      operand: operand.value,
      result,
      relative,
      order,
      text: digits,
      bitmask,
    };
    draft.add(test, relative, PAYLOAD);
    return undefined;
  },
};

const bsize: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (!draft.sticky) return 'Its bsize has no sticky buffer before it.';
    const variable = /^([<>=])?\s*([a-z_]\w*)$/iu.exec(text.trim());
    if (variable && draft.variables.has(variable[2])) {
      draft.add({ kind: 'bsize', test: { variable: variable[2], op: (variable[1] ?? '=') as '=' | '<' | '>' } }, false, PAYLOAD);
      return undefined;
    }
    const test = integerTest(text, { bits: 64 });
    if (typeof test === 'string') return `Its bsize ${test}`;
    draft.add({ kind: 'bsize', test }, false, PAYLOAD);
    return undefined;
  },
};

const absent: Keyword = {
  value: 'optional',
  apply(draft, { text }) {
    if (!draft.sticky) return 'Its absent has no sticky buffer before it.';
    if (text !== '' && text !== 'or_else') return `Its absent takes no value but or_else.`;
    if (draft.sticky.tests.length > 0) return `Its absent stands behind other tests of ${draft.sticky.facts.name}.`;
    draft.add({ kind: 'absent', orElse: text === 'or_else' }, false, PAYLOAD);
    return undefined;
  },
};

const base64Decode: Keyword = {
  value: 'optional',
  apply(draft, { text }) {
    const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
    let bytes: number | undefined;
    let offset = 0;
    for (const part of parts) {
      const found = /^(bytes|offset)\s+(\d+)$/u.exec(part);
      if (!found && part !== 'relative') return `Its base64_decode has “${part}”, which is none of bytes N, offset N and relative.`;
      if (found?.[1] === 'bytes') bytes = Number(found[2]);
      if (found?.[1] === 'offset') offset = Number(found[2]);
    }
    if (bytes === 0) return 'Its base64_decode decodes 0 bytes.';
    const relative = parts.includes('relative');
    draft.add({ kind: 'base64_decode', bytes, offset, relative }, relative, PAYLOAD);
    return undefined;
  },
};

const entropy: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    let bytes = 0;
    let offset = 0;
    let value: RegExpExecArray | undefined;
    for (const part of text.split(',').map((one) => one.trim())) {
      const count = /^(bytes|offset)\s+(\d+)$/u.exec(part);
      const compared = /^value\s*(<=|>=|!=|<|>|=|!)?\s*(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?$/u.exec(part);
      if (count?.[1] === 'bytes') bytes = Number(count[2]);
      else if (count) offset = Number(count[2]);
      else if (compared) value = compared;
      else return `Its entropy has “${part}”, which is none of bytes N, offset N and value N.`;
    }
    if (!value) return 'Its entropy lacks a value.';
    const high = (value[3] as string | undefined) === undefined ? undefined : Number(value[3]);
    const op = high === undefined ? (value[1] === '!' ? '!=' : ((value[1] as string | undefined) ?? '=')) : 'range';
    if (Number(value[2]) > 8 || (high ?? 0) > 8) return 'The value of its entropy is above 8 bits a byte.';
    draft.add({ kind: 'entropy', bytes, offset, op: op as Kind<'entropy'>['op'], value: Number(value[2]), high }, false, PAYLOAD);
    return undefined;
  },
};

export const BYTES: KeywordTable = {
  isdataat,
  byte_test: byteTest,
  byte_jump: byteJump,
  byte_extract: byteExtract,
  byte_math: byteMath,
  bsize,
  absent,
  base64_decode: base64Decode,
  entropy,
};
