/** TLS records and what is readable of their handshake: RFC 8446, RFC 5246; names of extensions from IANA's registry. */

import { CutShort, hexText, type ApplicationDissector, type Layer } from '../contract.ts';
import { helloExtensions } from './tls-extensions.ts';
import { VERSIONS } from './tls-words.ts';

const CONTENT: Readonly<Record<number, string>> = {
  20: 'change cipher spec',
  21: 'alert',
  22: 'handshake',
  23: 'application data',
  24: 'heartbeat',
};
const HANDSHAKE: Readonly<Record<number, string>> = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  4: 'New Session Ticket',
  8: 'Encrypted Extensions',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
  22: 'Certificate Status',
};
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close notify',
  10: 'unexpected message',
  20: 'bad record MAC',
  40: 'handshake failure',
  42: 'bad certificate',
  44: 'certificate revoked',
  45: 'certificate expired',
  46: 'certificate unknown',
  47: 'illegal parameter',
  48: 'unknown CA',
  50: 'decode error',
  51: 'decrypt error',
  70: 'protocol version',
  71: 'insufficient security',
  80: 'internal error',
  112: 'unrecognized name',
  116: 'certificate required',
  120: 'no application protocol',
};

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const RECORD = 5;
const MAX_RECORD = 16_384 + 2_048;
const MAX_RECORDS = 50;
const MAX_LISTED = 200;

/** A session id, a list of suites, compression methods: what stands in both hellos, or in one. */
function hello(layer: Layer, off: number, end: number, isClient: boolean): void {
  layer.hex('tls.handshake.version', 'Version', off, 2, VERSIONS);
  layer.hexBytes('tls.handshake.random', 'Random', off + 2, 32);
  const session = layer.num('tls.handshake.session_id_length', 'Session length', off + 34, 1);
  if (session > 0) layer.hexBytes('tls.handshake.session_id', 'Session', off + 35, session);
  let at = off + 35 + session;
  if (isClient) {
    const suites = layer.num('tls.handshake.cipher_suites_length', 'Cipher suites length', at, 2);
    layer.need(at + 2, suites);
    const list = layer.group('tls.handshake.ciphersuites', 'Cipher suites', at + 2, suites);
    for (let i = 0; i + 2 <= suites && i < 2 * MAX_LISTED; i += 2)
      list.hex('tls.handshake.ciphersuite', 'Cipher suite', at + 2 + i, 2);
    at += 2 + suites;
    const methods = layer.num('tls.handshake.comp_methods_length', 'Compression methods length', at, 1);
    layer.need(at + 1, methods);
    const compression = layer.group('tls.handshake.comp_methods', 'Compression methods', at + 1, methods);
    for (let i = 0; i < methods; i++)
      compression.num('tls.handshake.comp_method', 'Compression method', at + 1 + i, 1);
    at += 1 + methods;
  } else {
    layer.hex('tls.handshake.ciphersuite', 'Cipher suite', at, 2);
    layer.num('tls.handshake.comp_method', 'Compression method', at + 2, 1);
    at += 3;
  }
  if (at + 2 > end) return;
  const extensions = layer.num('tls.handshake.extensions_length', 'Extensions length', at, 2);
  helloExtensions(layer, at + 2, Math.min(end, at + 2 + extensions), isClient);
}

function certificates(layer: Layer, off: number): void {
  const total = layer.num('tls.handshake.certificates_length', 'Certificates length', off, 3);
  layer.need(off + 3, total);
  const list = layer.group('tls.handshake.certificates', 'Certificates', off + 3, total);
  for (let at = off + 3; at + 3 <= off + 3 + total;) {
    const len = list.num('tls.handshake.certificate_length', 'Length', at, 3);
    list.add('tls.handshake.certificate', 'Certificate', at + 3, len);
    at += 3 + len;
  }
}

/** Messages of one record, answers their names; an encrypted one begins with no type that there is, or with no length that fits. */
function handshakes(layer: Layer, off: number, end: number, complete: boolean): string[] {
  const names: string[] = [];
  for (let at = off; at + 4 <= end;) {
    const type = layer.uint(at, 1);
    const len = layer.uint(at + 1, 3);
    const name = HANDSHAKE[type];
    if (name === undefined || (complete && at + 4 + len > end)) {
      if (names.length === 0) layer.add('tls.handshake', 'Encrypted handshake message', off, end - off);
      return names.length === 0 ? ['encrypted handshake'] : names;
    }
    const one = layer.group('tls.handshake', name, at, Math.min(4 + len, end - at));
    one.num('tls.handshake.type', 'Type', at, 1, HANDSHAKE);
    one.num('tls.handshake.length', 'Length', at + 1, 3);
    names.push(name);
    if (type === CLIENT_HELLO || type === SERVER_HELLO)
      hello(one, at + 4, at + 4 + len, type === CLIENT_HELLO);
    else if (type === CERTIFICATE && len > 3 && layer.uint(at + 4, 3) + 3 === len) certificates(one, at + 4);
    at += 4 + len;
  }
  return names;
}

/** What one record says. */
function content(layer: Layer, type: number, at: number, end: number, complete: boolean): string[] {
  const len = end - at;
  if (type === 22) return handshakes(layer, at, end, complete);
  if (type === 20) layer.add('tls.change_cipher_spec', 'Change cipher spec', at, len);
  else if (type === 21 && len === 2) {
    const alert = layer.group('tls.alert_message', 'Alert', at, 2);
    alert.num('tls.alert_message.level', 'Level', at, 1, { 1: 'warning', 2: 'fatal' });
    const code = alert.num('tls.alert_message.desc', 'Description', at + 1, 1, ALERTS);
    return [`alert: ${ALERTS[code] ?? code}`];
  } else if (type === 21) {
    layer.add('tls.alert_message', 'Encrypted alert', at, len);
    return ['encrypted alert'];
  } else if (type === 23) layer.add('tls.app_data', 'Encrypted application data', at, len);
  return [CONTENT[type] ?? 'record'];
}

export const tls: ApplicationDissector = {
  transport: 'tcp',
  ports: [443],
  probe: (b) =>
    b.length >= RECORD &&
    (b[0] ?? 0) >= 20 &&
    (b[0] ?? 0) <= 24 &&
    b[1] === 3 &&
    (b[2] ?? 9) <= 4 &&
    (((b[3] ?? 0) << 8) | (b[4] ?? 0)) <= MAX_RECORD &&
    (((b[3] ?? 0) << 8) | (b[4] ?? 0)) > 0,
  dissect(packet) {
    const layer = packet.layer('tls', 'Transport Layer Security');
    const end = packet.end - packet.at;
    const said: string[] = [];
    let off = 0;
    try {
      for (let count = 0; off + RECORD <= end && count < MAX_RECORDS; count++) {
        if (!tls.probe(packet.bytes.subarray(packet.at + off, packet.end))) break;
        const len = layer.uint(off + 3, 2);
        const to = Math.min(end, off + RECORD + len);
        const record = layer.group('tls.record', 'Record', off, to - off);
        const type = record.num('tls.record.content_type', 'Content type', off, 1, CONTENT);
        record.hex('tls.record.version', 'Version', off + 1, 2, VERSIONS);
        record.num('tls.record.length', 'Length', off + 3, 2);
        said.push(...content(record, type, off + RECORD, to, to === off + RECORD + len));
        off += RECORD + len;
      }
    } catch (error) {
      // The message goes on in the next packet; what was readable of it stands there.
      if (!(error instanceof CutShort)) throw error;
      off = end;
    }
    layer.ends(Math.min(off, end));
    packet.info = `TLS ${[...new Set(said)].join(', ') || hexText(layer.uint(0, 1), 2)}`;
    return { by: 'payload', at: packet.at + off, end: packet.end };
  },
};
