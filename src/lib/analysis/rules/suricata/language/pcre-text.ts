/** `"/pattern/flags"` and what follows it. */

import type { Pcre, PcreTest } from './buffer-match.ts';

export interface PcreText {
  readonly pattern: Pcre;
  readonly relative: boolean;
  readonly rawbytes: boolean;
  /** Buffer by its letter; undefined where none was given. */
  readonly buffer: string | undefined;
  readonly captures: PcreTest['captures'];
}

/** Buffers by letter, as in Snort; W and Z are Suricata's own. */
const LETTERS: Readonly<Record<string, string>> = {
  U: 'http.uri',
  I: 'http.uri.raw',
  P: 'http.request_body',
  Q: 'http.response_body',
  H: 'http.header',
  D: 'http.header.raw',
  M: 'http.method',
  C: 'http.cookie',
  S: 'http.stat_code',
  Y: 'http.stat_msg',
  V: 'http.user_agent',
  W: 'http.host',
  Z: 'http.host.raw',
};

const MAX_PATTERN = 8_192;

/** @returns one sentence where the text is wrong */
export const pcreText = (text: string): PcreText | string => {
  const end = text.lastIndexOf('/');
  const found = /^([A-Za-z]*)\s*((?:,\s*(?:flow|pkt|alert)\s*:\s*[^,]+)*)\s*$/u.exec(text.slice(end + 1));
  const begin = text.indexOf('/');
  if (begin < 0 || end <= begin) return 'Its pcre is not written between slashes.';
  if (!found) return `What follows the pattern of its pcre, “${text.slice(end + 1)}”, is neither flags nor names of captures.`;
  const source = text.slice(begin + 1, end);
  if (source.length > MAX_PATTERN) return `Its pcre is longer than ${MAX_PATTERN} characters.`;
  const flags = flagsOf(found[1]);
  if (typeof flags === 'string') return flags;
  const { buffer, relative, rawbytes, ...rest } = flags;
  return { pattern: { source, ...rest }, relative, rawbytes, buffer, captures: [...named(source), ...listed(found[2])] };
};

const flagsOf = (letters: string): (Omit<Pcre, 'source'> & { buffer: string | undefined; relative: boolean; rawbytes: boolean }) | string => {
  const has = (letter: string): boolean => letters.includes(letter);
  const unknown = [...letters].find((letter) => !'imsxAEGRBO'.includes(letter) && !Object.hasOwn(LETTERS, letter));
  if (unknown !== undefined) return `Its pcre has the flag ${unknown}, which is none.`;
  const buffers = new Set([...letters].filter((letter) => Object.hasOwn(LETTERS, letter)));
  if (buffers.size > 1) return `Its pcre asks for several buffers at once: ${[...buffers].join(', ')}.`;
  const [letter] = buffers;
  if (letter !== undefined && has('B')) return 'Its pcre asks for raw bytes (B) and a buffer at once.';
  return {
    caseless: has('i'),
    multiline: has('m'),
    dotAll: has('s'),
    extended: has('x'),
    anchored: has('A'),
    dollarEndOnly: has('E'),
    ungreedy: has('G'),
    relative: has('R'),
    rawbytes: has('B'),
    buffer: letter === undefined ? undefined : LETTERS[letter],
  };
};

const named = (source: string): PcreTest['captures'] =>
  [...source.matchAll(/\(\?P?<(flow|pkt)_(\w+)>/gu)].map(([, scope, name]) => ({ scope: scope as 'flow' | 'pkt', name, key: false }));

const listed = (text: string): PcreTest['captures'] =>
  [...text.matchAll(/(flow|pkt|alert)\s*:\s*([^,]+)/gu)].map(([, scope, name]) => ({
    scope: scope as 'flow' | 'pkt' | 'alert',
    name: name.trim().replace(/^key\s*:\s*/u, ''),
    key: /^key\s*:/u.test(name.trim()),
  }));
