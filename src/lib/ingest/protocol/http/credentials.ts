/** Credentials in requests: Basic authorization and forms; NTLM and Negotiate tokens go to their own parsers. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { bytesText } from '../wire/text.ts';
import { decoded, SECRET_FIELD } from './secret-fields.ts';
import type { BasicCredential, Transaction } from './transaction.ts';

const USER_FIELD =
  /^(user|username|user_name|userid|user_id|uname|usr|login|login_?name|log|email|e-mail|mail|account|j_username)$/i;
/** Fields of one form that are looked at. */
const MAX_FORM_FIELDS = 200;

/** Undefined where the header is no Basic authorization. */
export function basicOf(fields: readonly HeaderField[]): BasicCredential | undefined {
  for (const { lower, value } of fields) {
    if (lower !== 'authorization' && lower !== 'proxy-authorization') continue;
    const encoded = /^basic[ \t]+(\S+)/i.exec(value)?.[1];
    if (encoded === undefined) continue;
    const plain = Buffer.from(encoded, 'base64');
    const colon = plain.indexOf(0x3a);
    if (colon < 0) return { user: '<problem-decoding>', secret: '' };
    return { user: bytesText(plain, 0, colon), secret: plain.toString('utf8', colon + 1) };
  }
  return undefined;
}

/** User and secret of an application/x-www-form-urlencoded text; undefined where no field is called like a secret. */
function formOf(text: string): { user: string | undefined; secret: string } | undefined {
  let user: string | undefined;
  let secret: string | undefined;
  for (const part of text.split('&', MAX_FORM_FIELDS)) {
    const equals = part.indexOf('=');
    if (equals <= 0 || equals > 64) continue;
    const key = decoded(part.slice(0, equals));
    const value = part.slice(equals + 1);
    if (value === '') continue;
    if (SECRET_FIELD.test(key)) secret ??= decoded(value);
    else if (USER_FIELD.test(key)) user ??= decoded(value);
  }
  return secret === undefined ? undefined : { user, secret };
}

const queryOf = (uri: string): string => {
  const from = uri.indexOf('?');
  return from < 0 ? '' : uri.slice(from + 1);
};

export const isForm = (fields: readonly HeaderField[]): boolean =>
  /x-www-form-urlencoded/i.test(fieldNamed(fields, 'content-type') ?? '');

/** A login by a form, in the request's body or in its URI. */
export function tellForm(
  conn: Conn,
  { request, requestFields, requestBody }: Transaction,
  at: Position,
): void {
  const body = requestBody && isForm(requestFields) ? latin1(requestBody.inspected()) : '';
  const found = formOf(body) ?? formOf(queryOf(request?.uri ?? ''));
  if (found) conn.credential({ service: 'http', kind: 'form', ...found }, at);
}

/** NTLM and Negotiate tokens of a connection: each is one whole token of its parser. */
export class AuthorizationTokens {
  readonly #conn: Conn;
  #stream: ChildStream | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  look(fields: readonly HeaderField[], dir: Dir, at: Position): void {
    for (const { lower, value } of fields) {
      if (!/^(proxy-)?(authorization|www-authenticate|authenticate)$/.test(lower)) continue;
      const found = /^(ntlm|negotiate)[ \t]+([A-Za-z0-9+/=]{16,})/i.exec(value);
      if (!found) continue;
      const token = Buffer.from(found[2], 'base64');
      const name = token.toString('latin1', 0, 7) === 'NTLMSSP' ? 'ntlm' : 'gssapi';
      this.#stream ??= this.#conn.child(name);
      this.#stream?.feed(token, dir, at);
    }
  }

  close(): void {
    this.#stream?.close();
  }
}
