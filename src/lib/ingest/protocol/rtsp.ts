/** RTSP (RFC 2326): recognised, with the names that clients log in by. */

import type { Conn, Dir, ParserSession, ProtocolParser, Span, Verdict } from './contract.ts';
import { latin1, u16be } from './wire/bytes.ts';
import { fieldNamed } from './wire/header-fields.ts';
import { skipFiller, textMessage } from './wire/text-message.ts';
import { fromBase64 } from './wire/transfer-encoding.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const START =
  /^(?:(?:OPTIONS|DESCRIBE|SETUP|PLAY|PAUSE|TEARDOWN|ANNOUNCE|RECORD|REDIRECT|GET_PARAMETER|SET_PARAMETER) (?:\*|rtspu?:\S{1,2000}|\S{1,2000}) RTSP\/[12]\.\d|RTSP\/[12]\.\d \d{3}(?: .*)?)$/;
/** Media between messages: a dollar sign, a channel and a length. */
const INTERLEAVED = 0x24;

class RtspSession implements ParserSession {
  readonly #conn: Conn;
  readonly #body: [number, number] = [0, 0];

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      if (this.#body[dir] > 0) {
        const used = Math.min(this.#body[dir], bytes.length - at);
        this.#body[dir] -= used;
        at += used;
        continue;
      }
      if (bytes[at] === INTERLEAVED) {
        if (bytes.length - at < 4) break;
        this.#body[dir] = u16be(bytes, at + 2);
        at += 4;
        continue;
      }
      const begin = skipFiller(bytes, at);
      if (begin > at) {
        at = begin;
        continue;
      }
      const message = textMessage(data, at, false);
      if (message === 'more') break;
      if (message === 'bad' || !START.test(message.start)) return -1;
      this.#conn.confirm();
      const basic = /^Basic (\S{1,2000})$/i.exec(fieldNamed(message.fields, 'authorization') ?? '')?.[1];
      if (basic !== undefined) {
        const plain = fromBase64(Buffer.from(basic, 'latin1'));
        const colon = plain.indexOf(0x3a);
        if (colon >= 0) {
          const found = {
            service: 'rtsp',
            kind: 'basic',
            user: bytesText(plain, 0, colon),
            secret: plain.slice(colon + 1),
          };
          this.#conn.credential(found, data.at(at));
        }
      }
      at = message.next;
      this.#body[dir] = message.length ?? 0;
    }
    return at;
  }

  gap(dir: Dir, missing: number): boolean {
    if (this.#body[dir] < missing) return false;
    this.#body[dir] -= missing;
    return true;
  }

  close(): void {
    this.#body.fill(0);
  }
}

const probe = (bytes: Uint8Array): Verdict => {
  const end = bytes.indexOf(0x0a);
  const text = latin1(bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 2100))).replace(/\r$/, '');
  if (end >= 0) return START.test(text) ? 'yes' : 'no';
  return bytes.length < 2048 &&
    /^(?:R|RT|RTS|RTSP\/.*|[A-Z_]{1,13}|[A-Z_]{3,13} (?:r|rt|rts|rtsp.*)?)$/.test(text)
    ? 'more'
    : 'no';
};

export const rtsp: ProtocolParser = {
  name: 'rtsp',
  transport: 'tcp',
  ports: [554, 8554],
  firstBytes: byteClass('A-Z_'),
  probe: (bytes) => probe(bytes),
  open: (conn) => new RtspSession(conn),
};
