/** Shares, files and pipes of an SMB connection, whatever its version, and their rows. */

import { SMB_FILES, SMB_MAPPING } from '../../../model/tables/smb.ts';
import type { ChildStream, Conn, Dir, Position, RowValues } from '../contract.ts';
import { u64le } from '../wire/bytes.ts';
import { Transfer } from './transfer.ts';

export type ShareType = 'DISK' | 'PIPE' | 'PRINT';

export interface Tree {
  readonly path: string | undefined;
  readonly type: ShareType;
}

/** Times and size of a file, as a server tells them. */
export interface Facts {
  readonly size: number;
  readonly values: RowValues;
}

export interface OpenFile {
  name: string;
  readonly tree: Tree | undefined;
  readonly facts: Facts;
  readonly isPipe: boolean;
  pipe: ChildStream | undefined;
  readonly transfers: [Transfer | undefined, Transfer | undefined];
}

/** What was carried of a file, where anything was. */
export const fuidOf = ({ transfers }: OpenFile): string | undefined => (transfers[0] ?? transfers[1])?.fuid;

/** Open files, trees and rows remembered: the oldest goes when more come. */
const MAX_OPEN = 4096;
const MAX_TREES = 1024;
const MAX_RECENT = 4096;

const EPOCH = 116_444_736_000_000_000n;
/** FILETIME of the last moment of 2261. */
const LATEST = EPOCH + 92_000_000_000_000_000n;

/** FILETIME (100 ns since 1601) as nanoseconds since the epoch; undefined for "not known" and beyond. */
export const fileTime = (bytes: Uint8Array, at: number): bigint | undefined => {
  const value = u64le(bytes, at);
  return value < EPOCH || value > LATEST ? undefined : (value - EPOCH) * 100n;
};

/** Four times in the order of a response: created, accessed, modified, changed; then the size at `sizeAt`. */
export const factsAt = (bytes: Uint8Array, timesAt: number, sizeAt: number): Facts => {
  const size = Number(u64le(bytes, sizeAt) & 0xffffffffffffn);
  return {
    size,
    values: {
      size: BigInt(size),
      times_created: fileTime(bytes, timesAt),
      times_accessed: fileTime(bytes, timesAt + 8),
      times_modified: fileTime(bytes, timesAt + 16),
      times_changed: fileTime(bytes, timesAt + 24),
    },
  };
};

const UTF16 = new TextDecoder('utf-16le');
const LATIN1 = new TextDecoder('latin1');
const MAX_NAME = 4096;

export const nameText = (bytes: Uint8Array, from: number, length: number, unicode = true): string =>
  (unicode ? UTF16 : LATIN1)
    .decode(bytes.subarray(from, from + Math.min(length, MAX_NAME)))
    .replace(/\0.*$/s, '');

export class Shares {
  private readonly conn: Conn;
  private readonly trees = new Map<number, Tree>();
  private readonly files = new Map<string, OpenFile>();
  private readonly recent = new Set<string>();

  constructor(conn: Conn) {
    this.conn = conn;
  }

  connect(id: number, tree: Tree, values: RowValues, first: Position, last: Position): void {
    if (this.trees.size >= MAX_TREES) this.trees.clear();
    this.trees.set(id, tree);
    this.conn.row(SMB_MAPPING, { path: tree.path, share_type: tree.type, ...values }, first, last);
  }

  disconnect(id: number): void {
    this.trees.delete(id);
  }

  tree(id: number): Tree | undefined {
    return this.trees.get(id);
  }

  file(id: string): OpenFile | undefined {
    return this.files.get(id);
  }

  /** A file was opened; `deletes` where it goes when it is closed. */
  open(
    id: string,
    name: string,
    tree: Tree | undefined,
    facts: Facts,
    deletes: boolean,
    first: Position,
    last: Position,
  ): void {
    this.close(id);
    if (this.files.size >= MAX_OPEN) {
      const oldest = this.files.keys().next().value;
      if (oldest !== undefined) this.close(oldest);
    }
    // The share may have been connected on another channel of the session: what has no times is no file.
    const isPipe = tree ? tree.type === 'PIPE' : facts.values['times_created'] === undefined;
    const file: OpenFile = {
      name: name === '' ? '<share_root>' : name,
      tree,
      facts,
      isPipe,
      pipe: undefined,
      transfers: [undefined, undefined],
    };
    this.files.set(id, file);
    if (isPipe) return;
    this.row(file, tree?.type === 'PRINT' ? 'SMB::PRINT_OPEN' : 'SMB::FILE_OPEN', first, last);
    if (deletes) this.row(file, 'SMB::FILE_DELETE', first, last);
  }

  rename(id: string, name: string, first: Position, last: Position): void {
    const file = this.files.get(id);
    if (file === undefined) return;
    const before = file.name;
    file.name = name;
    this.row(file, 'SMB::FILE_RENAME', first, last, { prev_name: before });
  }

  remove(id: string, first: Position, last: Position): void {
    const file = this.files.get(id);
    if (file && !file.isPipe) this.row(file, 'SMB::FILE_DELETE', first, last);
  }

  /** Deleted by its name, without being opened (SMB1). */
  removeNamed(name: string, tree: Tree | undefined, first: Position, last: Position): void {
    this.rowOf('SMB::FILE_DELETE', name, tree, first, last, {});
  }

  /** Renamed by its name, without being opened (SMB1). */
  renameNamed(from: string, to: string, tree: Tree | undefined, first: Position, last: Position): void {
    this.rowOf('SMB::FILE_RENAME', to, tree, first, last, { prev_name: from });
  }

  private rowOf(
    action: string,
    name: string,
    tree: Tree | undefined,
    first: Position,
    last: Position,
    more: RowValues,
  ): void {
    if (name !== '') this.conn.row(SMB_FILES, { action, path: tree?.path, name, ...more }, first, last);
  }

  /** Content read or written, or what a pipe carried. */
  content(file: OpenFile, dir: Dir, offset: number, bytes: Uint8Array, at: Position): void {
    if (bytes.length === 0) return;
    if (file.isPipe) {
      file.pipe ??= this.conn.child('dce_rpc');
      file.pipe?.feed(bytes, dir, at);
      return;
    }
    const total = dir === 1 && file.facts.size > 0 ? file.facts.size : undefined;
    file.transfers[dir] ??= new Transfer(this.conn, dir, file.name, total, offset, at);
    file.transfers[dir].data(offset, bytes, at);
  }

  missing(file: OpenFile, dir: Dir, offset: number, count: number): void {
    if (file.isPipe) file.pipe?.gap(dir, count);
    else file.transfers[dir]?.missing(offset, count);
  }

  close(id: string): void {
    const file = this.files.get(id);
    if (file === undefined) return;
    this.files.delete(id);
    file.pipe?.close();
    for (const transfer of file.transfers) transfer?.end();
  }

  closeAll(): void {
    for (const id of [...this.files.keys()]) this.close(id);
  }

  /** The same is told once a connection, however often a client asks. */
  private row(file: OpenFile, action: string, first: Position, last: Position, more: RowValues = {}): void {
    const { values } = file.facts;
    const identity = `${action} ${file.tree?.path ?? ''} ${file.name} ${Object.values(values).join(' ')}`;
    if (this.recent.has(identity)) return;
    if (this.recent.size >= MAX_RECENT) this.recent.clear();
    this.recent.add(identity);
    this.conn.row(
      SMB_FILES,
      { fuid: fuidOf(file), action, path: file.tree?.path, name: file.name, ...values, ...more },
      first,
      last,
    );
  }
}
