/** SIP (RFC 3261) over UDP and TCP. */

import { SIP } from '../../model/tables/sip.ts';
import type {
  Conn,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  RowValues,
  Span,
  Verdict,
} from './contract.ts';
import { latin1 } from './wire/bytes.ts';
import { fieldNamed, type HeaderField } from './wire/header-fields.ts';
import { ruleWord } from './wire/rule-number.ts';
import { descriptionFields } from './wire/sdp.ts';
import { skipFiller, type TextMessage, textMessage } from './wire/text-message.ts';
import { bytesText } from './wire/text.ts';

const PORTS = [5060, 5061];
const MAX_PATH = 100;
/** Bytes of a datagram on SIP's ports that may be no message and yet go before one. */
const MAX_KEEP_ALIVE = 16;
const LF = 0x0a;
const CR = 0x0d;
const REQUEST = /^([A-Z]{2,20}) (\S{1,2000}) SIP\/[12]\.\d$/;
const RESPONSE = /^SIP\/[12]\.\d (\d{3})(?: (.*))?$/;
/** RFC 3261 section 7.3.3 and others. */
const COMPACT: Readonly<Record<string, string>> = {
  f: 'from',
  t: 'to',
  v: 'via',
  i: 'call-id',
  c: 'content-type',
  l: 'content-length',
  s: 'subject',
};

/** Header fields that rules look into. */
const FIELD_BUFFERS: Readonly<Record<string, string>> = {
  from: 'sip.from',
  to: 'sip.to',
  via: 'sip.via',
  'user-agent': 'sip.user_agent',
  'content-type': 'sip.content_type',
  'content-length': 'sip.content_length',
};

interface Open {
  first: Position;
  last: Position;
  values: Record<string, string | number | undefined>;
  readonly requestPath: string[];
  readonly responsePath: string[];
}

interface Description {
  readonly tx: number;
  readonly parts: Uint8Array[];
  readonly at: Position;
}

class SipSession implements ParserSession {
  readonly #conn: Conn;
  readonly #stream: boolean;
  readonly #body: [number, number] = [0, 0];
  /** Session descriptions under way, where rules listen. */
  readonly #description: [Description | undefined, Description | undefined] = [undefined, undefined];
  #open: Open | undefined;
  #confirmed = false;
  #txs = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#stream = conn.facts.transport === 'tcp';
  }

  parse(data: Span, dir: Dir): number {
    const { length } = data.bytes;
    let at = 0;
    while (at < length) {
      if (this.#body[dir] > 0) {
        const used = Math.min(this.#body[dir], length - at);
        this.#description[dir]?.parts.push(data.bytes.slice(at, at + used));
        this.#body[dir] -= used;
        at += used;
        if (this.#body[dir] === 0) this.#endDescription(dir);
        continue;
      }
      const begin = skipFiller(data.bytes, at);
      if (begin > at && !this.#stream && begin === length) {
        this.#conn.weird(
          'sip_junk_before_request',
          data.at(at),
          bytesText(data.bytes, at, Math.min(begin, at + 16)),
        );
        return length;
      }
      at = begin;
      if (at >= length) break;
      const message = textMessage(data, at, !this.#stream);
      if (message === 'more') break;
      if (message === 'bad' || !this.#message(message, data.at(at), data.at(message.next - 1)))
        return this.#stream || !(this.#confirmed || length <= MAX_KEEP_ALIVE) ? -1 : length;
      if (this.#conn.listening) {
        this.#frames(message, data, at, dir);
        if (!this.#stream) this.#description[dir]?.parts.push(data.bytes.slice(message.next));
      }
      at = message.next;
      if (!this.#stream) {
        this.#endDescription(dir);
        return length;
      }
      this.#body[dir] = message.length ?? 0;
    }
    return at;
  }

  gap(dir: Dir, missing: number): boolean {
    if (this.#body[dir] < missing) return false;
    this.#body[dir] -= missing;
    if (this.#body[dir] === 0) this.#endDescription(dir);
    return true;
  }

  close(): void {
    this.#endDescription(0);
    this.#endDescription(1);
    this.#write();
    this.#open = undefined;
  }

  #message(message: TextMessage, first: Position, last: Position): boolean {
    const request = REQUEST.exec(message.start);
    const response = request ? null : RESPONSE.exec(message.start);
    if (!request && !response) return false;
    this.#confirmed = true;
    this.#conn.confirm();
    const open = (this.#open ??= { first, last, values: {}, requestPath: [], responsePath: [] });
    open.last = last;
    if (request) {
      open.values.method = request[1];
      open.values.uri = bytesText(Buffer.from(request[2] ?? '', 'latin1'));
      open.values.request_body_len = message.length;
      this.#txs++;
    } else if (response) {
      open.values.status_code = Number(response[1]);
      open.values.status_msg = bytesText(Buffer.from(response[2] ?? '', 'latin1'));
      open.values.response_body_len = message.length;
    }
    if (message.badLength !== undefined)
      this.#conn.weird(
        request ? 'invalid_SIP_request_body_len' : 'invalid_SIP_response_body_len',
        last,
        message.badLength.slice(0, 64),
      );
    for (const field of message.fields) this.#field(open, field, request !== null);
    if (this.#conn.listening) this.#listen(message, request, response, first, last);
    if (!response) return true;
    this.#write();
    const code = Number(response[1]);
    if (code >= 200) this.#open = undefined;
    return true;
  }

  #field(open: Open, { lower, value }: HeaderField, request: boolean): void {
    const { values } = open;
    switch (COMPACT[lower] ?? lower) {
      case 'via': {
        const path = request ? open.requestPath : open.responsePath;
        const branch = value.search(/; ?branch/i);
        if (path.length < MAX_PATH) path.push(branch < 0 ? value : value.slice(0, branch));
        return;
      }
      case 'from':
        values[request ? 'request_from' : 'response_from'] = value.split(/; ?tag=/i, 1).join('');
        return;
      case 'to':
        values[request ? 'request_to' : 'response_to'] = value;
        return;
      case 'call-id':
        if (request || values.call_id === undefined) values.call_id = value;
        return;
      case 'cseq':
        if (request || values.seq === undefined) values.seq = value;
        return;
      case 'reply-to':
        if (request) values.reply_to = value;
        return;
      case 'subject':
        if (request) values.subject = value;
        return;
      case 'date':
        values.date = value;
        return;
      case 'user-agent':
        if (request || values.user_agent === undefined) values.user_agent = value;
        return;
      case 'warning':
        if (!request) values.warning = value;
        return;
      case 'content-type':
        values.content_type = value;
        return;
      case 'authorization':
      case 'proxy-authorization': {
        const user = /^Digest\b.{0,500}?\busername="([^"]{1,256})"/i.exec(value)?.[1];
        const answer = /\bresponse="?([0-9a-f]{32,128})\b/i.exec(value.slice(0, 2_000))?.[1];
        const material = answer === undefined ? undefined : Buffer.from(answer, 'latin1');
        if (user !== undefined)
          this.#conn.credential({ service: 'sip', kind: 'digest', user, material }, open.last);
        return;
      }
      default:
    }
  }

  #listen(
    { start, startBytes, fields, length }: TextMessage,
    request: RegExpExecArray | null,
    response: RegExpExecArray | null,
    at: Position,
    last: Position,
  ): void {
    const tx = Math.max(0, this.#txs - 1);
    const put = (name: string, dir: Dir, text: string): void =>
      this.#conn.buffer(name, tx, dir, Buffer.from(text, 'latin1'), at);
    for (const { lower, value } of fields) {
      const name = FIELD_BUFFERS[COMPACT[lower] ?? lower];
      if (name !== undefined) put(name, request ? 0 : 1, value);
    }
    if (request) {
      this.#conn.buffer('sip.request_line', tx, 0, startBytes, at);
      put('sip.method', 0, request[1] ?? '');
      put('sip.uri', 0, request[2] ?? '');
      put('sip.protocol', 0, start.slice(start.lastIndexOf(' ') + 1));
    } else if (response) {
      this.#conn.buffer('sip.response_line', tx, 1, startBytes, at);
      put('sip.stat_code', 1, response[1] ?? '');
      put('sip.stat_msg', 1, response[2] ?? '');
      put('sip.protocol', 1, start.slice(0, start.indexOf(' ')));
    }
    // The transaction goes on until its description is whole.
    const dir = request ? 0 : 1;
    const type = fieldNamed(fields, 'content-type') ?? fieldNamed(fields, 'c') ?? '';
    const parts = /^application\/sdp\b/i.test(type.trim()) ? [] : undefined;
    if (parts && (!this.#stream || (length ?? 0) > 0)) this.#description[dir] = { tx, parts, at: last };
    else this.#endSide(tx, dir, at);
  }

  #endSide(tx: number, dir: Dir, at: Position): void {
    this.#conn.tx(tx, dir, dir === 0 ? 'request' : 'response', at);
    if (dir === 1) this.#conn.tx(tx, 1, 'end', at);
  }

  #endDescription(dir: Dir): void {
    const open = this.#description[dir];
    if (!open) return;
    this.#description[dir] = undefined;
    for (const [name, value] of descriptionFields(Buffer.concat(open.parts)))
      ruleWord(this.#conn, name, open.tx, dir, value, open.at);
    this.#endSide(open.tx, dir, open.at);
  }

  /** Suricata's frames of SIP: the whole message as far as it is here, its first line, header and body. */
  #frames({ startBytes, next, length }: TextMessage, data: Span, from: number, dir: Dir): void {
    const { bytes } = data;
    const isAnswer = startBytes[0] === 0x53 && latin1(startBytes.subarray(0, 4)) === 'SIP/';
    const kind = isAnswer ? 'response' : 'request';
    const tx = Math.max(0, this.#txs - 1);
    const headers = Math.min(next, bytes.indexOf(LF, from) + 1 || next);
    const end = Math.min(bytes.length, next + (this.#stream ? (length ?? 0) : bytes.length));
    const put = (name: string, begin: number, stop: number): void => {
      if (stop > begin)
        this.#conn.buffer(`frame:sip.${name}`, tx, dir, bytes.subarray(begin, stop), data.at(stop - 1));
    };
    put('pdu', from, end);
    put(`${kind}.line`, from, headers);
    // The empty line that ends them is none of them.
    const blank = next >= from + 4 && bytes[next - 2] === CR && bytes[next - 1] === LF ? 2 : 0;
    put(`${kind}.headers`, headers, next - blank);
    put(`${kind}.body`, next, end);
  }

  /** A request that a provisional response has a row for is written again with the next response only. */
  #write(): void {
    const open = this.#open;
    if (!open) return;
    const row: RowValues = {
      trans_depth: 0,
      ...open.values,
      request_path: [...open.requestPath],
      response_path: [...open.responsePath],
    };
    this.#conn.row(SIP, row, open.first, open.last);
  }
}

const probe = (bytes: Uint8Array, stream: boolean, usual: boolean): Verdict => {
  const at = skipFiller(bytes, 0);
  if (at >= bytes.length) return usual && bytes.length <= 64 ? 'more' : 'no';
  const end = bytes.indexOf(0x0a, at);
  if (end < 0) {
    // Boxes keep the way open with a few bytes of their own ("hello") before they register.
    if (!stream && usual && bytes.length <= MAX_KEEP_ALIVE) return 'more';
    const begin = latin1(bytes.subarray(at, at + 24));
    return stream && bytes.length < 1024 && /^(?:[A-Z]{1,20}(?:$| (?:$|[*<a-z]))|SIP\/)/.test(begin)
      ? 'more'
      : 'no';
  }
  const line = latin1(bytes.subarray(at, Math.min(end, at + 2048))).replace(/\r$/, '');
  return REQUEST.test(line) || RESPONSE.test(line) ? 'yes' : 'no';
};

export const sip: ProtocolParser = {
  name: 'sip',
  transport: 'both',
  ports: PORTS,
  probe: (bytes, _dir, { transport, respP }) => probe(bytes, transport === 'tcp', PORTS.includes(respP)),
  open: (conn) => new SipSession(conn),
};
