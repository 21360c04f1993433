/** Syslog over UDP (RFC 3164, 5424, 5426) and TCP (RFC 6587, both framings): one row a message. */

import { SYSLOG } from '../../model/tables/syslog.ts';
import type {
  Conn,
  ConnFacts,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  Span,
  Verdict,
} from './contract.ts';
import { bytesText } from './wire/text.ts';

const FACILITIES =
  'KERN USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV FTP NTP AUDIT ALERT CLOCK LOCAL0 LOCAL1 LOCAL2 LOCAL3 LOCAL4 LOCAL5 LOCAL6 LOCAL7'.split(
    ' ',
  );
const SEVERITIES = 'EMERG ALERT CRIT ERR WARNING NOTICE INFO DEBUG'.split(' ');
const UNSPECIFIED = 'UNSPECIFIED';
const MONTHS = new Set('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '));
const [LT, GT, SPACE, LF, ZERO] = [0x3c, 0x3e, 0x20, 0x0a, 0x30];
/** What a message may have; RFC 5425 asks for 8 KB. */
const MAX_MESSAGE = 65_536;
/** Printable bytes that a message without a priority has to begin with. */
const LOOK = 32;

interface Priority {
  readonly value: number;
  /** Where the message begins. */
  readonly end: number;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte < ZERO + 10;

/** A number of at most `most` digits at `at`: [value, end]; undefined where there is none. */
const numberAt = (bytes: Uint8Array, at: number, most: number): readonly [number, number] | undefined => {
  let value = 0;
  let end = at;
  while (end < bytes.length && end - at < most && isDigit(bytes[end]))
    value = value * 10 + bytes[end++] - ZERO;
  return end > at ? [value, end] : undefined;
};

const priorityAt = (bytes: Uint8Array, at: number): Priority | undefined => {
  if (bytes[at] !== LT) return undefined;
  const number = numberAt(bytes, at + 1, 3);
  if (!number || number[0] > 191 || bytes[number[1]] !== GT) return undefined;
  return { value: number[0], end: number[1] + 1 };
};

/** What follows a priority by the book: a month (RFC 3164) or a version (RFC 5424). */
const isByTheBook = (bytes: Uint8Array, at: number): boolean =>
  MONTHS.has(bytesText(bytes, at, at + 3)) || (bytes[at] === ZERO + 1 && bytes[at + 1] === SPACE);

const isPrintable = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < Math.min(LOOK, bytes.length); i++) {
    const byte = bytes[i];
    const isLast = i === bytes.length - 1 && (byte === 0 || byte === LF);
    if ((byte < SPACE || byte === 0x7f) && byte !== 9 && byte !== LF && byte !== 0x0d && !isLast)
      return false;
  }
  return bytes.length > 0;
};

const probe = (bytes: Uint8Array, dir: Dir, { transport, respP }: ConnFacts): Verdict => {
  if (transport === 'udp') {
    const priority = priorityAt(bytes, 0);
    if (respP === 514) return priority !== undefined || isPrintable(bytes) ? 'yes' : 'no';
    return priority !== undefined && isByTheBook(bytes, priority.end) ? 'yes' : 'no';
  }
  if (dir === 1) return 'no';
  let at = 0;
  const count = numberAt(bytes, 0, 5);
  if (count) {
    if (count[1] === bytes.length) return bytes.length < 6 ? 'more' : 'no';
    if (bytes[count[1]] !== SPACE) return 'no';
    at = count[1] + 1;
  }
  const priority = priorityAt(bytes, at);
  if (priority && bytes.length >= priority.end + 3) return isByTheBook(bytes, priority.end) ? 'yes' : 'no';
  if (priority) return 'more';
  if (at === bytes.length) return 'more';
  if (bytes[at] !== LT || bytes.length - at > 4) return 'no';
  return bytes.subarray(at + 1).every(isDigit) ? 'more' : 'no';
};

class SyslogSession implements ParserSession {
  readonly #conn: Conn;
  /** The message of a stream that has not ended yet. */
  #open: number[] = [];
  #first: Position | undefined;
  #last: Position | undefined;
  /** Bytes of a counted message that are still to come. */
  #left = 0;
  #counting: number | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (this.#conn.facts.transport === 'udp') {
      this.#conn.confirm();
      this.#write(bytes, data.at(0), data.at(0));
      return bytes.length;
    }
    if (dir === 1) return bytes.length;
    for (let i = 0; i < bytes.length; i++) if (!this.#byte(bytes[i], data, i)) return -1;
    return bytes.length;
  }

  /** Messages that end with LF can be found again, counted ones begin with a number after one. */
  gap(dir: Dir): boolean {
    if (dir === 0) {
      this.#flush();
      this.#left = 0;
      this.#counting = undefined;
    }
    return true;
  }

  end(dir: Dir): void {
    if (dir === 0) this.#flush();
  }

  close(): void {
    this.#flush();
  }

  #byte(byte: number, data: Span, i: number): boolean {
    if (this.#left > 0) {
      this.#keep(byte, data, i);
      if (--this.#left === 0) this.#flush();
      return true;
    }
    if (this.#open.length === 0) {
      if (isDigit(byte)) {
        this.#counting = (this.#counting ?? 0) * 10 + byte - ZERO;
        return this.#counting <= MAX_MESSAGE;
      }
      if (this.#counting !== undefined) {
        if (byte !== SPACE || this.#counting === 0) return false;
        this.#left = this.#counting;
        this.#counting = undefined;
        return true;
      }
    }
    if (byte === LF) this.#flush();
    else this.#keep(byte, data, i);
    return this.#open.length <= MAX_MESSAGE;
  }

  #keep(byte: number, data: Span, i: number): void {
    this.#last = data.at(i);
    this.#first ??= this.#last;
    this.#open.push(byte);
  }

  #flush(): void {
    if (this.#open.length > 0 && this.#first && this.#last) {
      this.#conn.service('syslog_tcp');
      this.#write(Uint8Array.from(this.#open), this.#first, this.#last);
    }
    this.#open = [];
    this.#first = undefined;
  }

  #write(bytes: Uint8Array, first: Position, last: Position): void {
    const priority = priorityAt(bytes, 0);
    this.#conn.row(
      SYSLOG,
      {
        proto: this.#conn.facts.transport,
        facility: priority ? FACILITIES[priority.value >> 3] : UNSPECIFIED,
        severity: priority ? SEVERITIES[priority.value & 7] : UNSPECIFIED,
        message: bytesText(bytes, priority?.end ?? 0),
      },
      first,
      last,
    );
  }
}

export const syslog: ProtocolParser = {
  name: 'syslog',
  transport: 'both',
  ports: [514, 601, 1514],
  probe,
  open: (conn) => new SyslogSession(conn),
};
