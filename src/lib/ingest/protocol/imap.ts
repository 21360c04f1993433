/** IMAP (RFC 3501): logins, STARTTLS, and mails that are fetched or appended as files. */

import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { latin1 } from './wire/bytes.ts';
import { firstLine, isText, keyword, type Line, Lines, skipBlanks, wordEnd } from './wire/lines.ts';
import { MailReader } from './wire/mime.ts';
import { eachPiece } from './wire/pieces.ts';
import { SaslLogin } from './wire/sasl.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORTS = [143];
const MAX_ARGUMENTS = 2_048;
const MAX_LITERAL_HELD = 512;
const COMMANDS = new Set([
  'APPEND',
  'AUTHENTICATE',
  'CAPABILITY',
  'CHECK',
  'CLOSE',
  'COMPRESS',
  'COPY',
  'CREATE',
  'DELETE',
  'ENABLE',
  'EXAMINE',
  'EXPUNGE',
  'FETCH',
  'ID',
  'IDLE',
  'LIST',
  'LOGIN',
  'LOGOUT',
  'LSUB',
  'MOVE',
  'NAMESPACE',
  'NOOP',
  'RENAME',
  'SEARCH',
  'SELECT',
  'STARTTLS',
  'STATUS',
  'STORE',
  'SUBSCRIBE',
  'UID',
  'UNSUBSCRIBE',
]);
const LITERAL = /\{(\d{1,9})\+?\}$/;

/** A literal that is open: so many bytes to come, and where they go. */
interface Literal {
  left: number;
  readonly mail: MailReader | undefined;
  readonly held: number[] | undefined;
}

class ImapSession implements ParserSession {
  readonly #conn: Conn;
  readonly #lines: readonly [Lines, Lines] = [new Lines(), new Lines()];
  readonly #literals: [Literal | undefined, Literal | undefined] = [undefined, undefined];
  /** The command whose lines go on after a literal. */
  #command: { readonly tag: string; readonly name: string; text: string } | undefined;
  #login: { readonly tag: string; readonly sasl: SaslLogin; at: Position } | undefined;
  #password: { readonly tag: string; user: string; secret: string; readonly at: Position } | undefined;
  #starttls: string | undefined;
  #tls = false;
  #confirmed = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      const literal = this.#literals[dir];
      if (literal) {
        const end = Math.min(data.bytes.length, at + literal.left);
        eachPiece(data, at, end, (bytes, position) => {
          literal.mail?.data(bytes, position);
          literal.held?.push(...bytes.subarray(0, MAX_LITERAL_HELD));
        });
        literal.left -= end - at;
        at = end;
        if (literal.left === 0) this.#endLiteral(dir, true);
        continue;
      }
      const line = this.#lines[dir].next(data, at);
      if (typeof line === 'number') return line;
      at = line.next;
      if (dir === 0) this.#request(line);
      else if (!this.#reply(line)) return -1;
      if (this.#tls) {
        this.#conn.switchTo('ssl');
        return at;
      }
    }
    return at;
  }

  gap(dir: Dir, missing: number): boolean {
    const literal = this.#literals[dir];
    if (literal && literal.left >= missing) {
      literal.left -= missing;
      literal.mail?.gap(missing);
      if (literal.left === 0) this.#endLiteral(dir, true);
      return true;
    }
    this.#endLiteral(dir, false);
    if (dir === 0) this.#command = undefined;
    this.#lines[dir].resync();
    return true;
  }

  close(): void {
    this.#endLiteral(0, false);
    this.#endLiteral(1, false);
    this.#loggedIn(undefined);
  }

  #endLiteral(dir: Dir, complete: boolean): void {
    const literal = this.#literals[dir];
    this.#literals[dir] = undefined;
    literal?.mail?.end(complete);
    if (literal?.held && this.#command) {
      const text = latin1(Uint8Array.from(literal.held)).replace(/(["\\])/g, '\\$1');
      this.#command.text = `${this.#command.text.replace(LITERAL, '')}"${text}"`;
    }
  }

  #open(dir: Dir, length: number, mail: boolean, held: boolean, at: Position): void {
    if (length === 0) return;
    const hooks = { source: 'IMAP', dir, file: this.#conn.file.bind(this.#conn) };
    this.#literals[dir] = {
      left: length,
      mail: mail ? new MailReader(hooks, at) : undefined,
      held: held && length <= MAX_LITERAL_HELD ? [] : undefined,
    };
  }

  #request({ bytes, last }: Line): void {
    if (this.#login) {
      this.#login.sasl.answer(bytes);
      this.#login.at = last;
      return;
    }
    const open = this.#command;
    const text = latin1(bytes.subarray(0, MAX_ARGUMENTS));
    if (open) open.text = (open.text + text).slice(0, MAX_ARGUMENTS);
    else {
      const tagEnd = wordEnd(bytes);
      const from = skipBlanks(bytes, tagEnd);
      const end = wordEnd(bytes, from);
      const name = keyword(bytes, from, end);
      if (!COMMANDS.has(name) || tagEnd > 64) return;
      const tag = latin1(bytes.subarray(0, tagEnd));
      this.#command = { tag, name, text: latin1(bytes.subarray(skipBlanks(bytes, end), MAX_ARGUMENTS)) };
    }
    const command = this.#command;
    if (!command) return;
    const literal = LITERAL.exec(text);
    if (literal) {
      this.#open(0, Number(literal[1]), command.name === 'APPEND', command.name === 'LOGIN', last);
      return;
    }
    this.#command = undefined;
    if (command.name === 'STARTTLS') this.#starttls = command.tag;
    else if (command.name === 'LOGIN') {
      const [user, secret] = strings(command.text);
      if (user !== undefined && secret !== undefined)
        this.#password = { tag: command.tag, user, secret, at: last };
    } else if (command.name === 'AUTHENTICATE') {
      const [mechanism = '', initial] = command.text.split(' ', 2);
      this.#login = { tag: command.tag, sasl: new SaslLogin(mechanism), at: last };
      if (initial) this.#login.sasl.answer(Buffer.from(initial, 'latin1'));
    }
  }

  /** Answers whether it can still be IMAP. */
  #reply({ bytes, last }: Line): boolean {
    const tagEnd = wordEnd(bytes);
    const from = skipBlanks(bytes, tagEnd);
    const word = keyword(bytes, from, wordEnd(bytes, from));
    const tag = latin1(bytes.subarray(0, Math.min(tagEnd, 64)));
    if (!this.#confirmed) {
      if (tag !== '*' && !['OK', 'NO', 'BAD'].includes(word)) return tag === '+';
      this.#confirmed = true;
      this.#conn.confirm();
    }
    if (tag !== '*' && tag !== '+') {
      if (tag === this.#starttls && word === 'OK') this.#tls = true;
      if (tag === this.#login?.tag || tag === this.#password?.tag) this.#loggedIn(word === 'OK');
    }
    const tail = latin1(bytes.subarray(Math.max(0, bytes.length - 80)));
    const literal = LITERAL.exec(tail);
    if (literal) {
      const whole = /(?:BODY\[\]|RFC822)(?:<\d+>)? \{\d+\+?\}$/i.test(tail);
      this.#open(1, Number(literal[1]), whole, false, last);
    }
    return true;
  }

  #loggedIn(success: boolean | undefined): void {
    const login = this.#login;
    const password = this.#password;
    this.#login = undefined;
    this.#password = undefined;
    const found = login?.sasl.found('imap', success);
    if (login && found) this.#conn.credential(found, login.at);
    if (!password) return;
    const secret = Buffer.from(password.secret, 'latin1');
    const user = bytesText(Buffer.from(password.user, 'latin1'));
    this.#conn.credential({ service: 'imap', kind: 'password', user, secret, success }, password.at);
  }
}

/** Atoms and quoted strings of a command's arguments. */
const strings = (text: string): string[] => {
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

const STAR = 0x2a;
const MAX_TAG_LETTERS = 5;

/** A command's tag as clients make them: a few letters, then a digit (RFC 3501 2.2.1), or a dot. */
function beginsWithTag(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < MAX_TAG_LETTERS && ((bytes[at] | 0x20) - 0x61) >>> 0 < 26) at++;
  return (bytes[at] >= 0x30 && bytes[at] <= 0x39) || bytes[at] === 0x2e;
}

const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
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

export const imap: ProtocolParser = {
  name: 'imap',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('*A-Za-z0-9.'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new ImapSession(conn),
};
