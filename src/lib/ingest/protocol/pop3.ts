/** POP3 (RFC 1939, STLS of RFC 2595, AUTH of RFC 5034): commands, logins, and mails as files. */

import { POP3 } from '../../model/tables/pop3.ts';
import type {
  Conn,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  RowValues,
  Span,
  Verdict,
} from './contract.ts';
import { latin1, spells } from './wire/bytes.ts';
import { DotStuffed } from './wire/dot-stuffed.ts';
import { firstLine, isText, keyword, type Line, Lines, skipBlanks, wordEnd } from './wire/lines.ts';
import { MailReader } from './wire/mime.ts';
import { SaslLogin } from './wire/sasl.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORTS = [110];
const MAX_QUEUED = 64;
const COMMANDS = new Set([
  'APOP',
  'AUTH',
  'CAPA',
  'DELE',
  'LIST',
  'NOOP',
  'PASS',
  'QUIT',
  'RETR',
  'RSET',
  'STAT',
  'STLS',
  'TOP',
  'UIDL',
  'USER',
  'UTF8',
  'XSENDER',
]);
/** Commands whose good reply has many lines; of some, where no message is named. */
const MANY_LINES = new Set(['RETR', 'TOP', 'CAPA', 'LIST', 'UIDL']);
const UNLESS_NAMED = new Set(['LIST', 'UIDL']);

/** Longest text of an argument or an answer that is kept. */
const MAX_TEXT = 256;
const HIDDEN = '<hidden>';
/** What is longer than any command may be the secret of a login that began before the capture. */
const LONGEST_WORD = 12;

interface Asked {
  readonly command: string;
  readonly named: boolean;
  readonly arg: string | undefined;
  readonly user: string | undefined;
  readonly at: Position;
}

/** An answer that goes on in further lines: its row is written with the last of them. */
interface Answer {
  readonly asked: Asked;
  readonly msg: string;
  readonly fuids: string[];
  last: Position;
}

class Pop3Session implements ParserSession {
  readonly #conn: Conn;
  readonly #lines: readonly [Lines, Lines] = [new Lines(), new Lines()];
  readonly #queue: Asked[] = [];
  #greeted = false;
  #tx = 0;
  #user: string | undefined;
  #secret: { readonly bytes: Uint8Array; readonly kind: string; readonly at: Position } | undefined;
  #login: { readonly sasl: SaslLogin; at: Position } | undefined;
  #body: DotStuffed | undefined;
  #mail: MailReader | undefined;
  #mailComes = false;
  #answer: Answer | undefined;
  #tls = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      if (dir === 1 && this.#body) {
        const { next, ended } = this.#body.read(data, at, (bytes, position) =>
          this.#content(bytes, position),
        );
        if (ended) this.#endBody(true, data.at(Math.max(0, next - 1)));
        if (next === at) return at;
        at = next;
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
    if (dir === 1 && this.#body) {
      this.#body.gap();
      this.#mail?.gap(missing);
    } else this.#lines[dir].resync(dir === 1);
    return true;
  }

  close(): void {
    this.#loggedIn(undefined);
    this.#endBody(false);
    for (const asked of this.#queue.splice(0)) this.#row(asked, asked.at, {});
  }

  #request({ bytes, last }: Line): void {
    if (this.#login) {
      this.#login.sasl.answer(bytes);
      this.#login.at = last;
      return;
    }
    const end = wordEnd(bytes);
    const command = keyword(bytes, 0, end);
    if (this.#conn.listening) {
      const tx = this.#tx++;
      this.#conn.buffer('pop3.command', tx, 0, bytes.subarray(0, end), last);
      this.#conn.tx(tx, 0, 'request', last);
    }
    if (!COMMANDS.has(command)) {
      this.#conn.weird(
        'pop3_client_command_unknown',
        last,
        end <= LONGEST_WORD ? bytesText(bytes, 0, end) : undefined,
      );
      return;
    }
    const argument = bytes.subarray(skipBlanks(bytes, end));
    if (this.#queue.length >= MAX_QUEUED) {
      this.#conn.weird('pop3_client_too_many_pending_commands', last);
      this.#queue.shift();
    }
    if (command === 'USER') this.#user = bytesText(argument, 0, 256);
    else if (command === 'PASS') {
      this.#loggedIn(undefined);
      this.#secret = { bytes: argument.slice(0, 256), kind: 'password', at: last };
    } else if (command === 'APOP') {
      const name = wordEnd(argument);
      this.#user = bytesText(argument, 0, Math.min(name, 256));
      this.#secret = { bytes: argument.slice(skipBlanks(argument, name), name + 64), kind: 'apop', at: last };
    } else if (command === 'AUTH' && argument.length > 0) {
      const name = wordEnd(argument);
      this.#login = { sasl: new SaslLogin(latin1(argument.subarray(0, name))), at: last };
      const initial = argument.subarray(skipBlanks(argument, name));
      if (initial.length > 0) this.#login.sasl.answer(initial);
    }
    const arg = shownArgument(command, argument);
    this.#queue.push({ command, named: argument.length > 0, arg, user: this.#user, at: last });
  }

  /** Answers whether it can still be POP3. */
  #reply({ bytes, last }: Line): boolean {
    const good = spells(bytes, 0, '+OK');
    if (!good && !spells(bytes, 0, '-ERR')) return this.#greeted || spells(bytes, 0, '+ ');
    this.#conn.confirm();
    if (!this.#greeted) {
      this.#greeted = true;
      // A greeting answers nothing; in the middle of a connection there is none.
      if (this.#queue.length === 0) return true;
    }
    const asked = this.#queue.shift();
    if (!asked) return true;
    const { command, named } = asked;
    const msg = bytesText(bytes, skipBlanks(bytes, wordEnd(bytes)), MAX_TEXT);
    if (command === 'PASS' || command === 'APOP' || (command === 'AUTH' && this.#login)) this.#loggedIn(good);
    const goesOn =
      good &&
      (MANY_LINES.has(command) ? !(named && UNLESS_NAMED.has(command)) : command === 'AUTH' && !named);
    if (goesOn) {
      this.#body = new DotStuffed();
      this.#mailComes = command === 'RETR';
      this.#answer = { asked, msg, fuids: [], last };
    } else this.#row(asked, last, { success: good, msg: msg || undefined });
    if (good && command === 'STLS') this.#tls = true;
    return true;
  }

  #row({ command, arg, user, at }: Asked, last: Position, answer: RowValues): void {
    this.#conn.row(POP3, { command, arg, user, ...answer }, at, last);
  }

  #content(bytes: Uint8Array, at: Position): void {
    if (this.#answer) this.#answer.last = at;
    if (!this.#mailComes) return;
    const file: Conn['file'] = (meta, first) => {
      const sink = this.#conn.file(meta, first);
      this.#answer?.fuids.push(sink.fuid);
      return sink;
    };
    this.#mail ??= new MailReader({ source: 'POP3', dir: 1, file }, at);
    this.#mail.data(bytes, at);
  }

  #endBody(complete: boolean, at?: Position): void {
    this.#body = undefined;
    this.#mail?.end(complete);
    this.#mail = undefined;
    const answer = this.#answer;
    this.#answer = undefined;
    if (!answer) return;
    const { asked, msg, fuids, last } = answer;
    this.#row(asked, at ?? last, {
      success: true,
      msg: msg || undefined,
      fuids: fuids.length > 0 ? fuids : undefined,
    });
  }

  #loggedIn(success: boolean | undefined): void {
    const login = this.#login;
    const secret = this.#secret;
    this.#login = undefined;
    this.#secret = undefined;
    const found = login?.sasl.found('pop3', success);
    if (login && found) this.#conn.credential(found, login.at);
    if (!secret) return;
    const { bytes, kind, at } = secret;
    const shown = kind === 'apop' ? { material: bytes } : { secret: bytes };
    this.#conn.credential({ service: 'pop3', kind, user: this.#user, ...shown, success }, at);
  }
}

/** Arguments without what proves who somebody is: of a login by name or mechanism that alone. */
const shownArgument = (command: string, argument: Uint8Array): string | undefined => {
  if (argument.length === 0) return undefined;
  if (command === 'PASS') return HIDDEN;
  const name = wordEnd(argument);
  const more = argument.length > name && (command === 'APOP' || command === 'AUTH');
  return bytesText(argument, 0, more ? name : MAX_TEXT) + (more ? ` ${HIDDEN}` : '');
};

const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  if (dir === 1) {
    const known = Math.min(bytes.length, 3);
    if (!spells(bytes.subarray(0, known), 0, '+OK'.slice(0, known))) {
      return usual && spells(bytes, 0, '-ERR') ? 'yes' : 'no';
    }
    const line = firstLine(bytes);
    if (!line) return bytes.length > 600 ? 'no' : 'more';
    return isText(line) && (line.length === 3 || line[3] === 0x20) && (usual || line.length > 4)
      ? 'yes'
      : 'no';
  }
  if (!isText(bytes)) return 'no';
  const line = firstLine(bytes);
  const word = keyword(line ?? bytes, 0, wordEnd(line ?? bytes));
  if (!line) return word === '' || bytes.length > 300 ? 'no' : 'more';
  if (!COMMANDS.has(word)) return 'no';
  if (usual || word === 'CAPA' || word === 'UIDL' || word === 'STLS') return 'yes';
  return word === 'USER' || word === 'AUTH' || word === 'APOP' ? 'more' : 'no';
};

export const pop3: ProtocolParser = {
  name: 'pop3',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('+A-Za-z'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new Pop3Session(conn),
};
