/** DNP3 over TCP and UDP (IEEE 1815): link frames with their checksums, transport segments, headers of application fragments. */

import { DNP3 } from '../../model/tables/dnp3.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { u16be, u16le } from './wire/bytes.ts';
import { byteClass } from './wire/byte-class.ts';
import { objectsOf } from './wire/dnp3-objects.ts';
import { ruleNumber, ruleWord } from './wire/rule-number.ts';

const PORT = 20000;
const LINK_HEADER = 10;
const BLOCK = 16;
/** Bytes that are no frame, before a session is given up. */
const MOST_LOST = 4096;

const FUNCTIONS: readonly string[] = [
  'CONFIRM',
  'READ',
  'WRITE',
  'SELECT',
  'OPERATE',
  'DIRECT_OPERATE',
  'DIRECT_OPERATE_NR',
  'IMMED_FREEZE',
  'IMMED_FREEZE_NR',
  'FREEZE_CLEAR',
  'FREEZE_CLEAR_NR',
  'FREEZE_AT_TIME',
  'FREEZE_AT_TIME_NR',
  'COLD_RESTART',
  'WARM_RESTART',
  'INITIALIZE_DATA',
  'INITIALIZE_APPL',
  'START_APPL',
  'STOP_APPL',
  'SAVE_CONFIG',
  'ENABLE_UNSOLICITED',
  'DISABLE_UNSOLICITED',
  'ASSIGN_CLASS',
  'DELAY_MEASURE',
  'RECORD_CURRENT_TIME',
  'OPEN_FILE',
  'CLOSE_FILE',
  'DELETE_FILE',
  'GET_FILE_INFO',
  'AUTHENTICATE_FILE',
  'ABORT_FILE',
  'ACTIVATE_CONFIG',
  'AUTHENTICATE_REQ',
  'AUTHENTICATE_ERR',
];
const RESPONSES: Readonly<Record<number, string>> = {
  0x81: 'RESPONSE',
  0x82: 'UNSOLICITED_RESPONSE',
  0x83: 'AUTHENTICATE_RESP',
};

const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa6bc : crc >> 1;
  return crc;
});

/** Do the two bytes after `to` hold the checksum of those from `from`? */
function sound(b: Uint8Array, from: number, to: number): boolean {
  let crc = 0;
  for (let i = from; i < to; i++) crc = (crc >> 8) ^ CRC[(crc ^ b[i]) & 0xff];
  return (~crc & 0xffff) === u16le(b, to);
}

const beginsFrame = (b: Uint8Array, at: number): boolean =>
  b[at] === 0x05 && b[at + 1] === 0x64 && b[at + 2] >= 5 && sound(b, at, at + 8);

const frameLength = (b: Uint8Array, at: number): number => {
  const user = b[at + 2] - 5;
  return LINK_HEADER + user + 2 * Math.ceil(user / BLOCK);
};

/** Longest fragment of which all is kept: IEEE 1815 asks outstations for 2,048 bytes. */
const MAX_FRAGMENT = 4_096;

/** A fragment that is being put together: its header, and what its next segment must be. */
interface Fragment {
  readonly head: Uint8Array;
  size: number;
  /** All of it, where rules look into it. */
  readonly body: number[] | undefined;
  sequence: number;
  readonly first: Position;
}

class Dnp3Session implements ParserSession {
  readonly #conn: Conn;
  readonly #fragments: [Fragment | undefined, Fragment | undefined] = [undefined, undefined];
  #request: { readonly name: string; readonly first: Position; readonly last: Position } | undefined;
  #lost = 0;
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      if (bytes.length - at < LINK_HEADER) {
        const start = bytes[at] === 0x05 && (bytes.length - at < 2 || bytes[at + 1] === 0x64);
        if (start) break;
        at = this.#skip(data, at);
      } else if (!beginsFrame(bytes, at)) at = this.#skip(data, at);
      else {
        const length = frameLength(bytes, at);
        if (bytes.length - at < length) {
          this.#conn.need(dir, length);
          break;
        }
        this.#frame(data, at, length, dir);
        at += length;
      }
      if (this.#lost > MOST_LOST) return -1;
    }
    return at;
  }

  gap(dir: Dir): boolean {
    this.#fragments[dir] = undefined;
    return true;
  }

  close(): void {
    const request = this.#request;
    if (request) this.#conn.row(DNP3, { fc_request: request.name }, request.first, request.last);
  }

  #skip(data: Span, at: number): number {
    this.#lost++;
    this.#conn.weird('dnp3_header_lacks_magic', data.at(at));
    return at + 1;
  }

  #frame(data: Span, at: number, length: number, dir: Dir): void {
    const { bytes } = data;
    this.#conn.confirm();
    const user: number[] = [];
    for (let from = at + LINK_HEADER; from < at + length;) {
      const to = Math.min(from + BLOCK, at + length - 2);
      if (!sound(bytes, from, to)) {
        this.#conn.weird('dnp3_corrupt_data_checksum', data.at(from));
        this.#fragments[dir] = undefined;
        return;
      }
      for (let i = from; i < to; i++) user.push(bytes[i]);
      from = to + 2;
    }
    if (user.length > 1) this.#segment(user, dir, data.at(at), data.at(at + length - 1));
  }

  /** A transport segment: FIN, FIR and a sequence number of six bits, then a piece of the fragment. */
  #segment(user: readonly number[], dir: Dir, first: Position, last: Position): void {
    const [header] = user;
    const sequence = header & 0x3f;
    let fragment = this.#fragments[dir];
    if (header & 0x40)
      fragment = {
        head: Uint8Array.from(user.slice(1, 5)),
        size: user.length - 1,
        body: this.#conn.listening ? user.slice(1) : undefined,
        sequence,
        first,
      };
    else if (!fragment || sequence !== ((fragment.sequence + 1) & 0x3f)) {
      this.#fragments[dir] = undefined;
      return;
    } else {
      fragment.size += user.length - 1;
      if (fragment.body && fragment.size <= MAX_FRAGMENT) fragment.body.push(...user.slice(1));
      fragment.sequence = sequence;
    }
    this.#fragments[dir] = fragment;
    if ((header & 0x80) === 0) return;
    this.#fragments[dir] = undefined;
    this.#fragment(fragment, dir, last);
  }

  /** Function code, internal indications of an answer, and the fragment without link and transport headers. */
  #tell({ head, body, first }: Fragment, dir: Dir): void {
    if (!this.#conn.listening || !body) return;
    this.#conn.buffer('dnp3.func', this.#tx, dir, Buffer.from(`function=${head[1]}`), first);
    if (head[1] >= 0x80) ruleNumber(this.#conn, 'dnp3.ind', this.#tx, dir, u16be(head, 2), first);
    const whole = Uint8Array.from(body);
    this.#conn.buffer('dnp3.data', this.#tx, dir, whole, first);
    for (const { group, variation } of objectsOf(whole))
      ruleWord(this.#conn, 'dnp3.obj', this.#tx, dir, `group=${group} variation=${variation}`, first);
  }

  #fragment(fragment: Fragment, dir: Dir, last: Position): void {
    const { head, first } = fragment;
    if (head.length < 2) return;
    const [, code] = head;
    if (code < 0x80) {
      const name = FUNCTIONS[code] ?? `unknown-${code}`;
      // A request that was not answered stays until the next response; another request takes its place.
      this.#request = { name, first, last };
      this.#tx++;
      this.#tell(fragment, dir);
      if (this.#conn.listening) this.#conn.tx(this.#tx, dir, 'request', last);
      return;
    }
    if (head.length < 4) return;
    const request = this.#request;
    this.#request = undefined;
    this.#conn.row(
      DNP3,
      { fc_request: request?.name, fc_reply: RESPONSES[code] ?? `unknown-${code}`, iin: u16be(head, 2) },
      request?.first ?? first,
      last,
    );
    this.#tell(fragment, dir);
    if (this.#conn.listening) this.#conn.tx(this.#tx, dir, 'end', last);
  }
}

function probe(b: Uint8Array): Verdict {
  if (b[0] !== 0x05 || (b.length > 1 && b[1] !== 0x64)) return 'no';
  if (b.length < LINK_HEADER) return 'more';
  return beginsFrame(b, 0) ? 'yes' : 'no';
}

const over = (name: string, transport: 'tcp' | 'udp'): ProtocolParser => ({
  name,
  transport,
  ports: [PORT],
  firstBytes: byteClass('\\x05'),
  probe,
  open: (conn) => new Dnp3Session(conn),
});

export const dnp3Tcp = over('dnp3_tcp', 'tcp');
export const dnp3Udp = over('dnp3_udp', 'udp');
