/** Commands of IMAP (RFC 9051 and its extensions), and how the first bytes of a connection tell them. */

import type { Dir, Verdict } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { firstLine, isText } from '../wire/lines.ts';

export const COMMANDS: ReadonlySet<string> = new Set([
  'APPEND',
  'AUTHENTICATE',
  'CAPABILITY',
  'CHECK',
  'CLOSE',
  'COMPRESS',
  'COPY',
  'CREATE',
  'DELETE',
  'DELETEACL',
  'ENABLE',
  'EXAMINE',
  'EXPUNGE',
  'FETCH',
  'GETACL',
  'GETMETADATA',
  'GETQUOTA',
  'GETQUOTAROOT',
  'ID',
  'IDLE',
  'LIST',
  'LOGIN',
  'LOGOUT',
  'LSUB',
  'MOVE',
  'MYRIGHTS',
  'NAMESPACE',
  'NOOP',
  'RENAME',
  'SEARCH',
  'SELECT',
  'SETACL',
  'SETMETADATA',
  'SETQUOTA',
  'SORT',
  'STARTTLS',
  'STATUS',
  'STORE',
  'SUBSCRIBE',
  'THREAD',
  'UID',
  'UNSELECT',
  'UNSUBSCRIBE',
  'XLIST',
]);

/** Atoms and quoted strings of a command's arguments, the first four. */
export const strings = (text: string): string[] => {
  const out: string[] = [];
  let at = 0;
  while (at < text.length && out.length < 4) {
    if (text[at] === ' ') at++;
    else if (text[at] === '"') {
      let one = '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        one += text[at] ?? '';
      }
      at++;
      out.push(one);
    } else {
      const end = text.indexOf(' ', at);
      out.push(text.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? text.length : end;
    }
  }
  return out;
};

const HIDDEN = '<hidden>';

/** Arguments without what proves who somebody is: of a login the account or the mechanism alone. */
export const shownArguments = (name: string, text: string): string | undefined => {
  if (text === '') return undefined;
  if (name !== 'LOGIN' && name !== 'AUTHENTICATE') return text;
  const [first = '', ...more] = strings(text);
  return more.length > 0 ? `${first} ${HIDDEN}` : first;
};

const STAR = 0x2a;
const MAX_TAG_LETTERS = 5;

/** A command's tag as clients make them: a few letters, then a digit (RFC 3501 2.2.1), or a dot. */
function beginsWithTag(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < MAX_TAG_LETTERS && ((bytes[at] | 0x20) - 0x61) >>> 0 < 26) at++;
  return (bytes[at] >= 0x30 && bytes[at] <= 0x39) || bytes[at] === 0x2e;
}

/** @param usual the connection is on a port of IMAP */
export const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  if (!usual && !(dir === 1 ? bytes[0] === STAR : beginsWithTag(bytes))) return 'no';
  if (!isText(bytes)) return 'no';
  const line = firstLine(bytes);
  const text = latin1((line ?? bytes).subarray(0, 256));
  if (dir === 1) {
    if (!line)
      return bytes.length < 512 && '* OK '.startsWith(text.slice(0, 5).toUpperCase()) ? 'more' : 'no';
    if (!/^\* (?:OK|PREAUTH|BYE)\b/i.test(text))
      return usual && /^\* |^\S{1,32} (?:OK|NO|BAD) /.test(text) ? 'yes' : 'no';
    return usual || /IMAP|CAPABILITY|ready/i.test(text) ? 'yes' : 'more';
  }
  const found = /^[A-Za-z0-9.]{1,32} ([A-Za-z]{2,14})(?: |$)/.exec(text);
  if (!line)
    return bytes.length < 64 && /^[A-Za-z]{0,5}[0-9.]{1,10}(?: [A-Za-z]*.*)?$/.test(text) ? 'more' : 'no';
  return found && COMMANDS.has((found[1] ?? '').toUpperCase()) && (usual || /^[A-Za-z]{0,5}\d/.test(text))
    ? 'yes'
    : 'no';
};
