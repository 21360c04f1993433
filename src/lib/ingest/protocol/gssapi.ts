/** GSS-API and NTLMSSP for carriers that reach them by name: each feed is one whole token. */

import type { Conn, ParserSession, ProtocolParser, Span } from './contract.ts';
import { Authentication } from './wire/authentication.ts';

class TokenSession implements ParserSession {
  private readonly logons: Authentication;

  constructor(conn: Conn) {
    this.logons = new Authentication(conn);
  }

  parse(data: Span): number {
    const { bytes } = data;
    if (bytes.length === 0) return 0;
    this.logons.token(bytes, data.at(0), data.at(bytes.length - 1));
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    this.logons.close();
  }
}

const carried = (name: string): ProtocolParser => ({
  name,
  transport: 'both',
  ports: [],
  // Tokens never stand alone on a connection.
  probe: () => 'no',
  open: (conn) => new TokenSession(conn),
});

export const gssapi = carried('gssapi');
export const ntlm = carried('ntlm');
