/** IRC (RFC 1459, 2812): who, which channels, files offered by DCC; TLS where STARTTLS begins it (ircv3.net, tls). */

import { IRC } from '../../model/tables/irc.ts';
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
import { latin1 } from './wire/bytes.ts';
import { firstLine, isText, Lines } from './wire/lines.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORTS = [6666, 6667, 6668, 6669];
const MAX_CHANNELS = 50;
const EXPECTED_FOR_S = 300;
/** RPL_STARTTLS. */
const TLS_PROCEEDS = '670';
const CLIENT =
  /^(?:STARTTLS|NICK :?\S{1,64}|USER \S{1,64} \S{1,128} \S{1,128} :?.{0,256}|CAP (?:LS|REQ|END)\b.{0,200})$/;
const SERVER =
  /^:\S{1,200} (?:NOTICE (?:AUTH|\*|\S{1,64}) :|\d{3} \S{1,64} |CAP \S{1,64} LS )|^NOTICE AUTH :/;

interface Message {
  readonly command: string;
  readonly args: readonly string[];
}

const messageOf = (text: string): Message | undefined => {
  let rest = text;
  if (rest.startsWith(':')) rest = rest.slice(Math.max(rest.indexOf(' '), 0) + 1);
  const colon = rest.indexOf(' :');
  const words = (colon < 0 ? rest : rest.slice(0, colon)).split(' ').filter((word) => word !== '');
  const [command, ...args] = words;
  if (command === undefined) return undefined;
  if (colon >= 0) args.push(rest.slice(colon + 2));
  return { command: command.toUpperCase(), args };
};

class IrcSession implements ParserSession {
  readonly #conn: Conn;
  readonly #lines: readonly [Lines, Lines] = [new Lines(2048), new Lines(2048)];
  #nick: string | undefined;
  #user: string | undefined;
  #asksTls = false;
  #secret: { readonly bytes: Uint8Array; readonly at: Position } | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    for (;;) {
      const line = this.#lines[dir].next(data, at);
      if (typeof line === 'number') return line;
      at = line.next;
      const message = messageOf(bytesText(line.bytes));
      if (dir === 1 && this.#asksTls && message?.command === TLS_PROCEEDS) {
        this.#conn.confirm();
        this.#conn.switchTo('ssl');
        return at;
      }
      if (message && dir === 0) this.#said(message, line.bytes, line.first, line.last);
      else if (message?.command === 'PRIVMSG') this.#dcc(message, line.first, line.last);
      if (message && dir === 1 && /^(?:\d{3}|NOTICE|PING|JOIN)$/.test(message.command)) this.#conn.confirm();
    }
  }

  gap(dir: Dir): boolean {
    this.#lines[dir].resync();
    return true;
  }

  close(): void {
    const secret = this.#secret;
    if (secret) {
      const user = this.#user ?? this.#nick;
      this.#conn.credential({ service: 'irc', kind: 'password', user, secret: secret.bytes }, secret.at);
    }
  }

  #said({ command, args }: Message, bytes: Uint8Array, first: Position, last: Position): void {
    const [value = '', ...more] = args;
    if (command === 'NICK') {
      this.#conn.confirm();
      this.#row({ command, value }, first, last);
      this.#nick = value;
    } else if (command === 'USER') {
      this.#conn.confirm();
      this.#row({ command, value, addl: more.join(' ') }, first, last);
      this.#user = value;
    } else if (command === 'JOIN') {
      const keys = (more[0] ?? '').split(',');
      for (const [i, channel] of value.split(',', MAX_CHANNELS).entries())
        this.#row({ command, value: channel, addl: keys[i] ? 'with channel key' : undefined }, first, last);
    } else if (command === 'STARTTLS') {
      this.#asksTls = true;
    } else if (command === 'PASS') {
      this.#secret = { bytes: bytes.slice(5, 261), at: last };
    } else if (command === 'PRIVMSG') this.#dcc({ command, args }, first, last);
  }

  /** DCC SEND name address port size, between two bytes 1; the address is a number. */
  #dcc({ args }: Message, first: Position, last: Position): void {
    const found =
      /^(?:\\x01)?DCC SEND (?:"([^"]{1,256})"|(\S{1,256})) (\d{1,10}) (\d{1,5})(?: (\d{1,15}))?/.exec(
        args.at(-1) ?? '',
      );
    if (!found) return;
    const [, quoted, plain, digits = '0', port = '0', size] = found;
    const address = Number(digits) >>> 0;
    const host = [24, 16, 8, 0].map((shift) => String((address >>> shift) & 0xff)).join('.');
    const name = quoted ?? plain;
    this.#row(
      {
        command: 'DCC',
        value: args[0],
        dcc_file_name: name,
        dcc_file_size: size === undefined ? undefined : BigInt(size),
      },
      first,
      last,
    );
    if (Number(port) > 0 && Number(port) < 65536)
      this.#conn.expect(host, Number(port), 'tcp', 'irc-dcc-data', EXPECTED_FOR_S, { filename: name });
  }

  #row(values: RowValues, first: Position, last: Position): void {
    this.#conn.row(IRC, { nick: this.#nick, user: this.#user, ...values }, first, last);
  }
}

const probe = (bytes: Uint8Array, dir: Dir): Verdict => {
  if (!isText(bytes)) return 'no';
  const line = firstLine(bytes);
  if (!line) {
    const begin = latin1(bytes.subarray(0, 12));
    return bytes.length < 512 &&
      (dir === 0
        ? /^(?:N|NI|NIC|NICK.*|U|US|USE|USER.*|C|CA|CAP.*|P|PA|PAS|PASS.*|S|ST|STA|STAR.*)$/
        : /^(?::.*|N|NO|NOT.*)$/
      ).test(begin)
      ? 'more'
      : 'no';
  }
  const text = latin1(line.subarray(0, 600));
  if (dir === 1) return SERVER.test(text) ? 'yes' : 'no';
  if (CLIENT.test(text)) return 'yes';
  return /^PASS \S/.test(text)
    ? latin1(bytes)
        .split('\n')
        .slice(1)
        .some((one) => CLIENT.test(one.trimEnd()))
      ? 'yes'
      : 'more'
    : 'no';
};

export const irc: ProtocolParser = {
  name: 'irc',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass(':NUCPS'),
  probe: (bytes, dir) => probe(bytes, dir),
  open: (conn) => new IrcSession(conn),
};
