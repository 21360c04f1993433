/**
 * One file carried by a connection: counted, recognised and hashed as it passes. Nothing of it is kept, but for an archive until it ends:
 * its members are files of their own.
 */

import type { Table } from '../../model/tables.ts';
import { FILES } from '../../model/tables/files.ts';
import { PE } from '../../model/tables/pe.ts';
import type { FileMeta, FileSink, Position, RowValues } from '../../model/content.ts';
import { fileId } from '../../model/file-id.ts';
import { FileBytes, type HashElsewhere } from './file-bytes.ts';
import { mimeTypeOf } from './mime-type.ts';
import { executableFacts } from './portable-executable.ts';
import { ZipArchive } from './zip-members.ts';

/** Bytes from which the type is told. */
const HEAD_BYTES = 4_096;
const EXECUTABLE = 'application/x-dosexec';
const ALGORITHMS = ['md5', 'sha1', 'sha256'] as const;

export type FileHashes = readonly (typeof ALGORITHMS)[number][];

export const ALL_HASHES: FileHashes = ALGORITHMS;

/** Takes the bytes of one file as they pass; `sha256` undefined at the end says that some are missing. */
export interface FileCopy {
  /** `bytes` are lent. */
  data(bytes: Uint8Array, at: Position): void;
  end(sha256: string | undefined): void;
}

/** Writes a record of the connection that carries the file. */
export type WriteRow = (table: Table, values: RowValues, first: Position, last: Position) => void;

/** Four bytes with which a member begins: an archive that begins otherwise is not looked into. */
const LOCAL_HEADER = [0x50, 0x4b, 3, 4];
const isArchive = (head: Uint8Array): boolean => LOCAL_HEADER.every((byte, i) => head[i] === byte);

/** Who wants the bytes of a file; undefined for those that nobody wants. */
export type CopyOf = (fuid: string, meta: FileMeta, row: WriteRow) => FileCopy | undefined;

export class FileTracker implements FileSink {
  readonly fuid: string;
  readonly #meta: FileMeta;
  readonly #first: Position;
  #last: Position;
  readonly #row: WriteRow;
  readonly #names: FileHashes;
  readonly #elsewhere: HashElsewhere | undefined;
  readonly #carve: CopyOf | undefined;
  readonly #copy: FileCopy | undefined;
  #archive: ZipArchive | undefined;
  readonly #bytes: FileBytes;
  #mime: string | undefined;
  /** Set once its first bytes were asked for its type: later ones say nothing of it. */
  #asked = false;
  #seen = 0;
  #missing = 0;
  #ended = false;
  #hashesShown = true;
  readonly #onCapped: ((what: 'archives') => void) | undefined;

  constructor(
    fuid: string,
    meta: FileMeta,
    at: Position,
    hashes: FileHashes,
    row: WriteRow,
    carve?: CopyOf,
    elsewhere?: HashElsewhere,
    onCapped?: (what: 'archives') => void,
  ) {
    this.#onCapped = onCapped;
    this.#carve = carve;
    this.#elsewhere = elsewhere;
    this.#copy = carve?.(fuid, meta, row);
    this.#names = hashes;
    this.fuid = fuid;
    this.#meta = meta;
    this.#first = at;
    this.#last = at;
    this.#row = row;
    this.#bytes = new FileBytes(hashes, HEAD_BYTES, elsewhere);
  }

  get mimeType(): string | undefined {
    return this.#asked || this.#seen === 0 ? this.#mime : mimeTypeOf(this.#bytes.head);
  }

  data(bytes: Uint8Array, at: Position): void {
    if (this.#ended || bytes.length === 0) return;
    this.#last = at;
    this.#bytes.add(bytes);
    // Bytes after a hole are no beginning.
    if (!this.#asked && this.#missing === 0) this.#begin(bytes);
    this.#hold(bytes);
    this.#seen += bytes.length;
    this.#copy?.data(bytes, at);
  }

  /** The first bytes, `bytes` the last of them: an archive is recognised by four, everything else by many. */
  #begin(bytes: Uint8Array): void {
    const { head } = this.#bytes;
    // Members are looked for in what is no member itself.
    if (this.#seen < 4 && head.length >= 4 && this.#meta.parent === undefined && isArchive(head)) {
      this.#archive = new ZipArchive();
      this.#hold(head.subarray(0, this.#seen));
    }
    if (this.#seen + bytes.length >= HEAD_BYTES) this.#recognise();
  }

  #hold(bytes: Uint8Array): void {
    if (!this.#archive || bytes.length === 0 || this.#archive.add(bytes)) return;
    this.#onCapped?.('archives');
    this.#letGo();
  }

  #letGo(): void {
    this.#archive?.release();
    this.#archive = undefined;
  }

  #recognise(): void {
    this.#asked = true;
    this.#mime = mimeTypeOf(this.#bytes.head);
    if (this.#mime === EXECUTABLE) this.#tellExecutable();
  }

  #tellExecutable(): void {
    const facts = executableFacts(this.#bytes.head);
    if (facts) this.#row(PE, { fuid: this.fuid, ...facts }, this.#first, this.#last);
  }

  gap(missing: number): void {
    this.#missing += missing;
    this.#bytes.gap();
    this.#letGo();
  }

  withoutHashes(): void {
    this.#hashesShown = false;
  }

  end(at: Position, complete = true): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#asked && this.#seen > 0) this.#recognise();
    const { source, dir, filename, total, declaredType, parent } = this.#meta;
    const last = this.#last.ts > at.ts ? this.#last : at;
    const short = !complete || (total !== undefined && this.#seen + this.#missing < total);
    const whole = this.#missing === 0;
    const values = {
      fuid: this.fuid,
      source,
      is_orig: dir === 0,
      filename,
      mime_type: this.#mime,
      declared_type: declaredType,
      duration: this.#seen > 0 ? this.#last.ts - this.#first.ts : undefined,
      seen_bytes: this.#seen,
      total_bytes: total,
      missing_bytes: this.#missing,
      overflow_bytes: 0,
      state: short ? 'truncated' : whole ? 'complete' : 'gaps',
      parent_fuid: parent,
    };
    const isHashed = whole && this.#seen > 0;
    if (!isHashed) this.#bytes.gap();
    this.#bytes.whenHashed((digests) => {
      this.#copy?.end(isHashed ? digests['sha256'] : undefined);
      const shown = isHashed && this.#hashesShown ? digests : {};
      this.#row(FILES, { ...values, ...shown }, this.#first, last);
    });
    this.#bytes.release();
    if (this.#mime === 'application/zip') this.#tellMembers(last);
    else this.#letGo();
  }

  #tellMembers(at: Position): void {
    const { members, capped } = this.#archive?.members() ?? { members: [], capped: false };
    if (capped) this.#onCapped?.('archives');
    this.#archive = undefined;
    for (const [i, { name, total, bytes }] of members.entries()) {
      const meta = { source: 'ZIP', dir: this.#meta.dir, filename: name, total, parent: this.fuid };
      const id = fileId(`${this.fuid} ${String(i)}`);
      const file = new FileTracker(
        id,
        meta,
        this.#first,
        this.#names,
        this.#row,
        this.#carve,
        this.#elsewhere,
      );
      if (bytes) file.data(bytes, at);
      file.end(at, bytes !== undefined);
    }
  }
}
