/** Siemens S7 communication over TPKT (RFC 1006) and COTP class 0 (ISO 8073): 0x32 is classic S7, 0x72 S7CommPlus. */

import { S7COMM } from '../../model/tables/s7comm.ts';
import type { Conn, Dir, ParserSession, ProtocolParser, Span, Verdict } from './contract.ts';
import { u16be } from './wire/bytes.ts';
import { type Frame, Framing, type Message } from './wire/framing.ts';
import { byteClass } from './wire/byte-class.ts';

const CLASSIC = 0x32;
const PLUS = 0x72;
const COTP_DATA = 0xf0;
const LONGEST = 1 << 13;

const ROSCTR: Readonly<Record<number, string>> = { 1: 'job', 2: 'ack', 3: 'ack_data', 7: 'user_data' };
const FUNCTIONS: Readonly<Record<number, string>> = {
  0x00: 'cpu_services',
  0x04: 'read_var',
  0x05: 'write_var',
  0x1a: 'request_download',
  0x1b: 'download_block',
  0x1c: 'download_ended',
  0x1d: 'start_upload',
  0x1e: 'upload',
  0x1f: 'end_upload',
  0x28: 'plc_control',
  0x29: 'plc_stop',
  0xf0: 'setup_communication',
};
/** Function groups of user data. */
const GROUPS: Readonly<Record<number, string>> = {
  1: 'programmer_commands',
  2: 'cyclic_data',
  3: 'block_functions',
  4: 'cpu_functions',
  5: 'security',
  7: 'time_functions',
};

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b[at] !== 3) return 'bad';
  if (b.length - at < 4) return 'more';
  const length = u16be(b, at + 2);
  return b[at + 1] !== 0 || length < 7 ? 'bad' : { length, wanted: Math.min(length, LONGEST) };
};

class S7Session implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  /** Whose magic byte was seen. */
  #named = false;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message) => this.#message(message));
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  /** A message mostly begins after a hole; the header says whether it does. */
  gap(): boolean {
    return true;
  }

  close(): void {
    // Every row was written with its message.
  }

  #message({ bytes, first, last }: Message): boolean {
    if (bytes[5] !== COTP_DATA) return true;
    const at = 5 + bytes[4];
    const magic = bytes[at];
    if (magic === undefined) return true;
    if (magic === PLUS) {
      if (!this.#named) {
        this.#conn.service('s7comm');
        this.#conn.app('S7CommPlus');
      }
      this.#named = true;
      return true;
    }
    if (magic !== CLASSIC) return this.#named;
    const kind = ROSCTR[bytes[at + 1]];
    if (kind === undefined || bytes.length < at + 10) return this.#named;
    this.#named = true;
    this.#conn.confirm();
    const answers = bytes[at + 1] === 2 || bytes[at + 1] === 3;
    const parameters = at + (answers ? 12 : 10);
    const size = u16be(bytes, at + 6);
    const code = size > 0 ? bytes[parameters] : undefined;
    const user = bytes[at + 1] === 7;
    const name = user
      ? (GROUPS[(bytes[parameters + 5] ?? 0) & 0x0f] ?? 'user_data')
      : code === undefined
        ? undefined
        : (FUNCTIONS[code] ?? `unknown-${code}`);
    const variables = !user && (code === 4 || code === 5) && size >= 2;
    this.#conn.row(
      S7COMM,
      {
        rosctr: kind,
        pdu_reference: u16be(bytes, at + 4),
        function: name,
        items: variables ? bytes[parameters + 1] : undefined,
        error_class: answers ? bytes[at + 10] : undefined,
        error_code: answers ? bytes[at + 11] : undefined,
      },
      first,
      last,
    );
    return true;
  }
}

/** COTP alone is RDP, MMS and others too: it takes the first message of S7 inside, on its port or by S7's kinds of TSAP. */
function probe(b: Uint8Array, _dir: Dir, { respP }: { readonly respP: number }): Verdict {
  if (b[0] !== 3 || (b.length > 1 && b[1] !== 0)) return 'no';
  let at = 0;
  for (let n = 0; n < 3; n++) {
    if (b.length - at < 8) return respP === 102 || b.length < 7 ? 'more' : 'no';
    const length = u16be(b, at + 2);
    if (b[at] !== 3 || length < 7) return 'no';
    if (b[at + 5] === COTP_DATA) {
      const data = at + 5 + b[at + 4];
      if (data >= b.length) return 'more';
      if (b[data] === PLUS) return 'yes';
      if (b[data] !== CLASSIC) return 'no';
      if (data + 1 >= b.length) return 'more';
      return ROSCTR[b[data + 1]] ? 'yes' : 'no';
    }
    if (b[at + 5] !== 0xe0 && b[at + 5] !== 0xd0) return 'no';
    at += length;
  }
  return 'no';
}

export const s7comm: ProtocolParser = {
  name: 's7comm',
  transport: 'tcp',
  ports: [102],
  firstBytes: byteClass('\\x03'),
  needsPort: true,
  probe,
  open: (conn) => new S7Session(conn),
};
