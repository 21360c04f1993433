/** What rules may ask of SMB's shares and logons, by Suricata's names. */

import type { Conn, Dir, Position } from '../contract.ts';
import type { Authentication } from '../wire/authentication.ts';

const UTF8 = new TextEncoder();

/** A share that is connected to; that of pipes is asked for by a name of its own. */
export function tellTree(conn: Conn, path: string, tx: number, dir: Dir, at: Position): void {
  conn.buffer(/\\IPC\$$/i.test(path) ? 'smb.named_pipe' : 'smb.share', tx, dir, UTF8.encode(path), at);
}

/** Who logs on, where a token of this request says so. */
export function tellAccount(conn: Conn, logons: Authentication, tx: number, at: Position): void {
  const { account } = logons;
  logons.account = undefined;
  if (!conn.listening || !account) return;
  if (account.user !== undefined) conn.buffer('smb.ntlmssp_user', tx, 0, UTF8.encode(account.user), at);
  if (account.domain !== undefined) conn.buffer('smb.ntlmssp_domain', tx, 0, UTF8.encode(account.domain), at);
}
