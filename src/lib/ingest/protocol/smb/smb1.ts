/** SMB 1 (MS-CIFS, MS-SMB): sessions, shares, files and pipes of a chain of commands. */

import type { Conn, Dir, Position } from '../contract.ts';
import type { Authentication } from '../wire/authentication.ts';
import { u16le, u32le } from '../wire/bytes.ts';
import { bytesText } from '../wire/text.ts';
import { factsAt, nameText, type Shares } from './shares.ts';
import { ruleNumber } from '../wire/rule-number.ts';

/** Transactions of SMB 1 are numbered apart from those of SMB 2. */
const FIRST_TX = 2 ** 33;

const CLOSE = 0x04;
const TRANSACTION = 0x25;
const READ = 0x2e;
const WRITE = 0x2f;
const TREE_DISCONNECT = 0x71;
const SESSION_SETUP = 0x73;
const TREE_CONNECT = 0x75;
const CREATE = 0xa2;
/** Commands that another may follow. */
const CHAINED: ReadonlySet<number> = new Set([
  0x24,
  0x2d,
  READ,
  WRITE,
  SESSION_SETUP,
  0x74,
  TREE_CONNECT,
  CREATE,
]);
const NO_MORE = 0xff;

const REPLY = 0x80;
const UNICODE = 0x8000;
const MORE_PROCESSING = 0xc0000016;
const BUFFER_OVERFLOW = 0x80000005;
const DELETE_ON_CLOSE = 0x1000;
const TRANSACT_PIPE = 0x26;

export const HEADER = 32;
const MAX_WAITING = 2048;
const MAX_CHAIN = 16;

interface Waiting {
  readonly first: Position;
  readonly tree: number;
  readonly name?: string;
  readonly file?: number;
  readonly offset?: number;
  readonly deletes?: boolean;
}

/** One command of a chain: where its parameter words and its bytes are. */
interface Block {
  readonly command: number;
  readonly words: number;
  readonly count: number;
  readonly data: number;
  readonly end: number;
}

/** Length of a string with its end, from `at`. */
const stringEnd = (bytes: Uint8Array, at: number, end: number, unicode: boolean): number => {
  if (!unicode) {
    const zero = bytes.indexOf(0, at);
    return zero < 0 || zero > end ? end : zero;
  }
  let i = at;
  while (i + 1 < end && (bytes[i] !== 0 || bytes[i + 1] !== 0)) i += 2;
  return Math.min(i, end);
};

export class Smb1 {
  private readonly shares: Shares;
  private readonly logons: Authentication;
  private readonly conn: Conn;
  private readonly waiting = new Map<number, Waiting>();

  constructor(conn: Conn, shares: Shares, logons: Authentication) {
    this.conn = conn;
    this.shares = shares;
    this.logons = logons;
  }

  message(bytes: Uint8Array, dir: Dir, first: Position, last: Position): void {
    const reply = ((bytes[9] ?? 0) & REPLY) !== 0;
    let command = bytes[4] ?? 0;
    let at = HEADER;
    if (this.conn.listening) {
      const tx = FIRST_TX + u16le(bytes, 30);
      ruleNumber(this.conn, 'smb.version', tx, reply ? 1 : 0, 1, first);
      this.conn.tx(tx, reply ? 1 : 0, reply ? 'response' : 'request', last);
      if (reply) this.conn.tx(tx, 1, 'end', last);
    }
    for (let n = 0; n < MAX_CHAIN && at < bytes.length; n++) {
      const count = bytes[at] ?? 0;
      const data = at + 3 + count * 2;
      if (data > bytes.length) return;
      const end = Math.min(bytes.length, data + u16le(bytes, data - 2));
      const block: Block = { command, words: at + 1, count, data, end };
      if (reply) this.response(bytes, block, dir, first, last);
      else this.request(bytes, block, dir, first, last);
      if (!CHAINED.has(command) || count < 2) return;
      command = bytes[at + 1] ?? NO_MORE;
      const next = u16le(bytes, at + 3);
      // A chain that does not go on would never end.
      if (command === NO_MORE || next <= at) return;
      at = next;
    }
  }

  private key(bytes: Uint8Array, command: number): number {
    return command * 0x10000 + u16le(bytes, 30);
  }

  private wait(bytes: Uint8Array, command: number, waiting: Waiting): void {
    if (this.waiting.size >= MAX_WAITING) {
      const oldest = this.waiting.keys().next().value;
      if (oldest !== undefined) this.waiting.delete(oldest);
    }
    this.waiting.set(this.key(bytes, command), waiting);
  }

  private request(bytes: Uint8Array, block: Block, dir: Dir, first: Position, last: Position): void {
    const { command, words: w, count, data, end } = block;
    const unicode = (u16le(bytes, 10) & UNICODE) !== 0;
    const waiting = { first, tree: u16le(bytes, 24) };
    const aligned = (at: number): number => (unicode && at % 2 === 1 ? at + 1 : at);
    switch (command) {
      case SESSION_SETUP:
        if (count === 12) this.token(bytes, data, u16le(bytes, w + 14), first, last);
        break;
      case TREE_CONNECT: {
        const from = aligned(data + u16le(bytes, w + 6));
        const to = stringEnd(bytes, from, end, unicode);
        this.wait(bytes, command, { ...waiting, name: nameText(bytes, from, to - from, unicode) });
        break;
      }
      case TREE_DISCONNECT:
        this.shares.disconnect(waiting.tree);
        break;
      case CREATE: {
        const from = aligned(data);
        const name = nameText(bytes, from, Math.min(u16le(bytes, w + 5), Math.max(0, end - from)), unicode);
        this.wait(bytes, command, {
          ...waiting,
          name,
          deletes: (u32le(bytes, w + 39) & DELETE_ON_CLOSE) !== 0,
        });
        break;
      }
      case CLOSE:
        this.shares.close(String(u16le(bytes, w)));
        break;
      case READ: {
        const high = count >= 12 ? u32le(bytes, w + 20) : 0;
        this.wait(bytes, command, {
          ...waiting,
          file: u16le(bytes, w + 4),
          offset: offsetOf(u32le(bytes, w + 6), high),
        });
        break;
      }
      case WRITE: {
        const high = count >= 14 ? u32le(bytes, w + 24) : 0;
        const length = u16le(bytes, w + 18) * 0x10000 + u16le(bytes, w + 20);
        const offset = offsetOf(u32le(bytes, w + 6), high);
        this.content(bytes, u16le(bytes, w + 4), dir, offset, u16le(bytes, w + 22), length, last);
        break;
      }
      case TRANSACTION:
        if ((bytes[w + 26] ?? 0) < 2 || u16le(bytes, w + 28) !== TRANSACT_PIPE) break;
        this.wait(bytes, command, { ...waiting, file: u16le(bytes, w + 30) });
        this.content(bytes, u16le(bytes, w + 30), dir, 0, u16le(bytes, w + 24), u16le(bytes, w + 22), last);
        break;
      default:
    }
  }

  private response(bytes: Uint8Array, block: Block, dir: Dir, first: Position, last: Position): void {
    const { command, words: w, count, data, end } = block;
    const status = u32le(bytes, 5);
    const unicode = (u16le(bytes, 10) & UNICODE) !== 0;
    if (command === SESSION_SETUP) {
      const goesOn = status === 0 || status === MORE_PROCESSING;
      if (goesOn && count >= 4) this.token(bytes, data, u16le(bytes, w + 6), first, last);
      if (status !== MORE_PROCESSING) this.logons.outcome(status === 0, last);
      return;
    }
    const key = this.key(bytes, command);
    const asked = this.waiting.get(key);
    this.waiting.delete(key);
    if (asked === undefined || (status !== 0 && status !== BUFFER_OVERFLOW)) return;
    switch (command) {
      case TREE_CONNECT: {
        const serviceEnd = stringEnd(bytes, data, end, false);
        const service = bytesText(bytes, data, serviceEnd);
        const after = serviceEnd + 1;
        const from = unicode && after % 2 === 1 ? after + 1 : after;
        const system =
          from < end ? nameText(bytes, from, stringEnd(bytes, from, end, unicode) - from, unicode) : '';
        const type = service === 'IPC' ? 'PIPE' : service.startsWith('LPT') ? 'PRINT' : 'DISK';
        const values = { service, native_file_system: system || undefined };
        this.shares.connect(u16le(bytes, 24), { path: asked.name, type }, values, asked.first, last);
        break;
      }
      case CREATE: {
        if (count < 34) break;
        const facts = factsAt(bytes, w + 11, w + 55);
        const tree = this.shares.tree(asked.tree);
        this.shares.open(
          String(u16le(bytes, w + 5)),
          asked.name ?? '',
          tree,
          facts,
          asked.deletes ?? false,
          asked.first,
          last,
        );
        break;
      }
      case READ: {
        if (count < 12 || asked.file === undefined) break;
        const length = u16le(bytes, w + 14) * 0x10000 + u16le(bytes, w + 10);
        this.content(bytes, asked.file, dir, asked.offset ?? 0, u16le(bytes, w + 12), length, last);
        break;
      }
      case TRANSACTION:
        if (count < 10 || asked.file === undefined) break;
        this.content(bytes, asked.file, dir, 0, u16le(bytes, w + 14), u16le(bytes, w + 12), last);
        break;
      default:
    }
  }

  private content(
    bytes: Uint8Array,
    id: number,
    dir: Dir,
    offset: number,
    from: number,
    length: number,
    at: Position,
  ): void {
    const file = this.shares.file(String(id));
    if (file && from + length <= bytes.length)
      this.shares.content(file, dir, offset, bytes.subarray(from, from + length), at);
  }

  private token(bytes: Uint8Array, from: number, length: number, first: Position, last: Position): void {
    if (length === 0 || from + length > bytes.length) return;
    if (!this.logons.token(bytes.subarray(from, from + length), first, last))
      this.conn.weird('smb_security_blob', first);
  }
}

const offsetOf = (low: number, high: number): number => (high % 0x10000) * 0x100000000 + low;
