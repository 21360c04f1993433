/** Transforms: what is done to a sticky buffer before it is looked into. */

import type { Transform } from '../buffer-match.ts';
import { contentBytes } from '../content-bytes.ts';
import { integer } from '../integer-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';
import { compilePattern } from '../pattern.ts';
import { pcreText } from '../pcre-text.ts';
import { numberOrVariable } from './content.ts';

const transform = (value: Keyword['value'], read: (text: string) => Transform | string, quotes?: Keyword['quotes']): Keyword => ({
  value,
  ...(quotes ? { quotes } : {}),
  apply(draft, { keyword, text }) {
    if (!draft.sticky) return `Its ${keyword} has no sticky buffer before it.`;
    if (draft.sticky.facts.of === 'base64') return `Its ${keyword} cannot change base64_data.`;
    const made = read(text);
    if (typeof made === 'string') return `Its ${keyword} ${made}`;
    // Tests stand before it: they are of the buffer as it was, what follows is of what the transform gives.
    if (draft.sticky.tests.length > 0) {
      const { facts, side } = draft.sticky;
      draft.sticky = { facts, side, transforms: [], tests: [] };
      draft.matches.push(draft.sticky);
    }
    draft.sticky.transforms.push(made);
    draft.openTransforms = true;
    return undefined;
  },
});

type Plain = 'compress_whitespace' | 'strip_whitespace' | 'dotprefix' | 'to_lowercase' | 'to_uppercase' | 'header_lowercase' | 'strip_pseudo_headers' | 'to_md5' | 'to_sha1' | 'to_sha256' | 'url_decode' | 'domain' | 'tld';

const plain = (kind: Plain): Keyword => transform('none', () => ({ kind }));

const xor = transform(
  'required',
  (text) => {
    if (!/^(?:[0-9a-f]{2}){1,255}$/iu.test(text)) return 'needs a key in pairs of hexadecimal digits.';
    const key = contentBytes(`|${text}|`);
    return typeof key === 'string' ? key : { kind: 'xor', key };
  },
  'mandatory',
);

const pcrexform = transform(
  'required',
  (text) => {
    const read = text.startsWith('/') ? pcreText(text) : pcreText(`/${text}/`);
    if (typeof read === 'string') return 'has no regular expression.';
    const compiled = compilePattern(read.pattern);
    if (typeof compiled === 'string') return `is refused: ${compiled}`;
    if (captureCount(read.pattern.source) !== 1) return 'needs exactly one group that captures.';
    return { kind: 'pcrexform', pattern: read.pattern };
  },
  'mandatory',
);

const captureCount = (source: string): number => {
  const bare = source.replaceAll(/\\./gsu, '').replaceAll(/\[\^?\]?[^\]]*\]/gu, '');
  return (bare.match(/\((?!\?)|\(\?P?<(?![=!])/gu) ?? []).length;
};

const MODES = new Set(['rfc4648', 'rfc2045', 'strict']);

const fromBase64: Keyword = {
  value: 'optional',
  apply(draft, option) {
    let offset: number | string = 0;
    let bytes: number | string | undefined;
    let mode = 'rfc4648';
    const seen = new Set<string>();
    for (const part of option.text === '' ? [] : option.text.split(',')) {
      const [, name, value] = /^(offset|bytes|mode)\s+(\S+)$/u.exec(part.trim()) ?? ['', '', ''];
      if (name === '' || seen.has(name)) return `Its from_base64 has “${part.trim()}”, which is none of offset N, bytes N and mode M, each once.`;
      seen.add(name);
      if (name === 'mode') {
        if (!MODES.has(value)) return `Its from_base64 has the mode “${value}”, which is none of ${[...MODES].join(', ')}.`;
        mode = value;
        continue;
      }
      const number = numberOrVariable(draft, option.keyword, value);
      if (typeof number === 'string') return number;
      if (typeof number.value === 'number' && (number.value < 0 || number.value > 65_535)) return `Its from_base64 has ${name} ${value}, which is not from 0 to 65535.`;
      if (name === 'offset') offset = number.value;
      else bytes = number.value;
    }
    if (bytes === 0) return 'Its from_base64 decodes 0 bytes.';
    return transform('optional', () => ({ kind: 'from_base64', offset, bytes, mode: mode as 'rfc4648' })).apply(draft, option);
  },
};

const inflate = (kind: 'gunzip' | 'zlib_deflate'): Keyword =>
  transform('optional', (text) => {
    if (text === '') return { kind, maxSize: undefined };
    const found = /^max-size\s+(\w+)$/u.exec(text);
    const maxSize = found ? integer(found[1]) : undefined;
    return maxSize === undefined || maxSize === 0 ? 'takes nothing but max-size and a number above 0.' : { kind, maxSize };
  });

const subslice = transform('required', (text) => {
  const found = /^(-?\d+)\s*(?:,\s*(-?\d+))?\s*(,\s*truncate)?$/u.exec(text);
  if (!found) return 'is not an offset, a number of bytes and perhaps truncate.';
  return {
    kind: 'subslice',
    offset: Number(found[1]),
    length: (found[2] as string | undefined) === undefined ? undefined : Number(found[2]),
    truncate: (found[3] as string | undefined) !== undefined,
  };
});

const PLAIN: readonly Plain[] = [
  'compress_whitespace',
  'strip_whitespace',
  'dotprefix',
  'to_lowercase',
  'to_uppercase',
  'header_lowercase',
  'strip_pseudo_headers',
  'to_md5',
  'to_sha1',
  'to_sha256',
  'url_decode',
  'domain',
  'tld',
];

export const TRANSFORMS: KeywordTable = {
  ...Object.fromEntries(PLAIN.map((kind) => [kind, plain(kind)])),
  xor,
  pcrexform,
  from_base64: fromBase64,
  gunzip: inflate('gunzip'),
  zlib_deflate: inflate('zlib_deflate'),
  subslice,
};
