/** Kerberos messages (RFC 4120 §5) as far as they are readable without a key. */

import {
  APPLICATION,
  children,
  CONTEXT,
  contentOf,
  contextTag,
  type Element,
  elementAt,
  elementLength,
  inner,
  integerOf,
  isA,
  SEQUENCE,
  textOf,
  timeOf,
} from './asn1.ts';

export const AS_REQ = 10;
export const AS_REP = 11;
export const TGS_REQ = 12;
export const TGS_REP = 13;
export const AP_REQ = 14;
export const AP_REP = 15;
export const KRB_ERROR = 30;
const TYPES: ReadonlySet<number> = new Set([
  AS_REQ,
  AS_REP,
  TGS_REQ,
  TGS_REP,
  AP_REQ,
  AP_REP,
  20,
  21,
  22,
  KRB_ERROR,
]);

export interface KerberosMessage {
  readonly type: number;
  /** Components joined by a slash. */
  readonly client?: string | undefined;
  readonly realm?: string | undefined;
  readonly service?: string | undefined;
  /** Bits of KDCOptions, first bit highest. */
  readonly options?: number | undefined;
  readonly from?: bigint | undefined;
  readonly till?: bigint | undefined;
  /** Encryption types that a request offers. */
  readonly ciphers?: readonly number[] | undefined;
  readonly ticketCipher?: number | undefined;
  /** Encryption type of the client's part of an answer. */
  readonly partCipher?: number | undefined;
  /** What is encrypted of a ticket, by the service's key, and of the client's part; views of the message. */
  readonly ticketPart?: Uint8Array | undefined;
  readonly clientPart?: Uint8Array | undefined;
  /** Pre-authentication data by type; views of the message. */
  readonly padata: readonly { readonly type: number; readonly value: Uint8Array }[];
  readonly errorCode?: number | undefined;
  readonly errorText?: string | undefined;
}

/** FORWARDABLE and RENEWABLE of KDCOptions. */
export const FORWARDABLE = 0x40000000;
export const RENEWABLE = 0x00800000;

type Fields = readonly Element[];

const explicit = (bytes: Uint8Array, fields: Fields, tag: number): Element | undefined => {
  const wrapped = contextTag(fields, tag);
  return wrapped && inner(bytes, wrapped);
};

const text = (bytes: Uint8Array, element: Element | undefined): string | undefined =>
  element && !element.constructed ? textOf(bytes, element) : undefined;

const sequence = (bytes: Uint8Array, element: Element | undefined): Fields =>
  element?.constructed ? children(bytes, element, 256) : [];

const principal = (bytes: Uint8Array, element: Element | undefined): string | undefined => {
  const names = sequence(bytes, explicit(bytes, sequence(bytes, element), 1));
  return names.length === 0 ? undefined : names.map((name) => text(bytes, name) ?? '').join('/');
};

const padataOf = (bytes: Uint8Array, element: Element | undefined): KerberosMessage['padata'] =>
  sequence(bytes, element).flatMap((entry) => {
    const fields = sequence(bytes, entry);
    const type = integerOf(bytes, explicit(bytes, fields, 1));
    const value = explicit(bytes, fields, 2);
    return type === undefined || value === undefined ? [] : [{ type, value: contentOf(bytes, value) }];
  });

const cipherOf = (bytes: Uint8Array, encrypted: Element | undefined): number | undefined =>
  integerOf(bytes, explicit(bytes, sequence(bytes, encrypted), 0));

const cipherText = (bytes: Uint8Array, encrypted: Element | undefined): Uint8Array | undefined => {
  const part = explicit(bytes, sequence(bytes, encrypted), 2);
  return part && !part.constructed ? contentOf(bytes, part) : undefined;
};

/** The encrypted bytes of an EncryptedData that fills `bytes`: what a client proves its password with (RFC 4120 §5.2.7.2). */
export const encryptedPart = (bytes: Uint8Array): Uint8Array | undefined =>
  cipherText(bytes, elementAt(bytes, 0));

const bitsOf = (bytes: Uint8Array, element: Element | undefined): number | undefined => {
  if (element === undefined || element.end - element.content < 2) return undefined;
  let bits = 0;
  for (let i = 1; i <= 4; i++)
    bits = bits * 256 + (element.content + i < element.end ? (bytes[element.content + i] ?? 0) : 0);
  return bits;
};

const ticketOf = (bytes: Uint8Array, element: Element | undefined): Fields =>
  element && isA(element, APPLICATION, 1) ? sequence(bytes, inner(bytes, element)) : [];

const request = (bytes: Uint8Array, type: number, fields: Fields): KerberosMessage => {
  const body = sequence(bytes, explicit(bytes, fields, 4));
  return {
    type,
    options: bitsOf(bytes, explicit(bytes, body, 0)),
    client: principal(bytes, explicit(bytes, body, 1)),
    realm: text(bytes, explicit(bytes, body, 2)),
    service: principal(bytes, explicit(bytes, body, 3)),
    from: timeOf(bytes, explicit(bytes, body, 4)),
    till: timeOf(bytes, explicit(bytes, body, 5)),
    ciphers: sequence(bytes, explicit(bytes, body, 8)).flatMap((cipher) => integerOf(bytes, cipher) ?? []),
    padata: padataOf(bytes, explicit(bytes, fields, 3)),
  };
};

const answer = (bytes: Uint8Array, type: number, fields: Fields): KerberosMessage => {
  const ticket = ticketOf(bytes, explicit(bytes, fields, 5));
  return {
    type,
    padata: padataOf(bytes, explicit(bytes, fields, 2)),
    realm: text(bytes, explicit(bytes, fields, 3)),
    client: principal(bytes, explicit(bytes, fields, 4)),
    service: principal(bytes, explicit(bytes, ticket, 2)),
    ticketCipher: cipherOf(bytes, explicit(bytes, ticket, 3)),
    partCipher: cipherOf(bytes, explicit(bytes, fields, 6)),
    ticketPart: cipherText(bytes, explicit(bytes, ticket, 3)),
    clientPart: cipherText(bytes, explicit(bytes, fields, 6)),
  };
};

const failure = (bytes: Uint8Array, type: number, fields: Fields): KerberosMessage => ({
  type,
  padata: [],
  errorCode: integerOf(bytes, explicit(bytes, fields, 6)),
  realm: text(bytes, explicit(bytes, fields, 7)),
  client: principal(bytes, explicit(bytes, fields, 8)),
  service: principal(bytes, explicit(bytes, fields, 10)),
  errorText: text(bytes, explicit(bytes, fields, 11)),
});

/**
 * The message that fills `bytes`; undefined where they are none. Requests and answers must name their version and type; an error may
 * leave them out where `lenient`, as some are seen.
 */
export const kerberosMessage = (bytes: Uint8Array, lenient = false): KerberosMessage | undefined => {
  const outer = elementAt(bytes, 0);
  if (outer === undefined || outer.cls !== APPLICATION || !outer.constructed || !TYPES.has(outer.tag))
    return undefined;
  const body = inner(bytes, outer);
  if (!isA(body, 0, SEQUENCE) || body.end !== outer.end) return undefined;
  const fields = children(bytes, body, 64);
  const first = fields[0];
  if (first === undefined || first.cls !== CONTEXT) return undefined;
  const isRequest = outer.tag === AS_REQ || outer.tag === TGS_REQ;
  const version = integerOf(bytes, explicit(bytes, fields, isRequest ? 1 : 0));
  const type = integerOf(bytes, explicit(bytes, fields, isRequest ? 2 : 1));
  const named = version === 5 && type === outer.tag;
  if (!named && !(lenient && outer.tag === KRB_ERROR && contextTag(fields, 6) !== undefined))
    return undefined;
  if (isRequest) return request(bytes, outer.tag, fields);
  if (outer.tag === AS_REP || outer.tag === TGS_REP) return answer(bytes, outer.tag, fields);
  if (outer.tag === KRB_ERROR) return failure(bytes, outer.tag, fields);
  if (outer.tag === AP_REQ) {
    const ticket = ticketOf(bytes, explicit(bytes, fields, 3));
    return { type: outer.tag, padata: [], ticketPart: cipherText(bytes, explicit(bytes, ticket, 3)) };
  }
  return { type: outer.tag, padata: [] };
};

/** Do these first bytes begin a message? Its length, 0 for more bytes, -1 for no. */
export const kerberosLength = (bytes: Uint8Array, at = 0): number => {
  const first = bytes[at];
  if (first === undefined) return 0;
  if (first >> 5 !== 3 || !TYPES.has(first & 0x1f)) return -1;
  return elementLength(bytes, at);
};
