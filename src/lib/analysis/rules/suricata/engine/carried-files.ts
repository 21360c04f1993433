/** Files that connections carry, as buffers of the transactions that carry them: name, content, type, size and hashes. */

import type { Dir, FileMeta, Position } from '../../../../model/content.ts';
import type { FileEnd } from '../../../../model/inspection.ts';
import type { FlowState } from './flow-state.ts';
import type { Transaction } from './transaction.ts';

/** Protocols that give the bodies of their messages as buffers, files in them included. */
const BODIES = new Set(['http', 'http2', 'http3']);

export class CarriedFiles {
  /** Buffers that some rule looks into. */
  readonly #needed: ReadonlySet<string>;

  constructor(needed: ReadonlySet<string>) {
    this.#needed = needed;
  }

  began(flow: FlowState, protocol: string, fuid: string, meta: FileMeta, at: Position): void {
    if (flow.isPassed || this.#needed.size === 0) return;
    // Of a file that no transaction is named for, the file is the transaction.
    const tx = flow.transaction(protocol, meta.tx ?? -1 - flow.ownFiles++);
    tx.isFile = meta.tx === undefined;
    const direction = flow.direction(meta.dir);
    flow.files.set(fuid, { tx, dir: direction, size: 0, isOwn: meta.tx === undefined });
    if (meta.filename !== undefined) this.#put(tx, 'file.name', direction, meta.filename, at, fuid);
  }

  #put(tx: Transaction, name: string, dir: Dir, text: string, at: Position, fuid: string): void {
    if (this.#needed.has(name)) tx.add(name, dir, Buffer.from(text, 'utf8'), at, fuid);
  }

  data(flow: FlowState, fuid: string, bytes: Uint8Array, at: Position): void {
    const file = flow.files.get(fuid);
    if (!file) return;
    if (this.#needed.has('file.data') && !BODIES.has(file.tx.protocol))
      file.tx.add('file.data', file.dir, bytes, at, fuid);
  }

  ended(flow: FlowState, fuid: string, end: FileEnd, at: Position): void {
    const file = flow.files.get(fuid);
    if (!file) return;
    flow.files.delete(fuid);
    const { tx, dir } = file;
    const put = (name: string, text: string | undefined): void => {
      if (text !== undefined) this.#put(tx, name, dir, text, at, fuid);
    };
    put('file.magic', end.mimeType);
    put('filesize', String(end.size));
    put('filemd5', end.md5);
    put('filesha1', end.sha1);
    put('filesha256', end.sha256);
    tx.endFile(fuid, dir);
    if (file.isOwn) {
      tx.whole(dir, at);
      tx.isOver = true;
    }
  }
}
