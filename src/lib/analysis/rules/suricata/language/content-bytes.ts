/** The text of a `content` as bytes: `\"`, `\;`, `\:`, `\\`, and hexadecimal between pipes. */

const ESCAPED = new Set(['"', ';', ':', '\\']);

/** @returns one sentence where the text is wrong */
export const contentBytes = (text: string): Uint8Array | string => {
  const bytes: number[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === '|') {
      const end = text.indexOf('|', at + 1);
      if (end < 0) return 'Its content opens hexadecimal with | and does not close it.';
      const digits = text.slice(at + 1, end).replaceAll(/\s/gu, '');
      if (digits === '' || digits.length % 2 === 1 || /[^0-9a-f]/iu.test(digits))
        return `Its content has “|${text.slice(at + 1, end)}|”, which is no row of pairs of hexadecimal digits.`;
      for (let i = 0; i < digits.length; i += 2) bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
      at = end + 1;
      continue;
    }
    if (c === '"') return 'Its content has a quotation mark that no backslash stands before.';
    if (c === '\\') {
      at++;
      if (!ESCAPED.has(text.charAt(at))) return `Its content has “\\${text.charAt(at)}”: only \\" \\; \\: and \\\\ are escaped.`;
    }
    bytes.push(...utf8(text, at));
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return bytes.length > 0 ? Uint8Array.from(bytes) : 'Its content is empty.';
};

const encoder = new TextEncoder();
const utf8 = (text: string, at: number): Iterable<number> => encoder.encode(String.fromCodePoint(text.codePointAt(at) ?? 0));
