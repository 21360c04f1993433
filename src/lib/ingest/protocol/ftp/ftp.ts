/** FTP's control connection (RFC 959, 2228, 2428, 3659). */

import { FTP } from '../../../model/tables/ftp.ts';
import { parseAddress } from '../../../model/address.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import {
  firstLine,
  isText,
  keyword,
  type Line,
  Lines,
  skipBlanks,
  threeDigits,
  wordEnd,
} from '../wire/lines.ts';
import { type Greeting, probeGreeting } from '../wire/reply-greeting.ts';
import { bytesText } from '../wire/text.ts';
import { isCommand, isDistinctive, LOGGED, MOVES_FILE, NAMES_FILE, replyFits } from './commands.ts';
import { tellAnswer, tellBounce } from './rule-fields.ts';
import type { DataChannel } from './data.ts';
import { type Endpoint, extendedHostPort, ftpUrl, hostPort, quotedPath, resolvePath } from './paths.ts';
import { byteClass } from '../wire/byte-class.ts';

const PORTS = [21, 2811];
const MAX_COMMAND = 100;
const MAX_PENDING = 20;
const MAX_USER = 128;
const EXPECTED_FOR_S = 300;

interface DataEnds {
  readonly passive: boolean;
  readonly origH: string;
  readonly respH: string;
  readonly respP: number;
}

interface Pending {
  readonly tx: number;
  readonly command: string;
  readonly arg: string;
  readonly first: Position;
  last: Position;
  code?: number;
  message?: string;
  fileSize?: bigint;
  ends?: DataEnds;
  channel?: DataChannel | undefined;
}

const addressCell = (text: string): readonly [bigint, bigint] | undefined => {
  const halves = parseAddress(text);
  return halves && [halves.hi, halves.lo];
};

class FtpSession implements ParserSession {
  readonly #conn: Conn;
  readonly #commands = new Lines(4096);
  readonly #replies = new Lines(4096);
  #pending: Pending[] = [];
  /** The command that was answered last. */
  #answered: Pending | undefined;
  #txs = 0;
  #user = '<unknown>';
  #secret: { readonly user: string; readonly secret: Uint8Array; readonly at: Position } | undefined;
  #cwd = '.';
  /** Code of the multi-line reply that is open. */
  #open = 0;
  #channel: DataChannel | undefined;
  #confirmed = false;
  #tls = false;
  /** Commands are missing: the next line may begin inside one. */
  #doubtful = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const lines = dir === 0 ? this.#commands : this.#replies;
    let at = 0;
    for (;;) {
      const line = lines.next(data, at);
      if (typeof line === 'number') return line;
      at = line.next;
      if (dir === 0) this.#request(line);
      else if (!this.#reply(line)) return -1;
      if (this.#tls) {
        this.#conn.switchTo('ssl');
        return at;
      }
    }
  }

  gap(dir: Dir): boolean {
    // Often whole lines are missing: what follows is read as one if it begins like one.
    (dir === 0 ? this.#commands : this.#replies).resync(true);
    if (dir === 0) this.#doubtful = true;
    else this.#open = 0;
    return true;
  }

  close(): void {
    this.#login(undefined);
    for (const pending of this.#pending) this.#write(pending);
    this.#pending = [];
  }

  #request({ bytes, first, last }: Line): void {
    const from = skipTelnet(bytes);
    const end = wordEnd(bytes, from);
    const command = keyword(bytes, from, end, 8);
    if (bytes.length > MAX_COMMAND && (command === '' || !isCommand(command))) {
      this.#conn.weird(
        'FTP_max_command_length_exceeded',
        last,
        `${String(end - from)} > ${String(MAX_COMMAND)}`,
      );
      return;
    }
    const doubtful = this.#doubtful;
    this.#doubtful = false;
    if (command === '' || (doubtful && !isCommand(command))) return;
    if (this.#answered) this.#remove(this.#answered);
    this.#begin(first);
    const argument = bytes.subarray(skipBlanks(bytes, end));
    const secret = command === 'PASS';
    const text = secret ? '<hidden>' : bytesText(argument);
    if (this.#pending.length >= MAX_PENDING) {
      this.#conn.weird('FTP_too_many_pending_commands', last, String(this.#pending.length));
    } else {
      this.#pending.push({ tx: this.#txs++, command, arg: text, first, last });
    }
    if (this.#conn.listening) this.#listen(bytes, from, end, first);
    const current = this.#pending.at(-1);
    if (command === 'USER') {
      this.#login(undefined);
      this.#user = bytesText(argument, 0, MAX_USER);
    } else if (secret) {
      this.#login(undefined);
      this.#secret = { user: this.#user, secret: argument.slice(0, 256), at: last };
    } else if (command === 'PORT' || command === 'EPRT') {
      const found = (command === 'PORT' ? hostPort : extendedHostPort)(latin1(argument));
      if (found && current) this.#expect(current, false, found);
      tellBounce(this.#conn, this.#txs - 1, found?.host, last);
    } else if (MOVES_FILE.has(command) && this.#channel) {
      this.#channel.command = command;
      if (text !== '') this.#channel.filename = text;
      if (current) current.channel = this.#channel;
    } else if (/^(LIST|NLST|MLSD)$/.test(command)) {
      this.#channel = undefined;
    }
  }

  #listen(bytes: Uint8Array, from: number, end: number, at: Position): void {
    const tx = this.#txs - 1;
    this.#conn.buffer('ftp.command', tx, 0, bytes.subarray(from, end), at);
    this.#conn.buffer('ftp.command_data', tx, 0, bytes.subarray(skipBlanks(bytes, end)), at);
    this.#conn.tx(tx, 0, 'request', at);
  }

  /** A greeting answers no command: something stands for it. */
  #begin(at: Position): void {
    if (this.#txs > 0) return;
    this.#pending.push({ tx: this.#txs++, command: '<init>', arg: '', first: at, last: at });
  }

  /** Answers whether it can still be FTP. */
  #reply({ bytes, first, last }: Line): boolean {
    const code = threeDigits(bytes);
    const mark = bytes[3];
    const closes = mark === 0x20 || (mark === undefined && bytes.length === 3);
    let continued = false;
    const text = bytesText(bytes, 4);
    if (this.#open > 0) {
      // Some servers end a reply of many lines with a code of its own.
      if (code >= 100 && closes) this.#open = 0;
      else return true;
    } else if (code < 100 || code > 659 || (!closes && mark !== 0x2d)) {
      if (!this.#confirmed) return false;
      return true;
    } else if (mark === 0x2d) {
      this.#open = code;
      continued = true;
    }
    this.#confirmed = true;
    this.#conn.confirm();
    this.#begin(first);
    const pending = this.#match(code, text);
    if (!pending || (pending.code !== undefined && pending.code >= 200 && !replyFits(pending.command, code)))
      return true;
    pending.code = code;
    pending.message = text;
    pending.last = last;
    this.#answered = pending;
    if (this.#conn.listening) {
      this.#conn.buffer('ftp.completion_code', pending.tx, 1, bytes.subarray(0, 3), first);
      this.#conn.buffer('ftp.reply', pending.tx, 1, bytes.subarray(4), first);
    }
    if (continued) return true;
    this.#understand(pending, code, text);
    if (this.#conn.listening && code >= 200) {
      tellAnswer(this.#conn, pending.tx, pending.ends, last);
      this.#conn.tx(pending.tx, 1, 'response', last);
      this.#conn.tx(pending.tx, 1, 'end', last);
    }
    if (this.#pending.length > 1 && code >= 200) this.#remove(pending);
    return true;
  }

  #understand(pending: Pending, code: number, text: string): void {
    const { command } = pending;
    if ((code === 150 && command === 'RETR') || (code === 213 && command === 'SIZE')) {
      const digits = text.match(/\d{1,18}/g)?.at(-1);
      if (digits !== undefined) pending.fileSize = BigInt(digits);
    } else if (code === 227 && command === 'PASV') {
      const found = hostPort(text);
      if (found) this.#expect(pending, true, found);
    } else if (code === 229 && command === 'EPSV') {
      const found = extendedHostPort(text);
      if (found) this.#expect(pending, true, found);
    } else if (code === 250 && (command === 'CWD' || command === 'XCWD')) {
      this.#cwd = resolvePath(this.#cwd, pending.arg).slice(0, 4096);
    } else if ((code === 200 || code === 250) && (command === 'CDUP' || command === 'XCUP')) {
      this.#cwd = resolvePath(this.#cwd, '..');
    } else if (code === 257 && (command === 'PWD' || command === 'XPWD')) {
      this.#cwd = quotedPath(text) ?? this.#cwd;
    } else if (command === 'PASS' && code >= 200 && code !== 332) {
      this.#login(code < 300 ? true : code === 530 ? false : undefined);
    } else if (command === 'AUTH' && code === 234) {
      this.#tls = true;
    }
  }

  /** The command that a reply is to: one that it fits, the oldest of those. */
  #match(code: number, text: string): Pending | undefined {
    let best = this.#pending.length === 0 ? this.#answered : undefined;
    let bestScore = -1;
    for (const pending of this.#pending) {
      let score = replyFits(pending.command, code) ? 100 : 0;
      if (text.includes(pending.command)) score += 20;
      if (pending.arg !== '' && text.includes(pending.arg)) score += 10;
      if (score <= bestScore) continue;
      best = pending;
      bestScore = score;
    }
    return best;
  }

  #remove(pending: Pending): void {
    const at = this.#pending.indexOf(pending);
    if (this.#answered === pending) this.#answered = undefined;
    if (at < 0) return;
    this.#pending.splice(at, 1);
    this.#write(pending);
  }

  #expect(pending: Pending, passive: boolean, { host, port }: Endpoint): void {
    const { origH, respH } = this.#conn.facts;
    const server = passive ? respH : origH;
    const named = host ?? server;
    pending.ends = { passive, origH: passive ? origH : respH, respH: named, respP: port };
    const channel: DataChannel = {};
    this.#channel = channel;
    this.#conn.expect(named, port, 'tcp', 'ftp-data', EXPECTED_FOR_S, channel);
    // Behind address translation the server does not know its own address.
    if (named !== server) this.#conn.expect(server, port, 'tcp', 'ftp-data', EXPECTED_FOR_S, channel);
  }

  #login(success: boolean | undefined): void {
    const found = this.#secret;
    if (!found) return;
    this.#secret = undefined;
    const user = found.user === '<unknown>' ? undefined : found.user;
    this.#conn.credential(
      { service: 'ftp', kind: 'password', user, secret: found.secret, success },
      found.at,
    );
  }

  #write(pending: Pending): void {
    const { command, arg, ends } = pending;
    if (!LOGGED.has(command)) return;
    const { respH } = this.#conn.facts;
    this.#conn.row(
      FTP,
      {
        user: this.#user,
        command,
        arg: NAMES_FILE.has(command) ? ftpUrl(respH, this.#cwd, arg) : arg === '' ? undefined : arg,
        mime_type: pending.channel?.mimeType,
        file_size: pending.fileSize,
        reply_code: pending.code,
        reply_msg: pending.message,
        data_channel_passive: ends?.passive,
        data_channel_orig_h: ends && addressCell(ends.origH),
        data_channel_resp_h: ends && addressCell(ends.respH),
        data_channel_resp_p: ends?.respP,
      },
      pending.first,
      pending.last,
    );
  }
}

/** Clients send an interrupt and a data mark (Telnet) before ABOR. */
const skipTelnet = (bytes: Uint8Array): number => {
  let at = 0;
  while (at < bytes.length && bytes[at] >= 0xf0) at++;
  return at;
};

const GREETING: Greeting = {
  codes: [100, 600],
  greets: [220, 120],
  own: /\bftp/i,
  others: /E?SMTP|\bNNTP\b|\bmail\b/i,
};

const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  if (dir === 1) return probeGreeting(bytes, GREETING, usual);
  if (!isText(bytes)) return 'no';
  const line = firstLine(bytes);
  const end = wordEnd(line ?? bytes);
  const word = keyword(line ?? bytes, 0, end, 8);
  if (!line) return word === '' || bytes.length > 512 ? 'no' : 'more';
  if (!isCommand(word)) return 'no';
  if (usual || isDistinctive(word)) return 'yes';
  // USER opens POP3 and IRC as well: the server's words tell.
  return 'more';
};

export const ftp: ProtocolParser = {
  name: 'ftp',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('A-Za-z0-9'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new FtpSession(conn),
};
