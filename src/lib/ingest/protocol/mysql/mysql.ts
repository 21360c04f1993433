/** MySQL and MariaDB: handshake, login, commands and what became of them (MySQL internals manual, "Client/Server Protocol"). */

import { MYSQL } from '../../../model/tables/mysql.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { hexOf, u16le, u24le } from '../wire/bytes.ts';
import { type Frame, Framing, type Message } from '../wire/framing.ts';
import { ruleWord } from '../wire/rule-number.ts';
import { bytesText } from '../wire/text.ts';
import {
  CLIENT_COMPRESS,
  CLIENT_DEPRECATE_EOF,
  CLIENT_QUERY_ATTRIBUTES,
  COMMANDS,
  errorText,
  type Greeting,
  greeting,
  lengthEncoded,
  login,
  rowText,
  SERVER_MORE_RESULTS,
  statement,
} from './packets.ts';

/** Of longer packets (rows, uploads, dumps) the rest is passed over. */
const LONGEST = 1 << 16;

const COM_QUIT = 1;
const COM_QUERY = 3;
const COM_FIELD_LIST = 4;
const COM_STATISTICS = 9;
const COM_CHANGE_USER = 17;
const COM_PREPARE = 22;
const COM_EXECUTE = 23;
const COM_LONG_DATA = 24;
const COM_STMT_CLOSE = 25;
const COM_FETCH = 28;
const COM_BINLOG = 18;
const COM_BINLOG_GTID = 30;

/** What the server's next packet is. */
type Expect =
  | 'greeting'
  | 'auth'
  | 'result'
  | 'columns'
  | 'columns-end'
  | 'rows'
  | 'fields'
  | 'text'
  | 'prepare'
  | 'skip'
  | 'none';

interface Pending {
  readonly cmd: string;
  readonly arg: string;
  readonly first: Position;
  readonly last: Position;
}

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b.length - at < 4) return 'more';
  const length = u24le(b, at) + 4;
  return { length, wanted: Math.min(length, LONGEST) };
};

class MysqlSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  #expect: Expect = 'greeting';
  #greeting: Greeting | undefined;
  #capabilities = 0;
  #loggedIn = false;
  #binlog = false;
  #columns = 0;
  #skip = 0;
  #pending: Pending | undefined;
  #account: { readonly user: string; plugin: string; secret: string; salt: Uint8Array } | undefined;
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message, dir) =>
      dir === 0 ? this.#client(message) : this.#server(message),
    );
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  gap(dir: Dir, missing: number): boolean {
    return this.#framing.gap(dir, missing);
  }

  close(): void {
    this.#flush();
  }

  #client(message: Message): boolean | 'stop' {
    const body = message.bytes.subarray(4);
    if (!this.#loggedIn) return this.#loginPacket(message, body);
    // A data packet that goes on, or an answer to the server's question, is no command.
    if (message.bytes[3] !== 0 || body.length === 0) return true;
    const command = body[0];
    this.#flush();
    const attributes = (this.#capabilities & CLIENT_QUERY_ATTRIBUTES) !== 0;
    let arg = body.subarray(1);
    if (command === COM_QUERY) arg = statement(arg, attributes);
    else if (command === COM_CHANGE_USER) arg = arg.subarray(0, Math.max(0, arg.indexOf(0)));
    else if (command === COM_EXECUTE || command === COM_LONG_DATA) arg = arg.subarray(0, 0);
    const last = arg.length > 0 && arg[arg.length - 1] === 0 ? arg.subarray(0, arg.length - 1) : arg;
    this.#tx++;
    if (this.#conn.listening) {
      if (command === COM_QUERY) this.#conn.buffer('mysql.command', this.#tx, 0, arg, message.first);
      this.#conn.tx(this.#tx, 0, 'request', message.last);
    }
    this.#begin(COMMANDS[command] ?? `unknown-${command}`, bytesText(last), message);
    this.#expect = this.#expected(command);
    if (this.#expect === 'none') this.#flush();
    return true;
  }

  #expected(command: number): Expect {
    switch (command) {
      case COM_QUIT:
      case COM_STMT_CLOSE:
      case COM_LONG_DATA:
        return 'none';
      case COM_STATISTICS:
        return 'text';
      case COM_FIELD_LIST:
        return 'fields';
      case COM_PREPARE:
        return 'prepare';
      case COM_FETCH:
        return 'rows';
      case COM_CHANGE_USER:
        return 'auth';
      case COM_BINLOG:
      case COM_BINLOG_GTID:
        this.#binlog = true;
        return 'skip';
      default:
        return 'result';
    }
  }

  #loginPacket(message: Message, body: Uint8Array): boolean | 'stop' {
    if (this.#pending || this.#account) {
      // The answer to an authentication that goes on: a hash of another plugin, or a password under RSA.
      if (this.#account && body.length > 1 && !this.#account.secret) this.#account.secret = hexOf(body);
      return true;
    }
    const found = login(body);
    if (!found) return false;
    this.#conn.confirm();
    this.#capabilities = found.capabilities;
    if (found.tls) {
      this.#conn.switchTo('ssl');
      return 'stop';
    }
    const user = bytesText(found.user);
    this.#account = {
      user,
      plugin: found.plugin || (this.#greeting?.plugin ?? ''),
      secret: hexOf(found.auth),
      salt: this.#greeting?.salt ?? new Uint8Array(0),
    };
    this.#begin('login', user, message);
    this.#expect = 'auth';
    this.#tx++;
    if (this.#conn.listening) this.#conn.tx(this.#tx, 0, 'request', message.last);
    return true;
  }

  #server(message: Message): boolean | 'stop' {
    const body = message.bytes.subarray(4);
    if (body.length === 0) return this.#expect !== 'greeting';
    switch (this.#expect) {
      case 'greeting':
        if (body[0] === 0xff) {
          this.#conn.confirm();
          return true;
        }
        this.#greeting = greeting(body);
        if (!this.#greeting) return false;
        this.#greeting = { ...this.#greeting, salt: this.#greeting.salt.slice() };
        this.#conn.confirm();
        this.#expect = 'none';
        return true;
      case 'auth':
        return this.#auth(body, message);
      case 'result':
        return this.#result(body, message);
      case 'prepare':
        return this.#prepared(body, message);
      case 'columns':
        this.#columns -= 1;
        if (this.#columns <= 0)
          this.#expect = this.#capabilities & CLIENT_DEPRECATE_EOF ? 'rows' : 'columns-end';
        return true;
      case 'columns-end':
        this.#expect = 'rows';
        return true;
      case 'fields':
      case 'rows':
        return this.#row(body, message);
      case 'skip':
        if (this.#skip > 0 && --this.#skip === 0) this.#expect = 'none';
        return true;
      default:
        return true;
    }
  }

  #auth(body: Uint8Array, message: Message): boolean {
    if (body[0] === 0) {
      this.#credential(true, message.last);
      this.#loggedIn = true;
      this.#done(message, true, lengthEncoded(body, 1)?.[0] ?? 0);
      if (this.#capabilities & CLIENT_COMPRESS) this.#conn.ignoreRest();
    } else if (body[0] === 0xff) {
      this.#credential(false, message.last);
      this.#fail(body, message);
    } else if (body[0] === 0xfe && this.#account) {
      const end = body.indexOf(0, 1);
      if (end > 0) {
        this.#account.plugin = bytesText(body.subarray(1, end));
        this.#account.salt = body.slice(end + 1, body.length - 1);
      }
      this.#account.secret = '';
    }
    return true;
  }

  #result(body: Uint8Array, message: Message): boolean {
    if (body[0] === 0) {
      const affected = lengthEncoded(body, 1);
      const id = affected && lengthEncoded(body, affected[1]);
      const more = id !== undefined && (u16le(body, id[1]) & SERVER_MORE_RESULTS) !== 0;
      this.#done(message, true, affected?.[0] ?? 0);
      this.#expect = more ? 'result' : 'none';
    } else if (body[0] === 0xff) this.#fail(body, message);
    else if (body[0] === 0xfe && message.length < 13) this.#done(message, true, 0);
    else if (body[0] !== 0xfb) {
      const count = lengthEncoded(body, 0);
      if (!count || count[0] > 4096 || count[1] > body.length) return false;
      this.#columns = count[0];
      this.#expect = 'columns';
    }
    return true;
  }

  /** Rows end with an EOF packet, or an OK packet that looks like one. */
  #row(body: Uint8Array, message: Message): boolean {
    const deprecated = (this.#capabilities & CLIENT_DEPRECATE_EOF) !== 0;
    if (body[0] === 0xff) this.#fail(body, message);
    else if (body[0] === 0xfe && (message.length < 13 || (deprecated && message.length < 0xffffff))) {
      let status = u16le(body, 3);
      if (deprecated && message.length >= 11) {
        const affected = lengthEncoded(body, 1);
        const id = affected && lengthEncoded(body, affected[1]);
        status = id ? u16le(body, id[1]) : 0;
      }
      this.#done(message, true, 0);
      this.#expect = status & SERVER_MORE_RESULTS ? 'result' : 'none';
    } else if (this.#conn.listening && this.#expect === 'rows')
      ruleWord(this.#conn, 'mysql.rows', this.#tx, 1, rowText(body), message.last);
    return true;
  }

  #prepared(body: Uint8Array, message: Message): boolean {
    if (body[0] === 0xff) {
      this.#fail(body, message);
      return true;
    }
    if (body[0] !== 0 || body.length < 9) return false;
    const columns = u16le(body, 5);
    const parameters = u16le(body, 7);
    const ends = this.#capabilities & CLIENT_DEPRECATE_EOF ? 0 : Number(columns > 0) + Number(parameters > 0);
    this.#done(message, true, 0);
    this.#skip = columns + parameters + ends;
    this.#expect = this.#skip > 0 ? 'skip' : 'none';
    return true;
  }

  #begin(cmd: string, arg: string, message: Message): void {
    this.#flush();
    this.#pending = { cmd, arg, first: message.first, last: message.last };
  }

  #fail(body: Uint8Array, message: Message): void {
    this.#done(message, false, undefined, bytesText(errorText(body)));
  }

  #done(message: Message, success: boolean, rows?: number, response?: string): void {
    if (!this.#binlog) this.#expect = 'none';
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    const { cmd, arg } = pending;
    this.#conn.row(MYSQL, { cmd, arg, success, rows, response }, pending.first, message.last);
    if (this.#conn.listening) {
      this.#conn.tx(this.#tx, 1, 'response', message.last);
      this.#conn.tx(this.#tx, 1, 'end', message.last);
    }
  }

  #flush(): void {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    this.#conn.row(MYSQL, { cmd: pending.cmd, arg: pending.arg }, pending.first, pending.last);
  }

  #credential(success: boolean, at: Position): void {
    const account = this.#account;
    if (!account) return;
    const clear = account.plugin === 'mysql_clear_password';
    const answer = Buffer.from(account.secret, 'hex');
    const proof = clear ? { secret: answer } : { material: Buffer.concat([account.salt, answer]) };
    this.#conn.credential(
      {
        service: 'mysql',
        user: account.user,
        ...(account.secret ? proof : {}),
        kind: clear ? 'password' : account.plugin || 'mysql_native_password',
        success,
      },
      at,
    );
    this.#account = success ? account : undefined;
  }
}

function probe(b: Uint8Array, dir: Dir): Verdict {
  if (b.length < 5) return b.length >= 4 && b[3] > 1 ? 'no' : 'more';
  const length = u24le(b, 0);
  const whole = b.length >= length + 4;
  if (dir === 1) {
    if (b[3] !== 0 || length < 8 || length > 512) return 'no';
    if (b[4] === 0xff) {
      if (b.length < 8) return 'more';
      const code = u16le(b, 5);
      if (code < 1000 || code > 2100) return 'no';
      for (let i = 7; i < Math.min(b.length, length + 4); i++) if (b[i] < 0x20 || b[i] > 0x7e) return 'no';
      return whole ? 'yes' : 'more';
    }
    if (b[4] !== 10) return 'no';
    return whole ? (greeting(b.subarray(4, 4 + length)) ? 'yes' : 'no') : 'more';
  }
  if (b[3] !== 1 || length < 32 || length > 4096) return 'no';
  for (let i = 17; i < Math.min(b.length, 32); i++) if (b[i] !== 0) return 'no';
  if (!whole) return 'more';
  const found = login(b.subarray(4, 4 + length));
  return found && (found.capabilities & 0x200) !== 0 ? 'yes' : 'no';
}

export const mysql: ProtocolParser = {
  name: 'mysql',
  transport: 'tcp',
  ports: [3306],
  probe,
  open: (conn) => new MysqlSession(conn),
};
