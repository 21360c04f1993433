/** Logins in the bodies of requests and in URIs: fields of forms, of JSON and of multipart bodies, told by what they are called. */

import { latin1 } from '../wire/bytes.ts';
import { fieldNamed, type HeaderField, parameterOf } from '../wire/header-fields.ts';
import { MultipartReader } from '../wire/multipart.ts';
import { bytesText } from '../wire/text.ts';
import { decoded, isSecretField, isUserField } from './secret-fields.ts';

/** Fields of one body that are looked at. */
const MAX_FIELDS = 200;
const MAX_NAME = 64;
/** Longest value that is taken for a name or a secret, in characters or bytes. */
const MAX_VALUE = 1_024;

export interface Login {
  readonly kind: 'form' | 'json';
  readonly user: string | undefined;
  readonly secret: string;
}

/** How fields lie in a body that may hold a login. */
export type LoginForm =
  { readonly kind: 'urlencoded' | 'json' } | { readonly kind: 'multipart'; readonly boundary: string };

export function loginFormOf(fields: readonly HeaderField[]): LoginForm | undefined {
  const type = fieldNamed(fields, 'content-type') ?? '';
  if (/x-www-form-urlencoded/i.test(type)) return { kind: 'urlencoded' };
  if (/^[ \t]*application\/([a-z0-9.+-]{1,64}\+)?json\b/i.test(type)) return { kind: 'json' };
  const boundary = /^[ \t]*multipart\/form-data\b/i.test(type) ? parameterOf(type, 'boundary') : undefined;
  return boundary === undefined ? undefined : { kind: 'multipart', boundary };
}

type Field = readonly [name: string, value: string];

/** The first field called like a secret, and the first called like an account. */
function loginAmong(kind: Login['kind'], fields: Iterable<Field>): Login | undefined {
  let user: string | undefined;
  let secret: string | undefined;
  for (const [name, value] of fields) {
    if (value === '') continue;
    if (isSecretField(name)) secret ??= value.slice(0, MAX_VALUE);
    else if (isUserField(name)) user ??= value.slice(0, MAX_VALUE);
  }
  return secret === undefined ? undefined : { kind, user, secret };
}

const fieldsOfForm = (text: string): Field[] =>
  text.split('&', MAX_FIELDS).flatMap((part): Field[] => {
    const equals = part.indexOf('=');
    return equals <= 0 || equals > MAX_NAME
      ? []
      : [[decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))]];
  });

/** Names with a string for a value, at any depth, and of a body that is cut short too. */
function fieldsOfJson(text: string): Field[] {
  const found: Field[] = [];
  for (const [, name, value] of text.matchAll(
    /"((?:[^"\\]|\\.){1,64})"\s{0,64}:\s{0,64}"((?:[^"\\]|\\.){1,1024})"/g,
  )) {
    found.push([unescaped(name), unescaped(value)]);
    if (found.length >= MAX_FIELDS) break;
  }
  return found;
}

const unescaped = (text: string): string => {
  if (!text.includes('\\')) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // No escape that JSON has: as it is.
    return text;
  }
};

/** The form field that a part is; undefined for a file. */
export function formFieldOf(fields: readonly HeaderField[]): string | undefined {
  const disposition = fieldNamed(fields, 'content-disposition');
  if (disposition === undefined || parameterOf(disposition, 'filename') !== undefined) return undefined;
  return parameterOf(disposition, 'name')?.slice(0, MAX_NAME);
}

function fieldsOfMultipart(body: Uint8Array, boundary: string): Field[] {
  const found: Field[] = [];
  let name: string | undefined;
  let value = '';
  const reader = new MultipartReader(boundary, {
    part: (fields) => {
      name = found.length < MAX_FIELDS ? formFieldOf(fields) : undefined;
      value = '';
    },
    data: (bytes) => {
      if (name !== undefined && value.length < MAX_VALUE) value += bytesText(bytes, 0, MAX_VALUE);
    },
    endPart: () => {
      if (name !== undefined) found.push([name, value]);
    },
  });
  reader.data(body);
  return found;
}

/** @param body its first bytes, content coding undone */
export function loginOfBody(body: Uint8Array, form: LoginForm): Login | undefined {
  if (form.kind === 'multipart') return loginAmong('form', fieldsOfMultipart(body, form.boundary));
  return form.kind === 'json'
    ? loginAmong('json', fieldsOfJson(bytesText(body)))
    : loginAmong('form', fieldsOfForm(latin1(body)));
}

export const loginOfUri = (uri: string): Login | undefined => {
  const from = uri.indexOf('?');
  return from < 0 ? undefined : loginAmong('form', fieldsOfForm(uri.slice(from + 1)));
};
