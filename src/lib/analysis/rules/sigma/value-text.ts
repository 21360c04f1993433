/** Values of a rule with Sigma's wildcards (`*`, `?`, escaped by a backslash), and what encoding modifiers make of them. */

/** Parts of a value: text, `*` (any) and `?` (one). */
export type Part = string | { readonly wildcard: '*' | '?' };

export const parts = (value: string): Part[] => {
  const out: Part[] = [];
  let text = '';
  for (let at = 0; at < value.length; at++) {
    const c = value.charAt(at);
    const next = value.charAt(at + 1);
    if (c === '\\' && (next === '*' || next === '?' || next === '\\')) {
      text += next;
      at++;
    } else if (c === '*' || c === '?') {
      if (text !== '') out.push(text);
      text = '';
      out.push({ wildcard: c });
    } else text += c;
  }
  if (text !== '') out.push(text);
  return out;
};

const STAR: Part = { wildcard: '*' };

export const contains = (value: readonly Part[]): Part[] => [STAR, ...value, STAR];
export const startswith = (value: readonly Part[]): Part[] => [...value, STAR];
export const endswith = (value: readonly Part[]): Part[] => [STAR, ...value];

/** As a pattern of LIKE with `!` as escape; no wildcard at all: undefined, compare with `plain`. */
export const likePattern = (value: readonly Part[]): string | undefined =>
  value.every((part) => typeof part === 'string')
    ? undefined
    : value.map((part) => (typeof part === 'string' ? part.replaceAll(/[!%_]/gu, '!$&') : part.wildcard === '*' ? '%' : '_')).join('');

export const plain = (value: readonly Part[]): string => value.map((part) => (typeof part === 'string' ? part : part.wildcard)).join('');

/** UTF-16 of a text, a character a byte. */
export const utf16 = (value: string, order: 'le' | 'be', mark = false): string => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${value}`, 'utf16le');
  return (order === 'be' ? bytes.swap16() : bytes).toString('latin1');
};

const bytesOf = (value: string): Buffer => (/^[\0-\xff]*$/u.test(value) && value.includes('\0') ? Buffer.from(value, 'latin1') : Buffer.from(value, 'utf8'));

export const base64 = (value: string): string => bytesOf(value).toString('base64');

/** The three ways in which a text may stand inside something encoded, without the characters that its neighbours decide. */
export const base64Offsets = (value: string): string[] => {
  const bytes = bytesOf(value);
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift, 0x20), bytes]).toString('base64');
    const from = [0, 2, 3][shift];
    const tail = [0, 3, 2][(bytes.length + shift) % 3];
    return encoded.slice(from, tail === 0 ? undefined : -tail);
  });
};

/** A dash of a command line may be written as a slash or a longer dash. */
export const dashes = (value: string): string[] => {
  const found = /(^|\s)[-/](?=\w)/u.test(value);
  return found ? ['-', '/', '\u2013', '\u2014', '\u2015'].map((dash) => value.replaceAll(/(^|\s)[-/](?=\w)/gu, `$1${dash}`)) : [value];
};
