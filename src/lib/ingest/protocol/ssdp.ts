/** SSDP (UPnP Device Architecture 1.1, clause 1): HTTP's messages in datagrams. Rows are those of http. */

import { HTTP } from '../../model/tables/http.ts';
import type { Conn, ParserSession, ProtocolParser, Span } from './contract.ts';
import { fieldNamed, fieldsOf } from './wire/header-fields.ts';
import { bytesText } from './wire/text.ts';

const START =
  /^(?:(M-SEARCH|NOTIFY|SUBSCRIBE|UNSUBSCRIBE) (\S{1,256}) HTTP\/(1\.[01])|HTTP\/(1\.[01]) (\d{3}) ?(.{0,64}))\r?\n/;
/** Lines of one datagram. */
const MAX_LINES = 100;

const startOf = (bytes: Uint8Array): RegExpExecArray | null =>
  START.exec(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 400)).toString('latin1'));

class SsdpSession implements ParserSession {
  readonly #conn: Conn;
  #depth = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span): number {
    const { bytes } = data;
    const start = startOf(bytes);
    if (!start) return this.#depth === 0 ? -1 : bytes.length;
    this.#conn.confirm();
    const lines: Uint8Array[] = [];
    let from = start[0].length;
    while (from < bytes.length && lines.length < MAX_LINES) {
      const found = bytes.indexOf(0x0a, from);
      const end = found < 0 ? bytes.length : found;
      const line = bytes.subarray(from, end > from && bytes[end - 1] === 0x0d ? end - 1 : end);
      if (line.length === 0) break;
      lines.push(line);
      from = end + 1;
    }
    const fields = fieldsOf(lines);
    const [, method, uri, asked, answered, status, reason] = start;
    const headers = JSON.stringify(fields.map(({ name, value }) => [name, value]));
    this.#conn.row(
      HTTP,
      {
        trans_depth: ++this.#depth,
        method,
        host: fieldNamed(fields, 'host'),
        uri: uri === undefined ? undefined : bytesText(Buffer.from(uri, 'latin1')),
        version: asked ?? answered,
        user_agent: fieldNamed(fields, 'user-agent'),
        request_body_len: 0,
        response_body_len: 0,
        status_code: status === undefined ? undefined : Number(status),
        status_msg: reason,
        ...(method === undefined ? { response_headers: headers } : { request_headers: headers }),
      },
      data.at(0),
    );
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    // Each datagram was written when it came.
  }
}

export const ssdp: ProtocolParser = {
  name: 'ssdp',
  transport: 'udp',
  ports: [1900],
  probe: (bytes) => (startOf(bytes) ? 'yes' : 'no'),
  open: (conn) => new SsdpSession(conn),
};
