/** What rules may ask of a mail's body: its MD5, and the URLs in its text. */

import { createHash } from 'node:crypto';
import type { Conn, FileSink, Position } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { ruleWord } from '../wire/rule-number.ts';

/** Text in which URLs are looked for, and how many are told. */
const MAX_TEXT = 128 * 1024;
const MAX_URLS = 256;
/** A scheme in front says that it is one; rules look for what follows it. */
const URL = /\b(?:https?|ftp):\/\/([^\s"'<>\\^`{|}]{1,2000})/gi;

export class MailBody {
  readonly #md5 = createHash('md5');
  /** Bytes of the end of the header that were seen: CR LF CR LF, or LF LF. */
  #tail = '';
  #isBody = false;
  #isEmpty = true;
  #text = '';

  /** The mail as it was sent, in order. */
  raw(bytes: Uint8Array): void {
    if (this.#isBody) {
      this.#md5.update(bytes);
      this.#isEmpty &&= bytes.length === 0;
      return;
    }
    const before = this.#tail.length;
    const joined = this.#tail + latin1(bytes);
    const end = /\r?\n\r?\n/.exec(joined);
    this.#tail = joined.slice(-3);
    if (!end) return;
    this.#isBody = true;
    this.raw(bytes.subarray(Math.max(0, end.index + end[0].length - before)));
  }

  /** Is a part of this type read for URLs? */
  reads(type: string | undefined): boolean {
    return type === undefined || type.startsWith('text/') || type.startsWith('message/');
  }

  /** The same sink, whose decoded text is looked at as it comes. */
  through(sink: FileSink): FileSink {
    const keep = (bytes: Uint8Array): void => {
      if (this.#text.length < MAX_TEXT) this.#text += latin1(bytes.subarray(0, MAX_TEXT - this.#text.length));
    };
    return {
      get fuid() {
        return sink.fuid;
      },
      get mimeType() {
        return sink.mimeType;
      },
      data(bytes, at) {
        keep(bytes);
        sink.data(bytes, at);
      },
      withoutHashes: () => {
        sink.withoutHashes();
      },
      gap: (missing) => {
        sink.gap(missing);
      },
      end: (at, complete) => {
        keep(LINE_END);
        sink.end(at, complete);
      },
    };
  }

  tell(conn: Conn, tx: number, at: Position): void {
    let told = 0;
    for (const [, url] of this.#text.matchAll(URL)) {
      if (told++ >= MAX_URLS) break;
      ruleWord(conn, 'email.url', tx, 0, url ?? '', at);
    }
    if (!this.#isEmpty) ruleWord(conn, 'email.body_md5', tx, 0, this.#md5.digest('hex'), at);
  }
}

const LINE_END = Uint8Array.of(10);
