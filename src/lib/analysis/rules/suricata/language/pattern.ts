/**
 * Suricata's regular expressions (PCRE) as ones that we can run: in linear time where RE2 can say the same, else in V8, whose
 * backtracking the caller has to bound.
 */

import { RE2JS } from 're2js';
import { requiredLiteral, type RequiredLiteral } from '../../matcher/required-literal.ts';
import type { Pcre } from './buffer-match.ts';

export type CompiledPattern =
  | { readonly kind: 'linear'; readonly pattern: RE2JS; readonly literal: RequiredLiteral | undefined }
  /** Look-around, back-references, atomic groups: may take exponential time, so run it behind its literal and with a limit. Sticky and global. */
  | { readonly kind: 'backtracking'; readonly source: string; readonly flags: string; readonly literal: RequiredLiteral | undefined };

/** @returns one sentence where it is no regular expression, or one that nothing here can run */
export const compilePattern = (pcre: Pcre): CompiledPattern | string => {
  if ([...pcre.source].some((c) => c > '\u00ff')) return compileText(latin1(pcre));
  return compileText(pcre);
};

/** What is beyond ASCII in a rule file is UTF-8 on the wire: its bytes, each a character. */
const latin1 = (pcre: Pcre): Pcre => ({ ...pcre, source: Buffer.from(pcre.source, 'utf8').toString('latin1') });

const compileText = (pcre: Pcre): CompiledPattern | string => {
  const source = pcre.extended ? withoutComments(pcre.source) : pcre.source;
  const literal = pcre.multiline || pcre.extended ? undefined : requiredLiteral(`${pcre.caseless ? '(?i)' : ''}${unescaped(source)}`);
  const anchored = pcre.anchored ? `^(?:${source})` : source;
  if (!BACKTRACKS.test(source)) {
    try {
      return { kind: 'linear', pattern: RE2JS.compile(forRe2(anchored, pcre), re2Flags(pcre)), literal };
    } catch {
      // What RE2 does not know, V8 may.
    }
  }
  const flags = `${pcre.caseless ? 'i' : ''}${pcre.multiline ? 'm' : ''}${pcre.dotAll ? 's' : ''}`;
  if (pcre.ungreedy) return 'Its pcre turns greediness round (G) and looks around or back: that cannot be run here.';
  try {
    const body = forV8(anchored, pcre);
    new RegExp(body, flags);
    return { kind: 'backtracking', source: body, flags, literal };
  } catch (error) {
    return `Its pcre is no regular expression: ${error instanceof Error ? error.message.replace(/^Invalid regular expression: /u, '') : String(error)}`;
  }
};

/** Look-around, atomic groups, possessive quantifiers, back-references. */
const BACKTRACKS = /\(\?(?:<?[=!]|>|\(|R|P[=>])|(?<!\\)(?:\\\\)*\\(?:[1-9]|k[<{'])|(?<!\\)[*+?}]\+/u;

const re2Flags = ({ caseless, multiline, dotAll }: Pcre): number =>
  (caseless ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0);

/** `$` also matches before a last new line, in PCRE; `\h` and `\R` are PCRE's; `{,n}` and a lone `{` are text. */
const forRe2 = (source: string, { multiline, dollarEndOnly, ungreedy }: Pcre): string =>
  `${ungreedy ? '(?U)' : ''}${mapAtoms(source, (atom, inClass) => {
    if (atom === '$' && !inClass) return multiline || dollarEndOnly ? atom : '(?:\\n?\\z)';
    if (atom === '\\Z') return '(?:\\n?\\z)';
    if (atom === '\\h') return inClass ? '\\t \\xa0' : '[\\t \\xa0]';
    if (atom === '\\R') return '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85])';
    if (atom === '\\e') return '\\x1b';
    if (atom === '\\G') return '\\A';
    if (atom === '\\s') return inClass ? '\\t\\n\\x0b\\f\\r ' : '[\\t\\n\\x0b\\f\\r ]';
    if (atom === '\\S' && !inClass) return '[^\\t\\n\\x0b\\f\\r ]';
    if (atom === '{') return '\\{';
    return known(atom);
  })}`;

/** V8's own: no \A \z \Z \h \e; a letter escaped for nothing means itself in both. */
const forV8 = (source: string, { multiline, dollarEndOnly }: Pcre): string =>
  mapAtoms(source.replaceAll('(?P<', '(?<').replaceAll(/\(\?P=(\w+)\)/gu, '\\k<$1>'), (atom, inClass) => {
    if (atom === '$' && !inClass) return multiline || dollarEndOnly ? atom : '(?=\\n?(?![\\s\\S]))';
    if (atom === '\\A' || atom === '\\G') return '(?<![\\s\\S])';
    if (atom === '\\z') return '(?![\\s\\S])';
    if (atom === '\\Z') return '(?=\\n?(?![\\s\\S]))';
    if (atom === '\\h') return inClass ? '\\t \\xa0' : '[\\t \\xa0]';
    if (atom === '\\e') return '\\x1b';
    if (atom === '\\a') return '\\x07';
    return atom;
  });

/** RE2 refuses escapes that PCRE takes as the character itself. */
const known = (atom: string): string => {
  if (!/^\\[^\w]$/u.test(atom) && /^\\[gijlmoqyFIJKLMNOTUVXYZ_]$/u.test(atom)) return atom.slice(1);
  if (atom.length === 2 && atom.charAt(1) > "\x7f") return atom.slice(1);
  return atom;
};

/** Rewrites each escape, `$` and each `{` that begins no quantifier. */
const mapAtoms = (source: string, map: (atom: string, inClass: boolean) => string): string => {
  let out = '';
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const c = source.charAt(at);
    if (c === '\\') {
      const atom = source.slice(at, at + 2);
      out += map(atom, inClass);
      at++;
    } else if (inClass) {
      const posix = c === '[' ? /^\[:\^?\w+:\]/u.exec(source.slice(at, at + 14))?.[0] : undefined;
      if (posix !== undefined) {
        out += posix;
        at += posix.length - 1;
      } else {
        if (c === ']') inClass = false;
        out += c === '[' ? '\\[' : c;
      }
    } else if (c === '[') {
      inClass = true;
      const first = /^\[\^?\]?/u.exec(source.slice(at, at + 3))?.[0] ?? c;
      // "[]a]": a bracket that comes first is a member.
      out += first.endsWith(']') ? `${first.slice(0, -1)}\\]` : first;
      at += first.length - 1;
    } else if (c === '$') out += map(c, false);
    else if (c === '{' && !/^\{\d+(?:,\d*)?\}/u.test(source.slice(at, at + 24))) out += map(c, false);
    else out += c;
  }
  return out;
};

/** Flag x: white space and #-comments outside classes are no part of it. */
const withoutComments = (source: string): string => {
  let out = '';
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const c = source.charAt(at);
    if (c === '\\') {
      out += source.slice(at, at + 2);
      at++;
    } else if (inClass) {
      if (c === ']') inClass = false;
      out += c;
    } else if (c === '[') {
      inClass = true;
      out += c;
    } else if (c === '#') {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (!/\s/u.test(c)) out += c;
  }
  return out;
};

/** Escapes that stand for the character itself, so that literals are not broken by them. */
const unescaped = (source: string): string => source.replaceAll(/\\([/;:"'`~!@#%&=<>,_-])/gu, '$1');
