/** The head of an HTTP/1 message: RFC 9112. */

import { CutShort, printable, type ApplicationDissector, type Layer } from '../contract.ts';

const REQUEST = /^([A-Z][A-Z-]{2,15}) (\S+) (HTTP\/1\.[01])\r?\n/;
const RESPONSE = /^(HTTP\/1\.[01]) (\d{3})(?: ([^\r\n]*))?\r?\n/;
/** Bytes of a head that are looked at. */
const MAX_HEAD = 16_384;

/** Header fields for which Wireshark has a field of its own. */
const FIELDS: Readonly<Record<string, string>> = {
  host: 'http.host',
  'user-agent': 'http.user_agent',
  accept: 'http.accept',
  'accept-encoding': 'http.accept_encoding',
  'accept-language': 'http.accept_language',
  authorization: 'http.authorization',
  'cache-control': 'http.cache_control',
  connection: 'http.connection',
  'content-encoding': 'http.content_encoding',
  'content-length': 'http.content_length_header',
  'content-type': 'http.content_type',
  cookie: 'http.cookie',
  date: 'http.date',
  'last-modified': 'http.last_modified',
  location: 'http.location',
  referer: 'http.referer',
  server: 'http.server',
  'set-cookie': 'http.set_cookie',
  'transfer-encoding': 'http.transfer_encoding',
  upgrade: 'http.upgrade',
  'www-authenticate': 'http.www_authenticate',
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_HEAD)).toString('latin1');

/** One line, answers where the next begins; undefined behind the last one. */
function header(layer: Layer, text: string, off: number, isRequest: boolean): number | undefined {
  const feed = text.indexOf('\n', off);
  // The head goes on in the next packet.
  if (feed < 0) throw new CutShort();
  const line = text.slice(off, feed).replace(/\r$/, '');
  if (line === '') return undefined;
  const [, name = '', value = ''] = /^([^:]*):\s*(.*?)\s*$/.exec(line) ?? ['', line, ''];
  layer.add(
    FIELDS[name.toLowerCase()] ?? (isRequest ? 'http.request.line' : 'http.response.line'),
    printable(Buffer.from(name, 'latin1')),
    off,
    feed + 1 - off,
    printable(Buffer.from(value, 'latin1')),
  );
  return feed + 1;
}

export const http: ApplicationDissector = {
  transport: 'tcp',
  ports: [80, 8080],
  probe: (bytes) => {
    const text = latin1(bytes.subarray(0, 4_096));
    return REQUEST.test(text) || RESPONSE.test(text);
  },
  dissect(packet) {
    const layer = packet.layer('http', 'Hypertext Transfer Protocol');
    const text = latin1(packet.bytes.subarray(packet.at, packet.end));
    const request = REQUEST.exec(text);
    const response = RESPONSE.exec(text);
    const [line = ''] = request ?? response ?? [];
    const first = layer.group(
      'http.first_line',
      printable(Buffer.from(line.trimEnd(), 'latin1')),
      0,
      line.length,
    );
    if (request) {
      const [, method = '', uri = ''] = request;
      first.text('http.request.method', 'Method', 0, method.length);
      first.text('http.request.uri', 'Target', method.length + 1, uri.length);
      first.text('http.request.version', 'Version', method.length + uri.length + 2, 8);
    } else if (response) {
      first.text('http.response.version', 'Version', 0, 8);
      first.add('http.response.code', 'Status', 9, 3, response[2] ?? '');
      if (response[3]) first.text('http.response.phrase', 'Phrase', 13, response[3].length);
    }
    packet.info = printable(Buffer.from(line.trimEnd(), 'latin1'));
    let off = line.length;
    for (let next = header(layer, text, off, request !== null); next !== undefined;) {
      off = next;
      next = header(layer, text, off, request !== null);
    }
    const end = text.indexOf('\n', off) + 1;
    layer.ends(end);
    return { by: 'payload', at: packet.at + end, end: packet.end };
  },
};
