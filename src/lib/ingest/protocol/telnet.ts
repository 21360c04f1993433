/** Telnet (RFC 854): recognised by its negotiation; logins by the prompts that ask for them. */

import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { latin1 } from './wire/bytes.ts';
import { isText } from './wire/lines.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORTS = [23, 2323];
const IAC = 0xff;
const SUBNEGOTIATION = 0xfa;
const END_OF_SUBNEGOTIATION = 0xf0;
const WILL = 0xfb;
const DONT = 0xfe;
const TAIL = 64;
const MAX_ANSWER = 256;
const ASKS_USER = /(?<!last )(?:login|user ?name|user): ?$/i;
const ASKS_SECRET = /(?:password|passwd|passcode):? ?$/i;
const REFUSED = /incorrect|failed|denied|invalid|bad password/i;
const PROMPT = /[$#>%] ?$/;
/** Bytes from the server after which a session is not watched for logins any more. */
const WATCHED = 16 * 1024;
/** Longest line that rules see in one piece. */
const MAX_LINE = 4_096;

type Part = 'text' | 'command' | 'option' | 'sub' | 'sub-command';

class TelnetSession implements ParserSession {
  readonly #conn: Conn;
  readonly #part: [Part, Part] = ['text', 'text'];
  readonly #lines: readonly [number[], number[]] = [[], []];
  #tx = 0;
  #tail = '';
  #watched = 0;
  #asked: 'user' | 'secret' | undefined;
  #answer: number[] = [];
  #user: string | undefined;
  #secret: { readonly bytes: Uint8Array; readonly at: Position } | undefined;
  #verdictText = '';

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    this.#conn.confirm();
    const { bytes } = data;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (!this.#isText(byte, dir)) continue;
      if (this.#conn.listening) this.#line(byte, dir, data.at(i));
      if (dir === 1) this.#shown(byte);
      else if (this.#asked) this.#typed(byte, data.at(i));
    }
    if (dir === 1 && this.#watched > WATCHED) {
      this.#loggedIn();
      this.#conn.ignoreRest();
    }
    return bytes.length;
  }

  /** Lines for rules, as they are typed or shown: Suricata's frame of data. */
  #line(byte: number, dir: Dir, at: Position): void {
    const line = this.#lines[dir];
    const ends = byte === 0x0a || byte === 0x0d;
    if (!ends && byte !== 0) line.push(byte);
    if (line.length === 0 || !(ends || line.length >= MAX_LINE)) return;
    this.#conn.buffer('frame:telnet.data', this.#tx, dir, Uint8Array.from(line), at);
    this.#conn.tx(this.#tx, dir, dir === 0 ? 'request' : 'response', at);
    this.#conn.tx(this.#tx++, dir, 'end', at);
    line.length = 0;
  }

  gap(dir: Dir): boolean {
    this.#part[dir] = 'text';
    this.#lines[dir].length = 0;
    return true;
  }

  close(): void {
    this.#loggedIn();
  }

  /** Takes the negotiation out. */
  #isText(byte: number, dir: Dir): boolean {
    switch (this.#part[dir]) {
      case 'text':
        if (byte !== IAC) return true;
        this.#part[dir] = 'command';
        return false;
      case 'command':
        this.#part[dir] = byte === SUBNEGOTIATION ? 'sub' : byte >= WILL && byte <= DONT ? 'option' : 'text';
        return false;
      case 'option':
        this.#part[dir] = 'text';
        return false;
      case 'sub':
        if (byte === IAC) this.#part[dir] = 'sub-command';
        return false;
      default:
        this.#part[dir] = byte === END_OF_SUBNEGOTIATION ? 'text' : 'sub';
        return false;
    }
  }

  #shown(byte: number): void {
    this.#watched++;
    const letter = String.fromCharCode(byte);
    if (this.#secret) {
      if (this.#verdictText.length < 1024) this.#verdictText += letter;
      if (REFUSED.test(this.#verdictText.slice(-20)) || PROMPT.test(this.#verdictText)) this.#loggedIn();
    }
    // An echo of what is typed is no prompt.
    if (byte === 0x0d || byte === 0x0a) {
      this.#tail = '';
      return;
    }
    this.#tail = (this.#tail + letter).slice(-TAIL);
    const asks = ASKS_SECRET.test(this.#tail) ? 'secret' : ASKS_USER.test(this.#tail) ? 'user' : undefined;
    if (asks === undefined || asks === this.#asked) return;
    if (asks === 'user') this.#loggedIn();
    this.#asked = asks;
    this.#answer = [];
  }

  #typed(byte: number, at: Position): void {
    if (byte === 0x08 || byte === 0x7f) this.#answer.pop();
    else if (byte !== 0x0d && byte !== 0x0a) {
      if (byte !== 0 && this.#answer.length < MAX_ANSWER) this.#answer.push(byte);
    } else if (this.#answer.length > 0) {
      const bytes = Uint8Array.from(this.#answer);
      if (this.#asked === 'user') this.#user = bytesText(bytes);
      else {
        this.#secret = { bytes, at };
        this.#verdictText = '';
      }
      this.#asked = undefined;
      this.#answer = [];
      this.#tail = '';
    }
  }

  #loggedIn(): void {
    const secret = this.#secret;
    if (!secret) return;
    this.#secret = undefined;
    const text = this.#verdictText;
    const success = REFUSED.test(text) ? false : PROMPT.test(text) ? true : undefined;
    const found = { service: 'telnet', kind: 'password', user: this.#user, secret: secret.bytes, success };
    this.#conn.credential(found, secret.at);
  }
}

const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  if (bytes[0] === IAC) {
    if (bytes.length < 3)
      return bytes.length < 2 || (bytes[1] >= SUBNEGOTIATION && bytes[1] <= DONT) ? 'more' : 'no';
    if (bytes[1] < WILL || bytes[1] > DONT || bytes[2] > 50) return 'no';
    // One negotiation could be chance; two are none.
    if (usual || bytes.length === 3) return 'yes';
    return bytes[3] === IAC || isText(bytes.subarray(3, 32)) ? 'yes' : 'no';
  }
  if (!usual || !isText(bytes)) return 'no';
  return dir === 1 &&
    (ASKS_USER.test(latin1(bytes.subarray(-TAIL))) || ASKS_SECRET.test(latin1(bytes.subarray(-TAIL))))
    ? 'yes'
    : 'more';
};

export const telnet: ProtocolParser = {
  name: 'telnet',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('\\xff'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new TelnetSession(conn),
};
