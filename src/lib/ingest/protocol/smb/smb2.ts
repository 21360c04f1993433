/** SMB 2 and 3 (MS-SMB2 §2.2): commands of one message, compounded or not. */

import type { Conn, Dir, Position } from '../contract.ts';
import type { Authentication } from '../wire/authentication.ts';
import { hexOf, u16le, u32le, u64le } from '../wire/bytes.ts';
import { smb2Command, tellCommand } from './commands.ts';
import { factsAt, nameText, type OpenFile, type Shares, type ShareType } from './shares.ts';
import { ruleNumber } from '../wire/rule-number.ts';
import { tellAccount, tellTree } from './rule-fields.ts';

/** SMB 1's first transaction, as smb1.ts numbers it. */
const SMB1_NEGOTIATION = 2 ** 33;
const STATUS_PENDING = 0x103;

const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const TREE_CONNECT = 3;
const TREE_DISCONNECT = 4;
const CREATE = 5;
const CLOSE = 6;
export const READ = 8;
export const WRITE = 9;
const IOCTL = 11;
const CANCEL = 12;
const SET_INFO = 17;

const RESPONSE = 1;
const ASYNC = 2;
const RELATED = 4;

const PENDING = 0x103;
const BUFFER_OVERFLOW = 0x80000005;
const MORE_PROCESSING = 0xc0000016;

const DELETE_ON_CLOSE = 0x1000;
const PIPE_TRANSCEIVE = 0x0011c017;
const RENAME = 10;
const DISPOSITION = 13;
const DISPOSITION_EX = 64;

export const HEADER = 64;
const MAX_WAITING = 4096;
const MAX_COMPOUND = 256;

const SHARES: Readonly<Record<number, ShareType>> = { 1: 'DISK', 2: 'PIPE', 3: 'PRINT' };

interface Waiting {
  readonly command: number;
  readonly tree: number;
  readonly first: Position;
  /** The path of a share or the name of a file. */
  readonly name?: string;
  readonly file?: string;
  readonly offset?: number;
  readonly deletes?: boolean;
  readonly rename?: string;
}

/** Where content lies in a READ response or WRITE request: offsets into the message. */
export interface Content {
  readonly file: OpenFile;
  readonly offset: number;
  readonly from: number;
  readonly length: number;
}

/** Tree connects without an answer that are remembered for rules. */
const MAX_SHARES_ASKED = 64;

export class Smb2 {
  private readonly conn: Conn;
  private readonly shares: Shares;
  private readonly logons: Authentication;
  private readonly waiting = new Map<bigint, Waiting>();
  /** Shares asked for and not answered yet, by transaction. */
  private readonly sharesAsked = new Map<number, string>();
  private relatedFile = '';
  private relatedTree = 0;

  constructor(conn: Conn, shares: Shares, logons: Authentication) {
    this.conn = conn;
    this.shares = shares;
    this.logons = logons;
  }

  /**
   * Commands of one message. Of the last one the content may be missing from `bytes`: then where it lies is the answer, and whoever
   * has it hands it on.
   */
  message(bytes: Uint8Array, dir: Dir, first: Position, last: Position): Content | undefined {
    let at = 0;
    let content: Content | undefined;
    for (let n = 0; n < MAX_COMPOUND && at + HEADER <= bytes.length; n++) {
      const next = u32le(bytes, at + 20);
      const whole =
        next === 0 || at + next > bytes.length ? bytes.subarray(at) : bytes.subarray(at, at + next);
      const found = this.command(whole, n === 0, first, last);
      if (found) {
        const held = whole.subarray(
          Math.min(found.from, whole.length),
          Math.min(found.from + found.length, whole.length),
        );
        if (held.length === found.length) this.shares.content(found.file, dir, found.offset, held, last);
        else content = { ...found, from: found.from + at };
      }
      if (next < HEADER || at + next > bytes.length) break;
      at += next;
    }
    return content;
  }

  private command(bytes: Uint8Array, isFirst: boolean, first: Position, last: Position): Content | undefined {
    const flags = u32le(bytes, 16);
    const command = u16le(bytes, 12);
    const status = u32le(bytes, 8);
    const id = u64le(bytes, 24);
    if (this.conn.listening)
      this.listen(bytes, (flags & RESPONSE) !== 0 ? 1 : 0, command, Number(id & 0xffffffffn), first, last);
    if ((flags & RESPONSE) !== 0) {
      const tree = (flags & ASYNC) === 0 ? u32le(bytes, 36) : undefined;
      return this.response(bytes, command, status, id, tree, first, last);
    }
    if (isFirst || (flags & RELATED) === 0) {
      this.relatedTree = u32le(bytes, 36);
      this.relatedFile = '';
    }
    return this.request(bytes, command, id, first, last);
  }

  private fileAt(bytes: Uint8Array, at: number): string {
    const id = hexOf(bytes.subarray(at, at + 16));
    if (!/^f{32}$/.test(id)) this.relatedFile = id;
    return this.relatedFile;
  }

  private wait(id: bigint, waiting: Waiting): void {
    if (this.waiting.size >= MAX_WAITING) {
      const oldest = this.waiting.keys().next().value;
      if (oldest !== undefined) this.waiting.delete(oldest);
    }
    this.waiting.set(id, waiting);
  }

  private request(
    bytes: Uint8Array,
    command: number,
    id: bigint,
    first: Position,
    last: Position,
  ): Content | undefined {
    const b = HEADER;
    const waiting = { command, tree: this.relatedTree, first };
    if (command !== CANCEL) this.wait(id, waiting);
    switch (command) {
      case SESSION_SETUP:
        this.token(bytes, u16le(bytes, b + 12), u16le(bytes, b + 14), first, last);
        tellAccount(this.conn, this.logons, Number(id & 0xffffffffn), first);
        break;
      case TREE_CONNECT:
        this.wait(id, { ...waiting, name: nameText(bytes, u16le(bytes, b + 4), u16le(bytes, b + 6)) });
        break;
      case CREATE: {
        const length = u16le(bytes, b + 46);
        const name = length === 0 ? '' : nameText(bytes, u16le(bytes, b + 44), length);
        this.wait(id, { ...waiting, name, deletes: (u32le(bytes, b + 40) & DELETE_ON_CLOSE) !== 0 });
        if (this.conn.listening) this.tell('smb.filename', name, Number(id & 0xffffffffn), first);
        break;
      }
      case CLOSE:
        this.wait(id, { ...waiting, file: this.fileAt(bytes, b + 8) });
        break;
      case READ:
        this.wait(id, { ...waiting, file: this.fileAt(bytes, b + 16), offset: offsetAt(bytes, b + 8) });
        break;
      case WRITE: {
        const written = this.fileAt(bytes, b + 16);
        this.wait(id, { ...waiting, file: written });
        const file = this.shares.file(written);
        const offset = offsetAt(bytes, b + 8);
        return file && { file, offset, from: u16le(bytes, b + 2), length: u32le(bytes, b + 4) };
      }
      case IOCTL: {
        if (u32le(bytes, b + 4) !== PIPE_TRANSCEIVE) break;
        const id16 = this.fileAt(bytes, b + 8);
        this.wait(id, { ...waiting, file: id16 });
        const file = this.shares.file(id16);
        return file && { file, offset: 0, from: u32le(bytes, b + 24), length: u32le(bytes, b + 28) };
      }
      case SET_INFO:
        this.setInfo(bytes, id, waiting);
        break;
      default:
    }
    return undefined;
  }

  private setInfo(bytes: Uint8Array, id: bigint, waiting: Waiting): void {
    const b = HEADER;
    const kind = bytes[b + 3] ?? 0;
    const from = u16le(bytes, b + 8);
    const file = this.fileAt(bytes, b + 16);
    // Information about the file, not about security or quotas.
    if (bytes[b + 2] !== 1) return;
    if (kind === RENAME)
      this.wait(id, { ...waiting, file, rename: nameText(bytes, from + 20, u32le(bytes, from + 16)) });
    else if ((kind === DISPOSITION || kind === DISPOSITION_EX) && ((bytes[from] ?? 0) & 1) === 1)
      this.wait(id, { ...waiting, file, deletes: true });
  }

  private response(
    bytes: Uint8Array,
    command: number,
    status: number,
    id: bigint,
    tree: number | undefined,
    first: Position,
    last: Position,
  ): Content | undefined {
    if (status === PENDING) return undefined;
    const b = HEADER;
    const asked = this.waiting.get(id);
    this.waiting.delete(id);
    if (asked?.command === command) this.tellExchange(asked, status, last);
    if (command === NEGOTIATE && status === 0) {
      this.token(bytes, u16le(bytes, b + 56), u16le(bytes, b + 58), first, last);
      return undefined;
    }
    if (command === SESSION_SETUP) {
      if (status === 0 || status === MORE_PROCESSING)
        this.token(bytes, u16le(bytes, b + 4), u16le(bytes, b + 6), first, last);
      if (status !== MORE_PROCESSING) this.logons.outcome(status === 0, last);
      return undefined;
    }
    if (asked?.command !== command || (status !== 0 && status !== BUFFER_OVERFLOW)) return undefined;
    return this.answered(bytes, asked, tree, last);
  }

  private tellExchange(
    { command, name, rename, file, tree, first }: Waiting,
    status: number,
    last: Position,
  ): void {
    const opened = file === undefined ? undefined : this.shares.file(file);
    tellCommand(this.conn, {
      version: 'SMB2',
      command: smb2Command(command),
      argument: name ?? opened?.name ?? rename,
      status,
      file: opened,
      tree: this.shares.tree(tree),
      first,
      last,
    });
  }

  private answered(
    bytes: Uint8Array,
    asked: Waiting,
    tree: number | undefined,
    last: Position,
  ): Content | undefined {
    const b = HEADER;
    const { command, file = '', first } = asked;
    switch (command) {
      case TREE_CONNECT:
        if (tree !== undefined)
          this.shares.connect(
            tree,
            { path: asked.name, type: SHARES[bytes[b + 2] ?? 0] ?? 'DISK' },
            {},
            first,
            last,
          );
        break;
      case TREE_DISCONNECT:
        this.shares.disconnect(asked.tree);
        break;
      case CREATE: {
        if (bytes.length < b + 80) break;
        const opened = this.fileAt(bytes, b + 64);
        const where = this.shares.tree(asked.tree);
        this.shares.open(
          opened,
          asked.name ?? '',
          where,
          factsAt(bytes, b + 8, b + 48),
          asked.deletes ?? false,
          first,
          last,
        );
        break;
      }
      case CLOSE:
        this.shares.close(file);
        break;
      case READ: {
        const open = this.shares.file(file);
        return (
          open && {
            file: open,
            offset: asked.offset ?? 0,
            from: bytes[b + 2] ?? 0,
            length: u32le(bytes, b + 4),
          }
        );
      }
      case IOCTL: {
        const open = this.shares.file(file);
        return open && { file: open, offset: 0, from: u32le(bytes, b + 32), length: u32le(bytes, b + 36) };
      }
      case SET_INFO:
        if (asked.rename !== undefined) this.shares.rename(file, asked.rename, first, last);
        else this.shares.remove(file, first, last);
        break;
      default:
    }
    return undefined;
  }

  private token(bytes: Uint8Array, from: number, length: number, first: Position, last: Position): void {
    if (length > 0 && from + length <= bytes.length)
      this.logons.token(bytes.subarray(from, from + length), first, last);
  }

  private asked = false;

  private listen(
    bytes: Uint8Array,
    dir: 0 | 1,
    command: number,
    tx: number,
    first: Position,
    last: Position,
  ): void {
    if (dir === 0) this.asked = true;
    // What answers SMB 1's negotiation belongs to it; an answer that says "later" is none yet.
    if (!this.asked) {
      ruleNumber(this.conn, 'smb.version', SMB1_NEGOTIATION, 1, 1, first);
      this.conn.tx(SMB1_NEGOTIATION, 1, 'response', last);
      return;
    }
    if (dir === 1 && u32le(bytes, 8) === STATUS_PENDING) return;
    ruleNumber(this.conn, 'smb.version', tx, dir, 2, first);
    if (command === TREE_CONNECT) this.tellShare(bytes, dir, tx, first);
    this.conn.tx(tx, dir, dir === 0 ? 'request' : 'response', last);
    if (dir === 1) this.conn.tx(tx, dir, 'end', last);
  }

  private tell(name: string, text: string, tx: number, at: Position): void {
    this.conn.buffer(name, tx, 0, new TextEncoder().encode(text), at);
  }

  /** The share is the transaction's: rules may look for it on the answer too, which does not repeat it. */
  private tellShare(bytes: Uint8Array, dir: Dir, tx: number, at: Position): void {
    const name =
      dir === 0
        ? nameText(bytes, u16le(bytes, HEADER + 4), u16le(bytes, HEADER + 6))
        : this.sharesAsked.get(tx);
    if (dir === 1) this.sharesAsked.delete(tx);
    if (name === undefined) return;
    if (dir === 0 && this.sharesAsked.size < MAX_SHARES_ASKED) this.sharesAsked.set(tx, name);
    tellTree(this.conn, name, tx, dir, at);
  }
}

const offsetAt = (bytes: Uint8Array, at: number): number => Number(u64le(bytes, at) & 0xffffffffffffn);
