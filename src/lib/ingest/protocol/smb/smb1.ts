/** SMB 1 (MS-CIFS, MS-SMB): sessions, shares, files and pipes of a chain of commands. */

import type { Conn, Dir, Position } from '../contract.ts';
import type { Authentication } from '../wire/authentication.ts';
import { u16le, u32le } from '../wire/bytes.ts';
import { bytesText } from '../wire/text.ts';
import { smb1Command, tellCommand, transaction2 } from './commands.ts';
import { factsAt, nameText, type Shares } from './shares.ts';
import {
  aligned,
  type Block,
  DELETE,
  NT_RENAME,
  OPEN,
  OPEN_ANDX,
  pathsOf,
  RENAME,
  stringEnd,
  TRANSACTION2,
} from './smb1-paths.ts';
import { ruleNumber } from '../wire/rule-number.ts';
import { tellAccount, tellTree } from './rule-fields.ts';

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
  OPEN_ANDX,
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
  /** Where a file is moved to. */
  readonly to?: string | undefined;
  readonly subCommand?: string | undefined;
}

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
      if (command === NO_MORE) return;
      // A chain that does not go on would never end.
      if (next <= at) {
        this.conn.weird('smb_andx_offset_not_advancing', first);
        return;
      }
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
    const [path, to] = pathsOf(bytes, block, unicode);
    const subCommand =
      command === TRANSACTION2 && count >= 15 ? transaction2(u16le(bytes, w + 28)) : undefined;
    this.wait(bytes, command, {
      ...waiting,
      ...(path === undefined ? undefined : { name: path, to }),
      subCommand,
    });
    switch (command) {
      case SESSION_SETUP:
        if (count === 12) this.token(bytes, data, u16le(bytes, w + 14), first, last);
        tellAccount(this.conn, this.logons, FIRST_TX + u16le(bytes, 30), first);
        break;
      case TREE_CONNECT: {
        const from = aligned(data + u16le(bytes, w + 6), unicode);
        const to = stringEnd(bytes, from, end, unicode);
        const name = nameText(bytes, from, to - from, unicode);
        this.wait(bytes, command, { ...waiting, name });
        if (this.conn.listening) tellTree(this.conn, name, FIRST_TX + u16le(bytes, 30), 0, first);
        break;
      }
      case TREE_DISCONNECT:
        this.shares.disconnect(waiting.tree);
        break;
      case CREATE: {
        const from = aligned(data, unicode);
        const name = nameText(bytes, from, Math.min(u16le(bytes, w + 5), Math.max(0, end - from)), unicode);
        this.wait(bytes, command, {
          ...waiting,
          name,
          deletes: (u32le(bytes, w + 39) & DELETE_ON_CLOSE) !== 0,
        });
        if (this.conn.listening)
          this.conn.buffer(
            'smb.filename',
            FIRST_TX + u16le(bytes, 30),
            0,
            new TextEncoder().encode(name),
            first,
          );
        break;
      }
      case CLOSE: {
        const id = String(u16le(bytes, w));
        this.wait(bytes, command, { ...waiting, name: this.shares.file(id)?.name ?? '' });
        this.shares.close(id);
        break;
      }
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
        this.wait(bytes, command, { ...waiting, file: u16le(bytes, w + 4) });
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
    const key = this.key(bytes, command);
    const asked = this.waiting.get(key);
    this.waiting.delete(key);
    if (asked !== undefined) this.tellExchange(command, asked, status, last);
    if (command === SESSION_SETUP) {
      const goesOn = status === 0 || status === MORE_PROCESSING;
      if (goesOn && count >= 4) this.token(bytes, data, u16le(bytes, w + 6), first, last);
      if (status !== MORE_PROCESSING) this.logons.outcome(status === 0, last);
      return;
    }
    if (asked === undefined || (status !== 0 && status !== BUFFER_OVERFLOW)) return;
    switch (command) {
      case TREE_CONNECT: {
        if (this.conn.listening) tellTree(this.conn, asked.name ?? '', FIRST_TX + u16le(bytes, 30), 1, first);
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
      case OPEN:
      case OPEN_ANDX:
        this.opened(bytes, block, asked, last);
        break;
      case DELETE:
        this.shares.removeNamed(asked.name ?? '', this.shares.tree(asked.tree), asked.first, last);
        break;
      case RENAME:
      case NT_RENAME:
        this.shares.renameNamed(
          asked.name ?? '',
          asked.to ?? '',
          this.shares.tree(asked.tree),
          asked.first,
          last,
        );
        break;
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

  private tellExchange(command: number, asked: Waiting, status: number, last: Position): void {
    const opened = asked.file === undefined ? undefined : this.shares.file(String(asked.file));
    tellCommand(this.conn, {
      version: 'SMB1',
      command: smb1Command(command),
      subCommand: asked.subCommand,
      argument: asked.name ?? opened?.name,
      status,
      file: opened,
      tree: this.shares.tree(asked.tree),
      first: asked.first,
      last,
    });
  }

  /** The answer to the older ways of opening a file: they tell its size and when it was written, in seconds. */
  private opened(
    bytes: Uint8Array,
    { command, words: w, count }: Block,
    asked: Waiting,
    last: Position,
  ): void {
    const at = command === OPEN_ANDX ? w + 4 : w;
    if (count < (command === OPEN_ANDX ? 7 : 6)) return;
    const size = u32le(bytes, at + 8);
    const written = u32le(bytes, at + 4);
    const facts = {
      size,
      values: {
        size,
        times_modified: written === 0 ? undefined : BigInt(written) * 1_000_000_000n,
      },
    };
    const tree = this.shares.tree(asked.tree);
    this.shares.open(String(u16le(bytes, at)), asked.name ?? '', tree, facts, false, asked.first, last);
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
