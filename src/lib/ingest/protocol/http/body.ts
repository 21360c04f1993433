/** Body of one message: content coding undone, parts told apart, files handed on, bytes counted. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Conn, Dir, FileSink, Position } from '../contract.ts';
import { type Coding, codingsOf, decodeBody, HeldBody } from '../wire/content-coding.ts';
import { fieldNamed, fieldsNamed, type HeaderField, parameterOf } from '../wire/header-fields.ts';
import { MultipartReader } from '../wire/multipart.ts';
import { OCSP_RESPONSE, tellOcsp } from '../wire/ocsp.ts';
import { formFieldOf, type Login, loginFormOf, loginOfBody, type LoginForm } from './logins.ts';
import { type RangedFiles, type Stretch, stretchOf } from './ranged-files.ts';
import { isSecretField } from './secret-fields.ts';

/** What of a file is in the row: its id, name and type. */
export interface BodyFiles {
  readonly fuids: string[];
  readonly filenames: string[];
  readonly mimeTypes: string[];
}

interface FileNames {
  readonly filename: string | undefined;
  readonly declaredType: string | undefined;
  readonly stretch: Stretch | undefined;
  /** It is the value of a form's field called like a secret. */
  readonly secret: boolean;
}

/** Where stretches of files are put together, and the address that the file has. */
export interface RangedFile {
  readonly files: RangedFiles;
  readonly url: string;
}

const namesOf = (fields: readonly HeaderField[]): FileNames => {
  const disposition = fieldNamed(fields, 'content-disposition');
  const type = fieldNamed(fields, 'content-type');
  const filename =
    (disposition === undefined ? undefined : parameterOf(disposition, 'filename')) ??
    (type === undefined ? undefined : parameterOf(type, 'name'));
  const stretch = stretchOf(fieldNamed(fields, 'content-range'));
  const secret = isSecretField(formFieldOf(fields) ?? '');
  return { filename, declaredType: type?.split(';', 1)[0].trim().toLowerCase(), stretch, secret };
};

export class Body {
  /** Bytes of the body, decoded. */
  length = 0;
  /** The transaction that it belongs to, as rules number them. */
  tx: number | undefined;
  /** Of a request, once it ended: what its fields say of who logs in. */
  login: Login | undefined;
  readonly files: BodyFiles = { fuids: [], filenames: [], mimeTypes: [] };
  readonly #conn: Conn;
  readonly #dir: Dir;
  readonly #names: FileNames;
  readonly #total: number | undefined;
  readonly #codings: readonly Coding[];
  readonly #held: HeldBody | undefined;
  /** Set once compressed bytes can no longer be decoded: the rest is missing from the file. */
  #lost = false;
  #multipart: MultipartReader | undefined;
  #part: FileNames | undefined;
  #file: FileSink | undefined;
  #first: Position | undefined;
  #last: Position;
  /** First bytes, decoded, for rules and credentials. */
  #inspected: Uint8Array[] = [];
  #inspectedBytes = 0;
  readonly #inspect: boolean;
  readonly #loginForm: LoginForm | undefined;
  readonly #ranged: RangedFile | undefined;
  #interrupted = false;

  constructor(
    conn: Conn,
    dir: Dir,
    fields: readonly HeaderField[],
    total: number | undefined,
    inspect: boolean,
    at: Position,
    ranged?: RangedFile,
    isRequest = false,
  ) {
    this.#ranged = ranged;
    this.#loginForm = isRequest ? loginFormOf(fields) : undefined;
    this.#conn = conn;
    this.#dir = dir;
    this.#last = at;
    this.#names = namesOf(fields);
    this.#inspect = inspect || this.#loginForm !== undefined || this.#names.declaredType === OCSP_RESPONSE;
    this.#codings = codingsOf(fieldsNamed(fields, 'content-encoding'));
    this.#held = this.#codings.length > 0 ? new HeldBody() : undefined;
    this.#total = this.#held ? undefined : total;
    const type = fieldNamed(fields, 'content-type');
    if (type !== undefined && /^multipart\//i.test(type)) {
      const boundary = parameterOf(type, 'boundary');
      if (boundary !== undefined)
        this.#multipart = new MultipartReader(boundary, {
          part: (partFields) => {
            this.#part = namesOf(partFields);
          },
          data: (bytes) => this.#toFile(bytes, this.#part ?? this.#names, undefined),
          endPart: () => this.#endFile(true),
        });
    }
  }

  /** `bytes` as carried, transfer coding undone. */
  data(bytes: Uint8Array, at: Position): void {
    this.#first ??= at;
    this.#last = at;
    if (!this.#held) {
      this.#clear(bytes);
      return;
    }
    if (this.#lost) {
      this.#gapOfFile(bytes.length);
    } else if (!this.#held.add(bytes)) {
      this.#conn.capped('bodies_encoded');
      this.#decode();
      this.#lost = true;
      this.#gapOfFile(bytes.length);
    }
  }

  gap(missing: number): void {
    if (this.#held && !this.#lost) {
      this.#decode();
      this.#lost = true;
    }
    if (!this.#held) this.length += missing;
    this.#multipart?.gap();
    this.#gapOfFile(missing);
  }

  #gapOfFile(missing: number): void {
    if (this.#multipart && !this.#file) return;
    if (missing > 0)
      this.#fileFor(this.#part ?? this.#names, this.#multipart ? undefined : this.#total).gap(missing);
  }

  end(at: Position, complete: boolean): void {
    if (this.#held && !this.#lost && this.#held.size > 0) this.#decode();
    this.#interrupted = !complete;
    if (this.#last.ts < at.ts) this.#last = at;
    this.#multipart?.end();
    if (this.#loginForm && this.#inspectedBytes > 0)
      this.login = loginOfBody(this.inspected(), this.#loginForm);
    if (this.login) this.#file?.withoutHashes();
    else if (this.#loginForm && this.length > PROTOCOL_LIMITS.maxBodyInspectionBytes)
      this.#conn.capped('logins_beyond');
    this.#endFile(complete);
    if (this.#names.declaredType === OCSP_RESPONSE && this.#inspectedBytes > 0)
      tellOcsp(this.#conn, this.inspected(), this.files.fuids[0], this.#first ?? this.#last, this.#last);
  }

  /** The first bytes, decoded, as far as they are inspected. */
  inspected(): Uint8Array {
    return this.#inspected.length === 1 ? this.#inspected[0] : Buffer.concat(this.#inspected);
  }

  #decode(): void {
    if (!this.#held) return;
    const encoded = this.#held.take();
    if (encoded.length === 0) return;
    const { body: decoded, capped } = decodeBody(encoded, this.#codings);
    if (capped) this.#conn.capped('bodies_encoded');
    if (decoded === undefined) this.#conn.weird('inflate_failed', this.#last);
    // What cannot be decoded is kept as it was sent.
    this.#clear(decoded ?? encoded);
  }

  #clear(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.#inspect && this.#inspectedBytes < PROTOCOL_LIMITS.maxBodyInspectionBytes) {
      const part = bytes.slice(0, PROTOCOL_LIMITS.maxBodyInspectionBytes - this.#inspectedBytes);
      this.#inspected.push(part);
      this.#inspectedBytes += part.length;
    }
    if (this.#multipart) this.#multipart.data(bytes);
    else this.#toFile(bytes, this.#names, this.#total);
  }

  #toFile(bytes: Uint8Array, names: FileNames, total: number | undefined): void {
    if (bytes.length > 0) this.#fileFor(names, total).data(bytes, this.#last);
  }

  #fileFor({ filename, declaredType, stretch, secret }: FileNames, total: number | undefined): FileSink {
    if (this.#file) return this.#file;
    const first = this.#multipart ? this.#last : (this.#first ?? this.#last);
    const meta = {
      source: 'HTTP',
      dir: this.#dir,
      filename,
      declaredType,
      total: stretch?.total ?? total,
      tx: this.tx,
    };
    const file =
      this.#ranged && stretch
        ? this.#ranged.files.stretch(this.#ranged.url, stretch, first, () => this.#conn.file(meta, first))
        : this.#conn.file(meta, first);
    this.#file = file;
    if (secret) file.withoutHashes();
    if (this.files.fuids.at(-1) !== file.fuid) {
      this.files.fuids.push(file.fuid);
      if (filename !== undefined) this.files.filenames.push(filename);
    }
    return file;
  }

  #endFile(complete: boolean): void {
    const file = this.#file;
    this.#file = undefined;
    this.#part = undefined;
    if (!file) return;
    file.end(this.#last, complete && !this.#interrupted);
    const { mimeTypes, fuids } = this.files;
    if (file.mimeType !== undefined && mimeTypes.length < fuids.length) mimeTypes.push(file.mimeType);
  }
}
