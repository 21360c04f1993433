/** Header fields of HTTP, SSDP and MIME: lines, names, values and their parameters. */

import { bytesText } from './text.ts';

export interface HeaderField {
  /** As it was sent. */
  readonly name: string;
  readonly lower: string;
  /** Without white space around it; folded lines are joined by one space. */
  readonly value: string;
}

const COLON = 0x3a;

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;

const trimmed = (bytes: Uint8Array, from: number, to: number): string => {
  let start = from;
  let end = to;
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && (isBlank(bytes[end - 1]) || bytes[end - 1] === 0x0d)) end--;
  return bytesText(bytes, start, end);
};

/** Fields that say where a body ends and how it is coded: browsers see them in a line that begins with a blank too, which hides them from others. */
const FRAMING = /^[ \t]+(?:transfer-encoding|content-encoding|content-length)[ \t]*:/i;

/** What is no visible ASCII in a name is passed over, as browsers do. */
const NOT_OF_NAMES = /\\x[0-9a-f]{2}|[^\x21-\x7e]/gi;

/** Fields of a header block: lines without their ends. Lines without a colon are left out. */
export function fieldsOf(lines: readonly Uint8Array[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if (
      last &&
      line.length > 0 &&
      isBlank(line[0]) &&
      !FRAMING.test(bytesText(line, 0, Math.min(line.length, 40)))
    ) {
      fields[fields.length - 1] = { ...last, value: `${last.value} ${trimmed(line, 0, line.length)}`.trim() };
      continue;
    }
    const colon = line.indexOf(COLON);
    if (colon <= 0) continue;
    const name = trimmed(line, 0, colon);
    fields.push({
      name,
      lower: name.replace(NOT_OF_NAMES, '').toLowerCase(),
      value: trimmed(line, colon + 1, line.length),
    });
  }
  return fields;
}

/** Value of the last field of that name: what Zeek logs where a name occurs more than once. */
export const fieldNamed = (fields: readonly HeaderField[], lower: string): string | undefined =>
  fields.findLast((field) => field.lower === lower)?.value;

/** All values of that name, joined as one list. */
export const fieldsNamed = (fields: readonly HeaderField[], lower: string): string =>
  fields
    .filter((field) => field.lower === lower)
    .map(({ value }) => value)
    .join(',');

/** Does a field of that name have `token` (lower case) among its elements? */
export const hasToken = (fields: readonly HeaderField[], lower: string, token: string): boolean =>
  fields.some(
    (field) =>
      field.lower === lower && field.value.split(',').some((part) => part.trim().toLowerCase() === token),
  );

/** Longest header value that is searched for parameters. */
const MAX_PARAMETERS = 8_192;

/** `name=value` or `name="value"` after the first `;` of a header value, RFC 5987's `name*=` included. */
export function parameterOf(value: string, name: string): string | undefined {
  const text = value.slice(0, MAX_PARAMETERS);
  let at = text.indexOf(';');
  let found: string | undefined;
  while (at >= 0 && at < text.length) {
    const equals = text.indexOf('=', at);
    if (equals < 0) break;
    const key = text
      .slice(at + 1, equals)
      .trim()
      .toLowerCase();
    let start = equals + 1;
    while (text[start] === ' ') start++;
    let end: number;
    let content: string;
    if (text[start] === '"') {
      end = start + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      content = text.slice(start + 1, end).replace(/\\(["\\])/g, '$1');
    } else {
      end = text.indexOf(';', start);
      if (end < 0) end = text.length;
      content = text.slice(start, end).trim();
    }
    if (key === `${name}*`) return extendedValue(content);
    if (key === name) found = content;
    at = text.indexOf(';', end);
  }
  return found === '' ? undefined : found;
}

/** RFC 5987: charset'language'percent-encoded. */
function extendedValue(text: string): string | undefined {
  const parts = text.split("'");
  if (parts.length < 3) return text === '' ? undefined : text;
  return bytesText(percentDecoded(Buffer.from(parts.slice(2).join("'"), 'latin1')));
}

const hexValue = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

/** `%XX` undone; what is no such sequence stays, `%%` is one percent sign (as Zeek reads it). */
export function percentDecoded(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x25)) return bytes;
  const out = new Uint8Array(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x25) {
      out[size++] = bytes[i];
      continue;
    }
    const high = hexValue(bytes[i + 1] ?? 0);
    const low = hexValue(bytes[i + 2] ?? 0);
    if (high >= 0 && low >= 0) {
      out[size++] = high * 16 + low;
      i += 2;
    } else {
      out[size++] = 0x25;
      if (bytes[i + 1] === 0x25) i++;
    }
  }
  return out.subarray(0, size);
}
