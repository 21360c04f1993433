/** SMTP (RFC 5321), with STARTTLS (RFC 3207), AUTH (RFC 4954) and BDAT (RFC 3030). */

import { SMTP } from '../../../model/tables/smtp.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { DotStuffed } from '../wire/dot-stuffed.ts';
import { keyword, type Line, Lines, skipBlanks, threeDigits, trimmedEnd, wordEnd } from '../wire/lines.ts';
import { MailReader } from '../wire/mime.ts';
import { eachPiece } from '../wire/pieces.ts';
import { SaslLogin } from '../wire/sasl.ts';
import { bytesText } from '../wire/text.ts';
import { mailValues } from './headers.ts';
import { probe } from './probe.ts';
import { tellCommand, tellMail } from './rule-buffers.ts';
import { MailBody } from './rule-fields.ts';
import { ruleEvent } from '../wire/rule-number.ts';
import { byteClass } from '../wire/byte-class.ts';

const PORTS = [25, 587, 2525];
const MAX_RECIPIENTS = 1_000;
const MAX_QUEUED = 256;
/** Of a command or a reply, its end included (RFC 5321 §4.5.3.1). */
const LONGEST_LINE = 510;
interface Transaction {
  first: Position | undefined;
  last: Position | undefined;
  mailfrom?: string;
  readonly rcptto: string[];
  values?: ReturnType<typeof mailValues>;
  readonly fuids: string[];
  lastReply?: string;
  active: boolean;
}

const fresh = (): Transaction => ({
  first: undefined,
  last: undefined,
  rcptto: [],
  fuids: [],
  active: false,
});

class SmtpSession implements ParserSession {
  readonly #conn: Conn;
  readonly #lines: readonly [Lines, Lines] = [new Lines(), new Lines()];
  #transaction = fresh();
  #depth = 1;
  #helo: string | undefined;
  #oldHelo: string | undefined;
  /** Commands that wait for their reply. */
  #queue: string[] = ['<greeting>'];
  #dots: DotStuffed | undefined;
  /** Bytes of a chunk (BDAT) that are to come. */
  #chunk = 0;
  #chunkIsLast = false;
  #mail: MailReader | undefined;
  #body: MailBody | undefined;
  #login: { readonly sasl: SaslLogin; at: Position } | undefined;
  #tls = false;
  #confirmed = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      if (dir === 0 && this.#dots) {
        const { next, ended } = this.#dots.read(data, at, (bytes, position) =>
          this.#content(bytes, position),
        );
        if (ended) this.#endMail('.', data.at(next - 1), true);
        if (next === at) return at;
        at = next;
        continue;
      }
      if (dir === 0 && this.#chunk > 0) {
        const end = Math.min(data.bytes.length, at + this.#chunk);
        this.#chunk -= end - at;
        eachPiece(data, at, end, (bytes, position) => this.#content(bytes, position));
        at = end;
        if (this.#chunk === 0 && this.#chunkIsLast) this.#endMail('', data.at(end - 1), true);
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
    if (dir === 1) {
      this.#lines[1].resync(true);
    } else if (this.#dots) {
      this.#dots.gap();
      this.#mail?.gap(missing);
    } else if (this.#chunk >= missing) {
      this.#chunk -= missing;
      this.#mail?.gap(missing);
    } else {
      this.#chunk = 0;
      this.#lines[0].resync();
    }
    return true;
  }

  close(): void {
    this.#loggedIn(undefined);
    this.#mail?.end(false);
    this.#mail = undefined;
    this.#write();
  }

  #request({ bytes, first, last }: Line): void {
    if (this.#login) {
      this.#login.sasl.answer(bytes);
      this.#login.at = last;
      return;
    }
    const end = wordEnd(bytes);
    const command = keyword(bytes, 0, end);
    if (bytes.length > LONGEST_LINE) this.#event('max_command_line_len_exceeded', 0, last);
    if (command === '') return;
    const argument = bytes.subarray(skipBlanks(bytes, end), trimmedEnd(bytes));
    if (this.#queue.length < MAX_QUEUED) this.#queue.push(command);
    if (command === 'MAIL') this.#write();
    const transaction = this.#transaction;
    transaction.first ??= first;
    transaction.last = last;
    if (this.#conn.listening) tellCommand(this.#conn, this.#depth - 1, command, bytes, argument, first);
    switch (command) {
      case 'HELO':
      case 'EHLO':
      case 'LHLO':
        this.#oldHelo = this.#helo;
        this.#helo = bytesText(argument);
        transaction.active = true;
        return;
      case 'MAIL':
        transaction.mailfrom = envelopeAddress(argument);
        transaction.active = true;
        return;
      case 'RCPT':
        if (transaction.rcptto.length < MAX_RECIPIENTS) transaction.rcptto.push(envelopeAddress(argument));
        transaction.active = true;
        return;
      case 'DATA':
        this.#dots = new DotStuffed();
        return;
      case 'BDAT':
        this.#announce(argument, last);
        return;
      case 'AUTH': {
        const mechanism = wordEnd(argument);
        this.#login = { sasl: new SaslLogin(latin1(argument.subarray(0, mechanism))), at: last };
        const initial = argument.subarray(skipBlanks(argument, mechanism));
        if (initial.length > 0) this.#login.sasl.answer(initial);
        return;
      }
      default:
    }
  }

  #announce(argument: Uint8Array, at: Position): void {
    const found = /^(\d{1,15})(?:\s+(LAST))?\s*$/i.exec(latin1(argument.subarray(0, 64)));
    if (!found) {
      this.#conn.weird('smtp_invalid_bdat_command', at, 'BDAT argument bad length');
      return;
    }
    this.#chunk = Number(found[1]);
    this.#chunkIsLast = found[2] !== undefined;
    if (this.#chunk === 0 && this.#chunkIsLast) this.#endMail('', at, true);
  }

  #content(bytes: Uint8Array, at: Position): void {
    if (!this.#mail && this.#conn.listening) this.#body = new MailBody();
    this.#body?.raw(bytes);
    this.#mail ??= new MailReader(
      {
        source: 'SMTP',
        dir: 0,
        file: (meta, position) => {
          const file = this.#conn.file({ ...meta, tx: this.#depth - 1 }, position);
          if (this.#transaction.fuids.length < MAX_RECIPIENTS) this.#transaction.fuids.push(file.fuid);
          return this.#body?.reads(meta.declaredType) ? this.#body.through(file) : file;
        },
        header: (fields) => {
          const { respH, origH } = this.#conn.facts;
          this.#transaction.values = mailValues(fields, respH, origH);
          if (this.#conn.listening) tellMail(this.#conn, this.#depth - 1, fields, at);
        },
      },
      at,
    );
    this.#transaction.last = at;
    this.#mail.data(bytes, at);
  }

  #endMail(queued: string, at: Position, complete: boolean): void {
    this.#dots = undefined;
    this.#mail?.end(complete);
    this.#mail = undefined;
    this.#body?.tell(this.#conn, this.#depth - 1, at);
    this.#body = undefined;
    this.#transaction.last = at;
    if (queued !== '' && this.#queue.length < MAX_QUEUED) this.#queue.push(queued);
    if (this.#conn.listening) this.#conn.tx(this.#depth - 1, 0, 'request', at);
  }

  /** Answers whether it can still be SMTP. */
  #reply({ bytes, last }: Line): boolean {
    const code = threeDigits(bytes);
    const mark = bytes[3];
    if (bytes.length > LONGEST_LINE) this.#event('max_reply_line_len_exceeded', 1, last);
    if (code < 200 || code > 599 || (bytes.length > 3 && mark !== 0x20 && mark !== 0x2d)) {
      this.#event('invalid_reply', 1, last);
      return this.#confirmed;
    }
    this.#confirmed = true;
    this.#conn.confirm();
    const transaction = this.#transaction;
    transaction.lastReply = `${String(code)} ${bytesText(bytes, 4)}`;
    if (mark === 0x2d) return true;
    if (transaction.active) transaction.last = last;
    const [head] = this.#queue;
    if (head === undefined) this.#event('unable_to_match_reply_with_request', 1, last);
    if (head === '<greeting>') {
      this.#queue.shift();
      if (code !== 220) this.#event('no_server_welcome_message', 1, last);
      if ([220, 421, 521, 554].includes(code)) return true;
    }
    const command = this.#queue[0];
    if (code === 334) return true;
    this.#queue.shift();
    const refused = code >= 400;
    switch (command) {
      case 'EHLO':
      case 'HELO':
      case 'LHLO':
        if (refused) this.#helo = this.#oldHelo ?? this.#helo;
        break;
      case 'AUTH':
        this.#loggedIn(!refused);
        break;
      case 'STARTTLS':
        this.#tls = !refused;
        if (refused) this.#event('tls_rejected', 1, last);
        if (this.#tls) transaction.active = true;
        break;
      case 'DATA':
        if (refused) this.#dots = undefined;
        if (refused) this.#event('data_command_rejected', 1, last);
        break;
      case 'RSET':
        if (!refused && (transaction.mailfrom !== undefined || transaction.rcptto.length > 0)) this.#write();
        break;
      case 'BDAT':
        if (!this.#chunkIsLast || this.#chunk > 0 || this.#queue.includes('BDAT')) break;
        this.#done(last);
        break;
      case '.':
        this.#done(last);
        break;
      default:
    }
    return true;
  }

  #event(name: string, dir: Dir, at: Position): void {
    ruleEvent(this.#conn, `smtp.${name}`, this.#depth - 1, dir, at);
  }

  #done(at: Position): void {
    this.#chunkIsLast = false;
    if (this.#conn.listening) {
      this.#conn.tx(this.#depth - 1, 1, 'response', at);
      this.#conn.tx(this.#depth - 1, 1, 'end', at);
    }
    this.#write();
    this.#depth++;
  }

  #loggedIn(success: boolean | undefined): void {
    const login = this.#login;
    this.#login = undefined;
    const found = login?.sasl.found('smtp', success);
    if (login && found) this.#conn.credential(found, login.at);
  }

  #write(): void {
    const { first, last, active, mailfrom, rcptto, values, fuids, lastReply } = this.#transaction;
    // A greeting of the client's goes on into the transaction that follows it.
    const begun = mailfrom !== undefined || rcptto.length > 0 || values !== undefined;
    if (!begun && this.#queue.at(-1) === 'MAIL') return;
    this.#transaction = fresh();
    if (!active || !first) return;
    const { respH, origH } = this.#conn.facts;
    this.#conn.row(
      SMTP,
      {
        trans_depth: this.#depth,
        helo: this.#helo,
        mailfrom,
        rcptto: rcptto.length > 0 ? rcptto : undefined,
        last_reply: lastReply,
        path: [respH, origH],
        tls: this.#tls,
        fuids: fuids.length > 0 ? fuids : undefined,
        ...values,
      },
      first,
      last,
    );
  }
}

/** FROM:<address> and what may follow. */
const envelopeAddress = (argument: Uint8Array): string => {
  const text = bytesText(argument, skipBlanks(argument, argument.indexOf(0x3a) + 1), 1024);
  const close = text.indexOf('>');
  if (text.startsWith('<') && close > 0) return text.slice(1, close);
  return text.split(' ', 1).join('');
};

export const smtp: ProtocolParser = {
  name: 'smtp',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('A-Za-z0-9'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new SmtpSession(conn),
};
