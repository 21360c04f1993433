/** Credentials in requests: Basic and Digest authorization, and forms; NTLM and Negotiate tokens go to their own parsers. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import type { HeaderField } from '../wire/header-fields.ts';
import { bytesText } from '../wire/text.ts';
import { loginOfUri } from './logins.ts';
import type { BasicCredential, Transaction } from './transaction.ts';

/** Longest Digest authorization that is read. */
const MAX_DIGEST = 4_096;

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

/** A login by a form, in the request's body or in its URI. */
export function tellForm(conn: Conn, { request, requestBody }: Transaction, at: Position): void {
  const found = requestBody?.login ?? loginOfUri(request?.uri ?? '');
  if (found) conn.credential({ service: 'http', ...found }, at);
}

/** The account of a Digest authorization (RFC 7616), and its answer to the server's challenge. */
function tellDigest(conn: Conn, value: string, at: Position): void {
  const text = value.slice(0, MAX_DIGEST);
  const user = /\busername="([^"]{1,256})"/i.exec(text)?.[1];
  const answer = /\bresponse="?([0-9a-f]{32,128})\b/i.exec(text)?.[1];
  if (user !== undefined && answer !== undefined)
    conn.credential({ service: 'http', kind: 'digest', user, material: Buffer.from(answer, 'latin1') }, at);
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
      if (/^digest[ \t]/i.test(value) && lower.endsWith('authorization')) tellDigest(this.#conn, value, at);
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
