/** Logons by GSS-API, SPNEGO and NTLM, wherever they are carried: one object a connection (or a pipe) writes their rows. */

import { NTLM } from '../../../model/tables/ntlm.ts';
import type { Conn, Position, RowValues } from '../contract.ts';
import { AUTHENTICATE, CHALLENGE, type NtlmMessage, ntlmMessage } from './ntlmssp.ts';
import { gssToken } from './spnego.ts';

interface Logon {
  readonly first: Position;
  readonly last: Position;
  readonly values: RowValues;
  readonly authenticate: NtlmMessage | undefined;
}

export class Authentication {
  private readonly conn: Conn;
  private logon: Logon | undefined;
  /** Who logs on, as the last token of NTLM says. */
  account: Pick<NtlmMessage, 'user' | 'domain'> | undefined;

  constructor(conn: Conn) {
    this.conn = conn;
  }

  /** A token of either side, whole. False where it is none. */
  token(bytes: Uint8Array, first: Position, last: Position): boolean {
    const token = gssToken(bytes);
    if (token === undefined) return false;
    if (token.spnego || token.kerberos) this.conn.service('gssapi');
    if (token.kerberos) this.conn.service('krb');
    if (token.ntlm) this.ntlm(token.ntlm, first, last);
    // What SPNEGO itself says of the end: complete or rejected.
    if (token.state === 0 || token.state === 2) this.outcome(token.state === 0, last);
    return true;
  }

  /** The carrier says how the logon ended. */
  outcome(success: boolean, last: Position): void {
    if (this.logon?.authenticate === undefined) return;
    this.write(success, last);
  }

  close(): void {
    this.write(undefined, undefined);
  }

  private ntlm(bytes: Uint8Array, first: Position, last: Position): void {
    const message = ntlmMessage(bytes);
    if (message === undefined) return;
    this.conn.service('ntlm');
    this.account = message.type === AUTHENTICATE ? { user: message.user, domain: message.domain } : undefined;
    if (this.logon?.authenticate) this.write(undefined, undefined);
    const before = this.logon;
    this.logon = {
      first: before?.first ?? first,
      last,
      authenticate: message.type === AUTHENTICATE ? message : undefined,
      values: { ...before?.values, ...this.read(message, last) },
    };
  }

  private read(message: NtlmMessage, at: Position): RowValues {
    const { facts } = this.conn;
    if (message.type === CHALLENGE) {
      if (message.dnsComputer) this.conn.name(facts.respH, message.dnsComputer, 'ntlm', at);
      return {
        server_nb_computer_name: message.nbComputer,
        server_dns_computer_name: message.dnsComputer,
        server_tree_name: message.dnsTree,
      };
    }
    if (message.type !== AUTHENTICATE) return {};
    if (message.workstation) this.conn.name(facts.origH, message.workstation, 'ntlm', at);
    return {
      username: message.user,
      hostname: message.workstation,
      domainname: message.domain,
      version: message.version,
    };
  }

  private write(success: boolean | undefined, last: Position | undefined): void {
    const { logon } = this;
    this.logon = undefined;
    // A client that only announced NTLM has not begun a logon.
    if (logon === undefined || Object.keys(logon.values).length === 0) return;
    this.conn.row(NTLM, { ...logon.values, success }, logon.first, last ?? logon.last);
    const { authenticate } = logon;
    if (!authenticate || authenticate.version === 'anonymous') return;
    const { user, domain, version, response: material } = authenticate;
    if (user === undefined || version === undefined) return;
    const account = domain === undefined ? user : `${domain}\\${user}`;
    this.conn.credential(
      { service: 'ntlm', kind: version, user: account, material, success },
      last ?? logon.last,
    );
  }
}
