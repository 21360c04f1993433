/** Modbus/TCP (Modbus Application Protocol Specification V1.1b3; Modbus Messaging on TCP/IP V1.0b). */

import { MODBUS } from '../../model/tables/modbus.ts';
import type { Conn, ConnFacts, Dir, ParserSession, ProtocolParser, Span, Verdict } from './contract.ts';
import { ruleEvent } from './wire/rule-number.ts';
import { u16be } from './wire/bytes.ts';
import { type Frame, Framing, type Message } from './wire/framing.ts';

const PORT = 502;
const HEADER = 6;
/** Unit identifier and PDU. */
const LONGEST = 260;

const FUNCTIONS: Readonly<Record<number, string>> = {
  0x01: 'READ_COILS',
  0x02: 'READ_DISCRETE_INPUTS',
  0x03: 'READ_HOLDING_REGISTERS',
  0x04: 'READ_INPUT_REGISTERS',
  0x05: 'WRITE_SINGLE_COIL',
  0x06: 'WRITE_SINGLE_REGISTER',
  0x07: 'READ_EXCEPTION_STATUS',
  0x08: 'DIAGNOSTICS',
  0x09: 'PROGRAM_484',
  0x0a: 'POLL_484',
  0x0b: 'GET_COMM_EVENT_COUNTER',
  0x0c: 'GET_COMM_EVENT_LOG',
  0x0d: 'PROGRAM_584_984',
  0x0e: 'POLL_584_984',
  0x0f: 'WRITE_MULTIPLE_COILS',
  0x10: 'WRITE_MULTIPLE_REGISTERS',
  0x11: 'REPORT_SLAVE_ID',
  0x12: 'PROGRAM_884_U84',
  0x13: 'RESET_COMM_LINK_884_U84',
  0x14: 'READ_FILE_RECORD',
  0x15: 'WRITE_FILE_RECORD',
  0x16: 'MASK_WRITE_REGISTER',
  0x17: 'READ_WRITE_MULTIPLE_REGISTERS',
  0x18: 'READ_FIFO_QUEUE',
  0x28: 'PROGRAM_CONCEPT',
  0x29: 'MULTIPLE_FUNCTION_CODES',
  0x2b: 'ENCAP_INTERFACE_TRANSPORT',
  0x5a: 'PROGRAM_UNITY',
  0x5b: 'OBJECT_MESSAGING',
  0x7d: 'FIRMWARE_REPLACEMENT',
  0x7e: 'PROGRAM_584_984_2',
  0x7f: 'REPORT_LOCAL_ADDRESS',
};

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'ILLEGAL_FUNCTION',
  2: 'ILLEGAL_DATA_ADDRESS',
  3: 'ILLEGAL_DATA_VALUE',
  4: 'SLAVE_DEVICE_FAILURE',
  5: 'ACKNOWLEDGE',
  6: 'SLAVE_DEVICE_BUSY',
  8: 'MEMORY_PARITY_ERROR',
  10: 'GATEWAY_PATH_UNAVAILABLE',
  11: 'GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND',
};

const EXCEPTION = 0x80;
const MOST_ASKED = 4_096;
/** Schneider's own protocol, carried as one function. */
const UMAS = 0x5a;

function functionName(code: number): string {
  const known = FUNCTIONS[code & ~EXCEPTION];
  if (known === undefined) return `unknown-${code}`;
  return code & EXCEPTION ? `${known}_EXCEPTION` : known;
}

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b.length - at < HEADER) return 'more';
  const length = u16be(b, at + 4);
  if (u16be(b, at + 2) !== 0 || length > LONGEST) return 'bad';
  return { length: HEADER + length, wanted: HEADER + length };
};

class ModbusSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  /** Seen from the middle, the client may be taken for the responder. */
  readonly #server: Dir;
  #tx = 0;
  /** Numbers of requests that wait, where rules listen. */
  readonly #asked = new Set<number>();

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#server = serverOf(conn.facts);
    this.#framing = new Framing(conn, frameOf, (message, dir) => this.#message(message, dir), true);
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  /** What follows a hole mostly begins a message; the header says whether it does. */
  gap(): boolean {
    return true;
  }

  close(): void {
    // Every row was written with its message.
  }

  #eventsOf(code: number, bytes: Uint8Array, isAnswer: boolean): readonly string[] {
    const found: string[] = [];
    const id = u16be(bytes, 0);
    if (isAnswer && !this.#asked.delete(id)) found.push('unsolicited_response');
    if (!isAnswer && this.#asked.size < MOST_ASKED) this.#asked.add(id);
    if (code === 0 || (!isAnswer && (code & EXCEPTION) !== 0)) found.push('invalid_function_code');
    if (isAnswer && (code & EXCEPTION) !== 0 && EXCEPTIONS[bytes[8]] === undefined)
      found.push('invalid_exception_code');
    return found;
  }

  #message({ bytes, first, last }: Message, dir: Dir): boolean {
    if (bytes.length < HEADER + 2) return true;
    this.#conn.confirm();
    const code = bytes[7];
    if (code === UMAS) this.#conn.app('UMAS');
    const refused = (code & EXCEPTION) !== 0;
    // The high bit is a server's: a request with it has no meaning.
    if (refused && dir !== this.#server) return true;
    const exception = refused ? (EXCEPTIONS[bytes[8]] ?? `unknown-${bytes[8] ?? 0}`) : undefined;
    const pdu_type = dir === this.#server ? 'RESP' : 'REQ';
    this.#conn.row(
      MODBUS,
      { tid: u16be(bytes, 0), unit: bytes[6], func: functionName(code), pdu_type, exception },
      first,
      last,
    );
    if (this.#conn.listening) {
      const isAnswer = dir === this.#server;
      if (!isAnswer) this.#tx++;
      for (const event of this.#eventsOf(code, bytes, isAnswer))
        ruleEvent(this.#conn, `modbus.${event}`, this.#tx, dir, first);
      this.#conn.buffer('modbus', this.#tx, dir, bytes.slice(), first);
      this.#conn.buffer('frame:modbus.pdu', this.#tx, dir, bytes, first);
      this.#conn.tx(this.#tx, dir, dir === this.#server ? 'end' : 'request', last);
    }
    return true;
  }
}

const serverOf = ({ origP, respP }: ConnFacts): Dir => (origP === PORT && respP !== PORT ? 0 : 1);

/** The function and the length agree, where the specification fixes it. */
function fits(b: Uint8Array, response: boolean): boolean {
  const code = b[7];
  const length = u16be(b, 4);
  if (code & EXCEPTION) return response && length === 3;
  if (FUNCTIONS[code] === undefined) return false;
  if (!response && code <= 6) return length === 6;
  if (response && code <= 4) return b.length < 9 || length === 3 + b[8];
  return true;
}

function probe(b: Uint8Array, dir: Dir, facts: ConnFacts): Verdict {
  if (b.length < 8) return b.length < 5 || b[4] <= 1 ? 'more' : 'no';
  const length = u16be(b, 4);
  const usual = facts.respP === PORT || facts.origP === PORT;
  // On its port a length that fits the segment is enough: the first message may be a broken one.
  if (usual && b.length === HEADER + length) return 'yes';
  if (u16be(b, 2) !== 0 || length > LONGEST) return 'no';
  if (usual) return 'yes';
  // Elsewhere the whole first message has to be there, and to make sense.
  if (length < 2 || !fits(b, dir === 1)) return 'no';
  if (b.length < HEADER + length) return 'more';
  return b.length === HEADER + length || u16be(b, HEADER + length + 2) === 0 ? 'yes' : 'no';
}

export const modbus: ProtocolParser = {
  name: 'modbus',
  transport: 'tcp',
  ports: [PORT],
  needsPort: true,
  probe,
  open: (conn) => new ModbusSession(conn),
};
