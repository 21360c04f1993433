/**
 * What hosts say: the structured beginnings of HTTP, TLS 1.3 and DNS messages. Bodies come from pools.
 * @import { Random } from './random.mjs'
 * @import { Host } from './hosts.mjs'
 * @import { Pool } from './pool.mjs'
 */

/**
 * @typedef {object} Message one write of one side: `head`, then `len` bytes of `pool` from `off` (going round at its end)
 * @property {boolean} fromOrig
 * @property {number} wait ns between the arrival of what came before and this; AT_ONCE: right behind it, by the same side
 * @property {Buffer} head at most 1,200 bytes
 * @property {Pool} pool
 * @property {number} off
 * @property {number} len
 */

export const AT_ONCE = -1;

/**
 * @param {Random} random
 * @param {string} host
 * @param {number} bodyLength > 0 makes it a POST
 * @returns {Buffer}
 */
export function httpRequest(random, host, bodyLength) {
  const path = `/${random.uint32().toString(36)}/${random.below(100000)}.html?id=${random.uint32().toString(16)}`;
  const agent = `Mozilla/5.0 (X11; Linux x86_64; rv:${random.between(100, 125)}.0) Gecko/20100101 Firefox/${random.between(100, 125)}.0`;
  const length = bodyLength > 0 ? `Content-Type: text/plain\r\nContent-Length: ${bodyLength}\r\n` : '';
  return Buffer.from(
    `${bodyLength > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n` +
      `Cookie: session=${random.uint32().toString(16)}${random.uint32().toString(16)}\r\n${length}Connection: keep-alive\r\n\r\n`,
    'latin1',
  );
}

/**
 * @param {Random} random
 * @param {number} bodyLength
 * @returns {Buffer}
 */
export function httpResponse(random, bodyLength) {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nServer: nginx/1.${random.between(18, 26)}.0\r\nContent-Type: text/html\r\nContent-Length: ${bodyLength}\r\n` +
      `ETag: "${random.uint32().toString(16)}"\r\nCache-Control: max-age=600\r\nConnection: keep-alive\r\n\r\n`,
    'latin1',
  );
}

/**
 * @param {number} length of the protected record's body, ≤ 16,401
 * @returns {Buffer} header of an application_data record
 */
export function tlsRecordHeader(length) {
  return Buffer.from([0x17, 3, 3, length >> 8, length & 255]);
}

/** @param {number} value */
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
/** @param {Buffer} body @returns {Buffer} with its 16-bit length before it */
const vector16 = (body) => Buffer.concat([u16(body.length), body]);
/** @param {number} type @param {Buffer} body */
const extension = (type, body) => Buffer.concat([u16(type), vector16(body)]);

/**
 * @param {Random} random
 * @param {number} length
 */
function randomBytes(random, length) {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = random.uint32() >>> 24;
  return bytes;
}

/**
 * @param {number} type of the handshake message
 * @param {Buffer} body
 * @param {number} recordVersion
 */
function handshakeRecord(type, body, recordVersion) {
  const message = Buffer.concat([Buffer.from([type, 0]), vector16(body)]);
  return Buffer.concat([Buffer.from([0x16]), u16(recordVersion), vector16(message)]);
}

/**
 * @param {Random} random
 * @param {string} serverName
 * @returns {Buffer} a TLS 1.3 ClientHello in its record (RFC 8446 §4.1.2)
 */
export function clientHello(random, serverName) {
  const name = Buffer.from(serverName, 'latin1');
  const ciphers = Buffer.from([
    0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x2c, 0xc0,
    0x30,
  ]);
  const extensions = Buffer.concat([
    extension(0, vector16(Buffer.concat([Buffer.from([0]), vector16(name)]))),
    extension(10, vector16(Buffer.from([0, 0x1d, 0, 0x17, 0, 0x18]))),
    extension(13, vector16(Buffer.from([4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1]))),
    extension(
      16,
      vector16(
        Buffer.concat([Buffer.from([2]), Buffer.from('h2'), Buffer.from([8]), Buffer.from('http/1.1')]),
      ),
    ),
    extension(43, Buffer.from([4, 3, 4, 3, 3])),
    extension(51, vector16(Buffer.concat([u16(0x1d), vector16(randomBytes(random, 32))]))),
    extension(21, Buffer.alloc(200)),
  ]);
  const body = Buffer.concat([
    u16(0x0303),
    randomBytes(random, 32),
    Buffer.from([32]),
    randomBytes(random, 32),
    vector16(ciphers),
    Buffer.from([1, 0]),
    vector16(extensions),
  ]);
  return handshakeRecord(1, body, 0x0301);
}

/**
 * @param {Random} random
 * @returns {Buffer} ServerHello, change_cipher_spec and the header of a protected record of `encryptedLength` bytes
 * @param {number} encryptedLength
 */
export function serverHello(random, encryptedLength) {
  const extensions = Buffer.concat([
    extension(43, u16(0x0304)),
    extension(51, Buffer.concat([u16(0x1d), vector16(randomBytes(random, 32))])),
  ]);
  const body = Buffer.concat([
    u16(0x0303),
    randomBytes(random, 32),
    Buffer.from([32]),
    randomBytes(random, 32),
    u16(0x1301),
    Buffer.from([0]),
    vector16(extensions),
  ]);
  return Buffer.concat([
    handshakeRecord(2, body, 0x0303),
    Buffer.from([0x14, 3, 3, 0, 1, 1]),
    tlsRecordHeader(encryptedLength),
  ]);
}

/**
 * @param {number} encryptedLength
 * @returns {Buffer} the client's change_cipher_spec and the header of its protected Finished
 */
export function clientFinished(encryptedLength) {
  return Buffer.concat([Buffer.from([0x14, 3, 3, 0, 1, 1]), tlsRecordHeader(encryptedLength)]);
}

/** @param {string} name @returns {Buffer} labels of RFC 1035 §3.1 */
function dnsName(name) {
  return Buffer.concat([
    ...name
      .split('.')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.alloc(1),
  ]);
}

const SPF_TEXT = 'v=spf1 include:example -all';
const SPF = Buffer.concat([Buffer.from([SPF_TEXT.length]), Buffer.from(SPF_TEXT, 'latin1')]);

/**
 * @param {Random} random
 * @param {Host} asked the host whose name is asked for
 * @returns {{ query: Buffer, response: Buffer }} A, AAAA, TXT, or a name that does not exist
 */
export function dnsExchange(random, asked) {
  const id = random.below(65536);
  const kind = random.below(100);
  const missing = kind >= 94;
  const type = kind < 64 ? 1 : kind < 88 ? 28 : kind < 94 ? 16 : 1;
  const name = missing ? `x${random.uint32().toString(36)}.site0000.example` : asked.name;
  const question = Buffer.concat([dnsName(name), u16(type), u16(1)]);
  const header = (/** @type {number} */ flags, /** @type {number} */ answers) =>
    Buffer.concat([u16(id), u16(flags), u16(1), u16(answers), u16(0), u16(0)]);
  const query = Buffer.concat([header(0x0100, 0), question]);
  if (missing) return { query, response: Buffer.concat([header(0x8183, 0), question]) };
  const data = type === 1 ? asked.v4 : type === 28 ? asked.v6 : SPF;
  const ttl = Buffer.from([0, 0, random.below(14), random.below(256)]);
  const record = Buffer.concat([u16(0xc00c), u16(type), u16(1), ttl, vector16(data)]);
  const answers = type === 16 ? 1 : random.between(1, 3);
  const records = Array.from({ length: answers }, (_, i) => {
    const copy = Buffer.from(record);
    // Further answers differ in the address' last byte, as a round-robin's do.
    copy[copy.length - 1] = ((copy[copy.length - 1] ?? 0) + i) & 255;
    return copy;
  });
  return { query, response: Buffer.concat([header(0x8180, answers), question, ...records]) };
}

/** @returns {Buffer} an NTPv4 client request or server reply (RFC 5905 §7.3) @param {boolean} reply @param {number} seconds since 1970 */
export function ntp(reply, seconds) {
  const packet = Buffer.alloc(48);
  packet[0] = reply ? 0x24 : 0x23;
  packet[1] = reply ? 2 : 0;
  packet[2] = 6;
  packet[3] = 0xe9;
  packet.writeUInt32BE((seconds + 2208988800) >>> 0, 40);
  return packet;
}
