/** Search filters as RFC 4515 writes them. */

import { booleanOf, children, CONTEXT, type Element, textOf } from '../wire/asn1.ts';

const MAX_DEPTH = 24;
/** Characters of a filter that are kept. */
const MAX_LENGTH = 8192;

const COMPARISONS: Readonly<Record<number, string>> = { 3: '=', 5: '>=', 6: '<=', 8: '~=' };

const substrings = (bytes: Uint8Array, parts: readonly Element[]): string => {
  let text = '';
  for (const { tag, ...part } of parts) {
    const value = textOf(bytes, { tag, ...part });
    if (tag === 0) text += value;
    else text += `*${value}`;
  }
  return parts.at(-1)?.tag === 2 ? text : `${text}*`;
};

const write = (bytes: Uint8Array, filter: Element, depth: number, left: { n: number }): string => {
  if (filter.cls !== CONTEXT || depth > MAX_DEPTH || left.n <= 0) return '';
  const parts = filter.constructed ? children(bytes, filter, 512) : [];
  const [first, second] = parts;
  let text = '';
  switch (filter.tag) {
    case 0:
    case 1:
      text = `(${filter.tag === 0 ? '&' : '|'}${parts.map((part) => write(bytes, part, depth + 1, left)).join('')})`;
      break;
    case 2:
      text = `(!${first ? write(bytes, first, depth + 1, left) : ''})`;
      break;
    case 3:
    case 5:
    case 6:
    case 8:
      if (first && second)
        text = `(${textOf(bytes, first)}${COMPARISONS[filter.tag] ?? '='}${textOf(bytes, second)})`;
      break;
    case 4:
      if (first && second)
        text = `(${textOf(bytes, first)}=${substrings(bytes, children(bytes, second, 256))})`;
      break;
    case 7:
      text = `(${textOf(bytes, filter)}=*)`;
      break;
    case 9: {
      const part = (tag: number): string => {
        const found = parts.find((one) => one.tag === tag);
        return found ? textOf(bytes, found) : '';
      };
      const dn = booleanOf(
        bytes,
        parts.find(({ tag }) => tag === 4),
      );
      const rule = part(1);
      text = `(${part(2)}${dn ? ':dn' : ''}${rule ? `:${rule}` : ''}:=${part(3)})`;
      break;
    }
    default:
  }
  left.n -= text.length;
  return text;
};

export const filterText = (bytes: Uint8Array, filter: Element): string =>
  write(bytes, filter, 0, { n: MAX_LENGTH }).slice(0, MAX_LENGTH);
