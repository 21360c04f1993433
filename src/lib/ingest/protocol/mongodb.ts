/** MongoDB's wire protocol: recognised by the headers of its messages, not read. */

import type { Conn, ParserSession, ProtocolParser, Verdict } from './contract.ts';
import { u32le } from './wire/bytes.ts';

const HEADER = 16;
/** maxMessageSizeBytes of its servers. */
const LONGEST = 48_000_000;
const OP_REPLY = 1;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;
/** Requests of old clients: OP_UPDATE to OP_KILL_CURSORS, OP_COMMAND. */
const REQUESTS: ReadonlySet<number> = new Set([
  2001,
  2002,
  2004,
  2005,
  2006,
  2007,
  2010,
  OP_COMPRESSED,
  OP_MSG,
]);
const ANSWERS: ReadonlySet<number> = new Set([OP_REPLY, 2011, OP_COMPRESSED, OP_MSG]);
/** Checksum present, more to come, exhaust allowed. */
const FLAGS = 0x10003;

class MongoSession implements ParserSession {
  constructor(conn: Conn) {
    conn.confirm();
    conn.ignoreRest();
  }

  parse(): number {
    return 0;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    // Nothing is written.
  }
}

const probe = (bytes: Uint8Array, asked: boolean): Verdict => {
  if (bytes.length < 4) return 'more';
  const length = u32le(bytes, 0);
  if (length < HEADER + 5 || length > LONGEST) return 'no';
  if (bytes.length < HEADER + 4) return 'more';
  const code = u32le(bytes, 12);
  if (asked && u32le(bytes, 8) !== 0) return 'no';
  if (!(asked ? REQUESTS : ANSWERS).has(code)) return 'no';
  return code === OP_MSG && (u32le(bytes, HEADER) & ~FLAGS) !== 0 ? 'no' : 'yes';
};

export const mongodb: ProtocolParser = {
  name: 'mongodb',
  transport: 'tcp',
  ports: [27_017],
  probe: (bytes, dir) => probe(bytes, dir === 0),
  open: (conn) => new MongoSession(conn),
};
