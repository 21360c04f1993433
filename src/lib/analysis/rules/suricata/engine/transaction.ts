/** A transaction of an application protocol, as its parser tells it: buffers, numbers, events, and how far each side has come. */

import type { Dir, Position } from '../../../../model/content.ts';

export interface BufferInstance {
  readonly dir: Dir;
  bytes: Uint8Array;
  /** The frame that completed it so far. */
  at: Position;
  /** The file that these bytes are of, where they are. */
  readonly file: string | undefined;
  /** Nothing of it comes any more. */
  isWhole: boolean;
}

/** Buffers that come in pieces and are one. */
const IN_PIECES = new Set(['file.data', 'http.request_body', 'http.response_body', 'dcerpc.stub_data']);
/** Bytes of one buffer that are kept. */
const MAX_BUFFER = 128 * 1024;
/** Instances of one buffer in one transaction. */
const MAX_INSTANCES = 1_024;

/** DNS by other means, which rules do not call dns. */
const ALIASES = ['mdns', 'llmnr'];

/** Protocols whose transactions are asked once, whichever side sent what. */
const ONE_SIDED = new Set(['mqtt']);

export class Transaction {
  readonly protocol: string;
  readonly id: number;
  readonly buffers = new Map<string, BufferInstance[]>();
  /** By direction: its side is whole. */
  readonly isWhole: [boolean, boolean] = [false, false];
  isOver = false;
  /** It stands for a carried file that its parser names no transaction for: rules of files alone are asked. */
  isFile = false;
  /** By direction: something new since it was inspected last. */
  readonly isFresh: [boolean, boolean] = [false, false];
  /** The frame of the newest of each direction. */
  readonly last: [Position | undefined, Position | undefined] = [undefined, undefined];
  /** Rules that fired: 2 × their number, + 1 to the client. */
  readonly fired = new Set<number>();
  /** Rules whose literals were found, by direction. */
  readonly candidates: readonly [Set<number>, Set<number>] = [new Set(), new Set()];
  /** Buffers that were searched for literals: so many of each name. */
  readonly searched = new Map<string, number>();
  /** Asked as a whole, not side by side. */
  get isOneSided(): boolean {
    return ONE_SIDED.has(this.protocol);
  }

  readonly bits = new Set<string>();

  constructor(protocol: string, id: number) {
    this.protocol = protocol;
    this.id = id;
  }

  /** The protocol's name for rules, where one parser reads several that rules tell apart. */
  alias: string | undefined;

  add(name: string, dir: Dir, bytes: Uint8Array, at: Position, file?: string): void {
    let list = this.buffers.get(name);
    if (!list) this.buffers.set(name, (list = []));
    this.isFresh[dir] = true;
    this.last[dir] = at;
    this.alias ??= ALIASES.find((alias) => name.startsWith(`${alias}.`));
    if (IN_PIECES.has(name)) {
      const open = list.find((one) => one.dir === dir && one.file === file && !one.isWhole);
      if (open) {
        if (open.bytes.length < MAX_BUFFER) {
          open.bytes = Buffer.concat([open.bytes, bytes.subarray(0, MAX_BUFFER - open.bytes.length)]);
          open.at = at;
          this.searched.delete(name);
        }
        return;
      }
    }
    if (list.length >= MAX_INSTANCES) return;
    list.push({ dir, bytes: bytes.slice(0, MAX_BUFFER), at, file, isWhole: !IN_PIECES.has(name) });
  }

  /** The file's bytes have all come. */
  endFile(file: string, dir: Dir): void {
    for (const one of this.buffers.get('file.data') ?? []) if (one.file === file) one.isWhole = true;
    this.isFresh[dir] = true;
  }

  whole(dir: Dir, at: Position): void {
    this.isWhole[dir] = true;
    this.isFresh[dir] = true;
    this.last[dir] = at;
    for (const list of this.buffers.values()) for (const one of list) if (one.dir === dir) one.isWhole = true;
  }

  /** The connection is over: what came is all that comes. */
  close(dir: Dir): void {
    if (this.buffers.size === 0) return;
    this.isWhole[dir] = true;
    this.isFresh[dir] = true;
    for (const list of this.buffers.values()) for (const one of list) if (one.dir === dir) one.isWhole = true;
  }
}
