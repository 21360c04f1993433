/** Mail messages (RFC 5322, RFC 2045–2047) as their bytes come: header fields, and every part that is no container as a file. */

import type { Dir, FileMeta, FileSink, Position } from '../contract.ts';
import { fieldNamed, fieldsOf, type HeaderField, parameterOf } from './header-fields.ts';
import { MultipartReader } from './multipart.ts';
import { type Decoder, decoderFor } from './transfer-encoding.ts';

const MAX_HEADER_BYTES = 64 * 1024;
const MAX_HEADER_LINE = 8 * 1024;
const MAX_DEPTH = 10;
const MAX_PARTS = 1_000;
const LF = 0x0a;
const CR = 0x0d;

export interface MailHooks {
  /** SMTP, POP3, IMAP. */
  readonly source: string;
  readonly dir: Dir;
  file(meta: FileMeta, at: Position): FileSink;
  /** Fields of the message's own header. */
  header?(fields: readonly HeaderField[]): void;
}

interface Body {
  data(bytes: Uint8Array): void;
  gap(missing: number): void;
  end(): void;
}

/** What all parts of a message share. */
interface Shared {
  readonly hooks: MailHooks;
  at: Position;
  parts: number;
  complete: boolean;
}

class Leaf implements Body {
  readonly #shared: Shared;
  readonly #fields: readonly HeaderField[];
  readonly #decoder: Decoder;
  #file: FileSink | undefined;
  #missing = 0;

  constructor(shared: Shared, fields: readonly HeaderField[]) {
    this.#shared = shared;
    this.#fields = fields;
    this.#decoder = decoderFor(fieldNamed(fields, 'content-transfer-encoding'));
  }

  data(bytes: Uint8Array): void {
    this.#put(this.#decoder.data(bytes));
  }

  gap(missing: number): void {
    if (this.#file) this.#file.gap(missing);
    else this.#missing += missing;
  }

  end(): void {
    this.#put(this.#decoder.end());
    this.#file?.end(this.#shared.at, this.#shared.complete);
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { hooks, at } = this.#shared;
    if (!this.#file) {
      if (this.#shared.parts++ >= MAX_PARTS) return;
      const type = fieldNamed(this.#fields, 'content-type');
      const disposition = fieldNamed(this.#fields, 'content-disposition');
      this.#file = hooks.file(
        {
          source: hooks.source,
          dir: hooks.dir,
          filename:
            (disposition && parameterOf(disposition, 'filename')) ?? (type && parameterOf(type, 'name')),
          declaredType: type && typeOf(type),
        },
        at,
      );
      if (this.#missing > 0) this.#file.gap(this.#missing);
    }
    this.#file.data(bytes, at);
  }
}

class Multipart implements Body {
  readonly #reader: MultipartReader;
  #part: Body | undefined;

  constructor(shared: Shared, boundary: string, depth: number) {
    this.#reader = new MultipartReader(boundary, {
      part: (fields) => {
        this.#part = bodyOf(shared, fields, depth + 1);
      },
      data: (bytes) => this.#part?.data(bytes),
      endPart: () => {
        this.#part?.end();
        this.#part = undefined;
      },
    });
  }

  data(bytes: Uint8Array): void {
    this.#reader.data(bytes);
  }

  gap(missing: number): void {
    this.#reader.gap();
    this.#part?.gap(missing);
  }

  end(): void {
    this.#reader.end();
    this.#part?.end();
    this.#part = undefined;
  }
}

/** A header and its body. */
class Entity implements Body {
  readonly #shared: Shared;
  readonly #depth: number;
  readonly #told: ((fields: readonly HeaderField[]) => void) | undefined;
  #lines: Uint8Array[] = [];
  #headerBytes = 0;
  #rest: Uint8Array = EMPTY;
  #body: Body | undefined;

  constructor(shared: Shared, depth: number, told?: (fields: readonly HeaderField[]) => void) {
    this.#shared = shared;
    this.#depth = depth;
    this.#told = told;
  }

  data(bytes: Uint8Array): void {
    if (this.#body) {
      this.#body.data(bytes);
      return;
    }
    let all = bytes;
    if (this.#rest.length > 0) {
      all = new Uint8Array(this.#rest.length + bytes.length);
      all.set(this.#rest);
      all.set(bytes, this.#rest.length);
    }
    let at = 0;
    while (at < all.length) {
      const end = all.indexOf(LF, at);
      if (end < 0) break;
      const stop = end > at && all[end - 1] === CR ? end - 1 : end;
      const from = at;
      at = end + 1;
      if (stop === from) {
        this.#begin().data(all.subarray(at));
        return;
      }
      this.#line(all.subarray(from, stop));
    }
    // Of a line that never ends only the beginning is kept.
    this.#rest = all.slice(at, Math.min(all.length, at + MAX_HEADER_LINE));
  }

  gap(missing: number): void {
    this.#rest = EMPTY;
    this.#body?.gap(missing);
  }

  end(): void {
    if (!this.#body) {
      if (this.#rest.length > 0) this.#line(this.#rest);
      if (this.#lines.length > 0) this.#begin();
    }
    this.#body?.end();
  }

  #line(bytes: Uint8Array): void {
    this.#headerBytes += bytes.length;
    if (this.#headerBytes <= MAX_HEADER_BYTES) this.#lines.push(bytes.slice(0, MAX_HEADER_LINE));
  }

  #begin(): Body {
    const fields = fieldsOf(this.#lines);
    this.#lines = [];
    this.#rest = EMPTY;
    this.#told?.(fields);
    this.#body = bodyOf(this.#shared, fields, this.#depth);
    return this.#body;
  }
}

const EMPTY = new Uint8Array(0);

const typeOf = (value: string): string => value.split(';', 1).join('').trim().toLowerCase();

const bodyOf = (shared: Shared, fields: readonly HeaderField[], depth: number): Body => {
  const value = fieldNamed(fields, 'content-type') ?? '';
  const type = typeOf(value);
  if (depth < MAX_DEPTH && type.startsWith('multipart/')) {
    const boundary = parameterOf(value, 'boundary');
    if (boundary !== undefined) return new Multipart(shared, boundary, depth);
  }
  if (depth < MAX_DEPTH && type === 'message/rfc822') return new Entity(shared, depth + 1);
  return new Leaf(shared, fields);
};

/** A message: give it its bytes, lines with their ends. */
export class MailReader {
  readonly #shared: Shared;
  readonly #entity: Entity;

  constructor(hooks: MailHooks, at: Position) {
    this.#shared = { hooks, at, parts: 0, complete: true };
    this.#entity = new Entity(this.#shared, 0, (fields) => hooks.header?.(fields));
  }

  data(bytes: Uint8Array, at: Position): void {
    this.#shared.at = at;
    this.#entity.data(bytes);
  }

  gap(missing: number): void {
    this.#entity.gap(missing);
  }

  /** `complete` false where the message was cut off. */
  end(complete = true): void {
    this.#shared.complete = complete;
    this.#entity.end();
  }
}
