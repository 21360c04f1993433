import { crc32 } from './crc32.mjs';
import { deflateSync, gzipSync } from 'node:zlib';

/** Files of real types with invented contents, for transfers that file carving can recognise. Sizes are in bytes and approximate. */

const WORDS = (
  'order invoice bracket flange drawing delivery pallet meeting torque stock shelf revision customer offer price gear valve motor cable sheet bolt label crate ' +
  'schedule notice repair paint measure plan report summary page part list week month item north south hall door gate'
).split(' ');

export function sentence(rng, words = rng.int(6, 14)) {
  const text = Array.from({ length: words }, () => rng.pick(WORDS)).join(' ');
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

export function text(rng, size) {
  let out = '';
  while (out.length < size) out += `${sentence(rng)}${rng.chance(0.2) ? '\n\n' : ' '}`;
  return out;
}

export function html(rng, size, title, links = []) {
  return `<!doctype html>\n<html><head><title>${title}</title>${links.join('')}</head>\n<body><h1>${title}</h1><p>${text(rng, size).replaceAll('\n\n', '</p>\n<p>')}</p></body></html>\n`;
}

export function csv(rng, rows) {
  return `part,shelf,count,price\n${Array.from({ length: rows }, () => `${rng.pick(WORDS)}-${rng.int(100, 999)},${rng.pick('ABCDEF'.split(''))}${rng.int(1, 40)},${rng.int(0, 500)},${rng.int(10, 9999) / 100}`).join('\n')}\n`;
}

export function json(rng, rows) {
  return JSON.stringify({
    items: Array.from({ length: rows }, (_, i) => ({ id: i, part: rng.pick(WORDS), count: rng.int(0, 500) })),
  });
}

/** A PNG of random greys: does not compress, so its size is about width × height. */
export function png(rng, width, height) {
  const raw = Buffer.concat(
    Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), rng.bytes(width)])),
  );
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PDF of one page with a line of text, padded by a stream of random bytes. */
export function pdf(rng, size, line) {
  const content = `BT /F1 12 Tf 72 720 Td (${line}) Tj ET`;
  const padding = rng.bytes(Math.max(0, size - 700));
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    ),
    stream(Buffer.from(content)),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    stream(padding),
  ];
  const parts = [Buffer.from('%PDF-1.4\n')];
  const offsets = [];
  let at = parts[0].length;
  objects.forEach((object, i) => {
    const part = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(at);
    at += part.length;
    parts.push(part);
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

function stream(data) {
  return Buffer.concat([
    Buffer.from(`<< /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ]);
}

export function gzip(data) {
  return gzipSync(data);
}

/** A mail of two parts, the second an attachment in base64. */
export function mail(rng, { from, to, subject, attachment }) {
  const head = `From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${rng.hex(8)}@${from.split('@')[1]}>\r\nMIME-Version: 1.0\r\n`;
  // RFC 5321 allows no line over 998 bytes.
  const body = text(rng, rng.int(200, 2000))
    .replaceAll(/(.{1,72}) /g, '$1\n')
    .replaceAll('\n', '\r\n');
  if (!attachment) return `${head}Content-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n`;
  const boundary = `part-${rng.hex(6)}`;
  const encoded = attachment.data.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return (
    `${head}Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n` +
    `--${boundary}\r\nContent-Type: ${attachment.type}; name="${attachment.name}"\r\nContent-Disposition: attachment; filename="${attachment.name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n--${boundary}--\r\n`
  );
}
