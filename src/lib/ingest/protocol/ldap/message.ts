/** LDAP messages (RFC 4511 §4): the envelope, and the fields that rows tell. */

import {
  APPLICATION,
  children,
  contentOf,
  type Element,
  elementAt,
  elementLength,
  ENUMERATED,
  INTEGER,
  integerOf,
  isA,
  OCTET_STRING,
  SEQUENCE,
  textOf,
} from '../wire/asn1.ts';
import { filterText } from './filter.ts';
import { CHANGES, OPERATIONS } from './names.ts';

export interface LdapMessage {
  readonly id: number;
  readonly operation: number;
  readonly element: Element;
  readonly parts: readonly Element[];
}

export interface LdapResult {
  readonly code: number | undefined;
  readonly matched: string;
  readonly diagnostic: string;
}

/** Responses, which the server sends. */
export const isResponse = (operation: number): boolean =>
  [1, 4, 5, 7, 9, 11, 13, 15, 19, 24, 25].includes(operation);

/** Unbind, delete and abandon are primitive. */
const PRIMITIVE: ReadonlySet<number> = new Set([2, 10, 16]);

export interface Envelope {
  readonly length: number;
  readonly id: number;
  readonly operation: number;
}

/** The envelope at `at` from its first bytes alone; 'more' or 'bad'. */
export const envelopeAt = (bytes: Uint8Array, at: number, end = bytes.length): Envelope | 'more' | 'bad' => {
  const first = bytes[at];
  if (at >= end || first === undefined) return 'more';
  if (first !== 0x30) return 'bad';
  const length = elementLength(bytes, at, end);
  if (length < 0) return 'bad';
  if (length === 0) return 'more';
  const short = bytes[at + 1] ?? 0;
  const number = at + 2 + (short > 0x80 ? short & 0x7f : 0);
  if (number + 2 > end) return length < 7 ? 'bad' : 'more';
  const size = bytes[number + 1] ?? 0;
  if (bytes[number] !== INTEGER || size < 1 || size > 4) return 'bad';
  const tagAt = number + 2 + size;
  if (tagAt >= at + length) return 'bad';
  if (tagAt + 1 >= end) return 'more';
  const id = integerOf(bytes, elementAt(bytes, number, end));
  const tag = bytes[tagAt] ?? 0;
  const operation = tag & 0x1f;
  if (id === undefined || id < 0 || tag >> 6 !== APPLICATION || !(operation in OPERATIONS)) return 'bad';
  if (((tag & 0x20) === 0) !== PRIMITIVE.has(operation)) return 'bad';
  return { length, id, operation };
};

const string = (element: Element | undefined): boolean => isA(element, 0, OCTET_STRING);
const number = (element: Element | undefined): boolean =>
  isA(element, 0, INTEGER) || isA(element, 0, ENUMERATED);

/** Have the parts the types that the operation asks for? Keeps other BER away. */
const isSound = (operation: number, parts: readonly Element[]): boolean => {
  switch (operation) {
    case 0:
      return number(parts[0]) && string(parts[1]) && parts[2]?.cls === 2;
    case 3:
      return parts.length >= 8 && string(parts[0]) && number(parts[1]) && parts[6]?.cls === 2;
    case 1:
    case 5:
    case 7:
    case 9:
    case 11:
    case 13:
    case 15:
    case 24:
      return number(parts[0]) && string(parts[1]) && string(parts[2]);
    case 4:
    case 6:
    case 8:
      return string(parts[0]) && isA(parts[1], 0, SEQUENCE);
    default:
      return true;
  }
};

/** The message that fills `bytes` from `at` to `end`; undefined where it is none. */
export const messageAt = (bytes: Uint8Array, at: number, end: number): LdapMessage | undefined => {
  const outer = elementAt(bytes, at, end);
  if (outer === undefined) return undefined;
  const [id, element] = children(bytes, outer, 3);
  const value = integerOf(bytes, id);
  if (value === undefined || value < 0 || element?.cls !== APPLICATION) return undefined;
  const parts = element.constructed ? children(bytes, element, 64) : [];
  return isSound(element.tag, parts) ? { id: value, operation: element.tag, element, parts } : undefined;
};

export const resultOf = (bytes: Uint8Array, parts: readonly Element[]): LdapResult => ({
  code: integerOf(bytes, parts[0]),
  matched: parts[1] ? textOf(bytes, parts[1]) : '',
  // Servers end it like a string of C and put line ends inside: Zeek shows each as a question mark.
  diagnostic: parts[2] ? textOf(bytes, parts[2]).replace(/\\x[01][0-9a-f]|\\x7f/g, '?') : '',
});

const MAX_ARGUMENT = 4096;

const attribute = (bytes: Uint8Array, element: Element): string => {
  const [type, values] = children(bytes, element, 2);
  if (type === undefined) return '';
  const texts = values
    ? children(bytes, values, 64).map((value) => textOf(bytes, value).slice(0, MAX_ARGUMENT))
    : [];
  // What a password is set to is nobody's business.
  const name = textOf(bytes, type);
  const secret = /^(unicodePwd|userPassword)$/i.test(name);
  return texts.length === 0 ? name : `${name}=${secret ? 'REDACTED' : texts.join(',')}`;
};

/** Changes of a modification: `replace(attribute=value), …`. */
export const changesText = (bytes: Uint8Array, list: Element): string =>
  children(bytes, list, 256)
    .map((change) => {
      const [kind, what] = children(bytes, change, 2);
      const name = CHANGES[integerOf(bytes, kind) ?? -1] ?? 'unknown';
      return `${name}(${what ? attribute(bytes, what) : ''})`;
    })
    .join(', ')
    .slice(0, MAX_ARGUMENT);

/** An assertion of a comparison. */
export const assertionText = (bytes: Uint8Array, assertion: Element): string => {
  const [type, value] = children(bytes, assertion, 2);
  return `${type ? textOf(bytes, type) : ''}=${value ? textOf(bytes, value) : ''}`.slice(0, MAX_ARGUMENT);
};

export interface Bind {
  readonly version: number | undefined;
  readonly name: string;
  /** Of a simple bind. */
  readonly password?: Uint8Array | undefined;
  readonly mechanism?: string | undefined;
  readonly token?: Uint8Array | undefined;
}

export const bindOf = (bytes: Uint8Array, parts: readonly Element[]): Bind => {
  const [version, name, choice] = parts;
  const bind = { version: integerOf(bytes, version), name: name ? textOf(bytes, name) : '' };
  if (choice?.tag === 0) return { ...bind, password: contentOf(bytes, choice) };
  if (choice?.tag === 3) {
    const [mechanism, token] = children(bytes, choice, 2);
    return {
      ...bind,
      mechanism: mechanism ? textOf(bytes, mechanism) : '',
      token: token && contentOf(bytes, token),
    };
  }
  // MS-ADTS §5.1.1.1.3: Sicily, NTLM without SASL.
  return choice ? { ...bind, mechanism: 'SICILY', token: contentOf(bytes, choice) } : bind;
};

export const searchOf = (bytes: Uint8Array, parts: readonly Element[]) => {
  const [base, scope, aliases, , , , filter, attributes] = parts;
  return {
    base: base ? textOf(bytes, base) : '',
    scope: integerOf(bytes, scope) ?? -1,
    aliases: integerOf(bytes, aliases) ?? -1,
    filter: filter && filterText(bytes, filter),
    attributes: attributes ? children(bytes, attributes, 256).map((one) => textOf(bytes, one)) : [],
  };
};

/** Content of `[tag]` in a request or response of the extended kind. */
export const taggedText = (bytes: Uint8Array, parts: readonly Element[], tag: number): string | undefined => {
  const found = parts.find((part) => part.cls === 2 && part.tag === tag);
  return found && textOf(bytes, found);
};
