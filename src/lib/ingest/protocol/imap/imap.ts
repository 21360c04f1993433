/** IMAP (RFC 9051): commands and their answers, logins, STARTTLS, and mails that are fetched or appended as files. */

import { IMAP } from '../../../model/tables/imap.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, RowValues, Span } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { keyword, type Line, Lines, skipBlanks, wordEnd } from '../wire/lines.ts';
import type { HeaderField } from '../wire/header-fields.ts';
import { MailReader } from '../wire/mime.ts';
import { eachPiece } from '../wire/pieces.ts';
import { SaslLogin } from '../wire/sasl.ts';
import { bytesText } from '../wire/text.ts';
import { byteClass } from '../wire/byte-class.ts';
import { COMMANDS, probe, shownArguments, strings } from './commands.ts';
import { HeldMail, tellHeader } from './rule-fields.ts';

const PORTS = [143];
const MAX_ARGUMENTS = 2_048;
const MAX_LITERAL_HELD = 512;
const MAX_TEXT = 1_024;
/** Commands without an answer that are kept: the oldest is written when more come. */
const MAX_PENDING = 128;
/** Files of one command that its row names. */
const MAX_FUIDS = 256;
const ANSWERS: ReadonlySet<string> = new Set(['OK', 'NO', 'BAD']);
/** Commands whose answer carries mails. */
const FETCHES: ReadonlySet<string> = new Set(['FETCH', 'UID FETCH']);
const LITERAL = /\{(\d{1,9})\+?\}$/;

/** A literal that is open: so many bytes to come, and where they go. */
interface Literal {
  left: number;
  readonly mail: MailReader | undefined;
  readonly held: number[] | undefined;
  /** A mail, where rules listen. */
  readonly raw: HeldMail | undefined;
}

/** A command whose lines are not all there. */
interface Command {
  readonly tag: string;
  readonly name: string;
  readonly first: Position;
  text: string;
}

/** A command that waits for its answer. */
interface Asked {
  readonly command: string;
  readonly values: RowValues;
  /** What it opens where it succeeds; empty for none, undefined where it changes nothing. */
  readonly opens: string | undefined;
  readonly fuids: string[];
  readonly first: Position;
  readonly last: Position;
}

const text8 = (text: string): string => bytesText(Buffer.from(text.slice(0, MAX_TEXT), 'latin1'));

class ImapSession implements ParserSession {
  readonly #conn: Conn;
  readonly #lines: readonly [Lines, Lines] = [new Lines(), new Lines()];
  readonly #literals: [Literal | undefined, Literal | undefined] = [undefined, undefined];
  /** The command whose lines go on after a literal. */
  #command: Command | undefined;
  /** By tag, in the order of the client. */
  readonly #asked = new Map<string, Asked>();
  /** Files of the command that is not whole yet: a mail that it appends. */
  #appended: string[] = [];
  #user: string | undefined;
  #mailbox: string | undefined;
  #login: { readonly tag: string; readonly sasl: SaslLogin; at: Position } | undefined;
  #password: { readonly tag: string; user: string; secret: string; readonly at: Position } | undefined;
  #starttls: string | undefined;
  #tls = false;
  #confirmed = false;
  #tx = 0;

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
          literal.raw?.add(bytes);
          literal.held?.push(...bytes.subarray(0, MAX_LITERAL_HELD));
        });
        literal.left -= end - at;
        at = end;
        if (literal.left === 0) {
          literal.raw?.tell(this.#conn, this.#tx, dir, data.at(end - 1));
          this.#endLiteral(dir, true);
        }
        continue;
      }
      const line = this.#lines[dir].next(data, at);
      if (typeof line === 'number') return line;
      at = line.next;
      if (this.#conn.listening) this.#tell(line, dir);
      if (dir === 0) this.#request(line);
      else if (!this.#reply(line)) return -1;
      if (this.#tls) {
        this.#conn.switchTo('ssl');
        return at;
      }
    }
    return at;
  }

  /** Lines for rules: what the server says belongs to the command before, until a line has a tag. */
  #tell({ bytes, last }: Line, dir: Dir): void {
    if (dir === 0 && !this.#command && !this.#login) this.#tx++;
    this.#conn.buffer(dir === 0 ? 'imap.request' : 'imap.response', this.#tx, dir, bytes, last);
    this.#conn.buffer('frame:imap.pdu', this.#tx, dir, bytes, last);
    if (dir === 0) {
      if (!LITERAL.test(latin1(bytes.subarray(-32)))) this.#conn.tx(this.#tx, 0, 'request', last);
      return;
    }
    const untagged = bytes[0] === 0x2a || bytes[0] === 0x2b || wordEnd(bytes) === bytes.length;
    if (untagged && this.#tx > 0) return;
    this.#conn.tx(this.#tx, 1, 'response', last);
    this.#conn.tx(this.#tx, 1, 'end', last);
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
    for (const tag of [...this.#asked.keys()]) this.#answered(tag, {});
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
    const fuids = dir === 0 ? this.#appended : this.#fetching()?.fuids;
    const file: Conn['file'] = (meta, first) => {
      const sink = this.#conn.file(meta, first);
      if (fuids && fuids.length < MAX_FUIDS) fuids.push(sink.fuid);
      return sink;
    };
    const header = (fields: readonly HeaderField[]): void => {
      if (this.#conn.listening) tellHeader(this.#conn, this.#tx, dir, fields, at);
    };
    const hooks = { source: 'IMAP', dir, file, header };
    this.#literals[dir] = {
      left: length,
      mail: mail ? new MailReader(hooks, at) : undefined,
      held: held && length <= MAX_LITERAL_HELD ? [] : undefined,
      raw: mail && this.#conn.listening ? new HeldMail() : undefined,
    };
  }

  /** The fetch that the server is answering: the oldest. */
  #fetching(): Asked | undefined {
    for (const asked of this.#asked.values()) if (FETCHES.has(asked.command)) return asked;
    return undefined;
  }

  #request({ bytes, first, last }: Line): void {
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
      this.#command = {
        tag,
        name,
        first,
        text: latin1(bytes.subarray(skipBlanks(bytes, end), MAX_ARGUMENTS)),
      };
    }
    const command = this.#command;
    if (!command) return;
    const literal = LITERAL.exec(text);
    if (literal) {
      this.#open(0, Number(literal[1]), command.name === 'APPEND', command.name === 'LOGIN', last);
      return;
    }
    this.#command = undefined;
    this.#ask(command, last);
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

  #ask(command: Command, last: Position): void {
    const { tag, text, first } = command;
    const [inner = ''] = command.name === 'UID' ? text.split(' ', 1) : [''];
    const name = inner === '' ? command.name : `UID ${inner.toUpperCase()}`;
    const shown = shownArguments(command.name, inner === '' ? text : text.slice(inner.length + 1));
    if (command.name === 'LOGIN') this.#user = text8(strings(text)[0] ?? '') || undefined;
    const selects = name === 'SELECT' || name === 'EXAMINE';
    const opens = selects ? text8(strings(text)[0] ?? '') : /^(CLOSE|UNSELECT)$/.test(name) ? '' : undefined;
    // A tag that is used twice: the first command has no answer of its own.
    this.#answered(tag, {});
    if (this.#asked.size >= MAX_PENDING)
      for (const [oldest] of [...this.#asked].slice(0, 1)) this.#answered(oldest, {});
    this.#asked.set(tag, {
      command: name,
      values: {
        tag,
        command: name,
        arg: shown === undefined ? undefined : text8(shown),
        user: this.#user,
        mailbox: this.#mailbox,
      },
      opens,
      fuids: this.#appended,
      first,
      last,
    });
    this.#appended = [];
  }

  #answered(tag: string, answer: RowValues, at?: Position): void {
    const asked = this.#asked.get(tag);
    if (asked === undefined) return;
    this.#asked.delete(tag);
    const { values, fuids, first, last, opens } = asked;
    const named = fuids.length > 0 ? { fuids } : {};
    // A login by mechanism names the account only in what follows the command.
    const user = values['user'] ?? (asked.command === 'AUTHENTICATE' ? this.#user : undefined);
    this.#conn.row(IMAP, { ...values, user, ...answer, ...named }, first, at ?? last);
    if (opens !== undefined && answer['success'] === true) this.#mailbox = opens || undefined;
  }

  /** Answers whether it can still be IMAP. */
  #reply({ bytes, last }: Line): boolean {
    const tagEnd = wordEnd(bytes);
    const from = skipBlanks(bytes, tagEnd);
    const word = keyword(bytes, from, wordEnd(bytes, from));
    const tag = latin1(bytes.subarray(0, Math.min(tagEnd, 64)));
    if (!this.#confirmed) {
      if (tag !== '*' && !ANSWERS.has(word)) return tag === '+';
      this.#confirmed = true;
      this.#conn.confirm();
    }
    if (tag !== '*' && tag !== '+') {
      if (tag === this.#starttls && word === 'OK') this.#tls = true;
      if (tag === this.#login?.tag || tag === this.#password?.tag) this.#loggedIn(word === 'OK');
      const msg = bytesText(bytes, skipBlanks(bytes, wordEnd(bytes, from)), MAX_TEXT) || undefined;
      if (ANSWERS.has(word)) this.#answered(tag, { success: word === 'OK', status: word, msg }, last);
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
    if (login && found) {
      this.#user = found.user;
      this.#conn.credential(found, login.at);
    }
    if (!password) return;
    const secret = Buffer.from(password.secret, 'latin1');
    const user = bytesText(Buffer.from(password.user, 'latin1'));
    this.#conn.credential({ service: 'imap', kind: 'password', user, secret, success }, password.at);
  }
}

export const imap: ProtocolParser = {
  name: 'imap',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('*A-Za-z0-9.'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new ImapSession(conn),
};
