/** Long headers of QUIC: RFC 8999, 9000 §17.2, 9369. What they carry is encrypted. */

import type { ApplicationDissector, Layer, Words } from '../contract.ts';

const V1 = 1;
const V2 = 0x6b3343cf;
const VERSIONS: Readonly<Record<number, string>> = { 0: 'version negotiation', [V1]: '1', [V2]: '2' };
const TYPES_V1: Readonly<Record<number, string>> = { 0: 'Initial', 1: '0-RTT', 2: 'Handshake', 3: 'Retry' };
const TYPES_V2: Readonly<Record<number, string>> = { 0: 'Retry', 1: 'Initial', 2: '0-RTT', 3: 'Handshake' };

const MAX_ID = 20;
const MAX_PACKETS = 8;

interface Varint {
  readonly value: number;
  readonly size: number;
}

/** RFC 9000 §16. */
function varint(layer: Layer, off: number): Varint {
  const first = layer.uint(off, 1);
  const size = 1 << (first >> 6);
  layer.need(off, size);
  let value = first & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + layer.uint(off + i, 1);
  return { value, size };
}

function variable(layer: Layer, name: string, label: string, off: number): Varint {
  const found = varint(layer, off);
  layer.add(name, label, off, found.size, String(found.value));
  return found;
}

/** A length of one byte and so many bytes; answers where they end. */
function connectionId(layer: Layer, names: readonly [string, string], label: string, off: number): number {
  const len = layer.num(names[0], `${label} length`, off, 1);
  layer.need(off + 1, len);
  if (len > 0) layer.hexBytes(names[1], label, off + 1, len);
  return off + 1 + len;
}

/** One packet of the datagram; answers its kind and where it ends. */
function longHeader(layer: Layer, off: number, end: number): { kind: string; end: number } {
  const version = layer.uint(off + 1, 4);
  const types: Words = version === V2 ? TYPES_V2 : TYPES_V1;
  const one = layer.group('quic.packet', 'Packet', off, end - off);
  one.bits('quic.header_form', 'Long header', off, 1, 0x80);
  const negotiation = version === 0;
  const type = negotiation ? -1 : (one.uint(off, 1) & 0x30) >> 4;
  const kind = negotiation ? 'version negotiation' : (types[type] ?? '');
  if (!negotiation) {
    one.bits('quic.fixed_bit', 'Fixed bit', off, 1, 0x40);
    one.bits(
      version === V2 ? 'quic.long.packet_type_v2' : 'quic.long.packet_type',
      'Type',
      off,
      1,
      0x30,
      types,
    );
  }
  one.hex('quic.version', 'Version', off + 1, 4, VERSIONS);
  let at = connectionId(one, ['quic.dcil', 'quic.dcid'], 'Destination connection', off + 5);
  at = connectionId(one, ['quic.scil', 'quic.scid'], 'Source connection', at);
  if (negotiation) {
    for (; at + 4 <= end; at += 4) one.hex('quic.supported_version', 'Supported version', at, 4, VERSIONS);
    return { kind, end };
  }
  if (kind === 'Retry') return { kind, end };
  if (kind === 'Initial') {
    const token = variable(one, 'quic.token_length', 'Token length', at);
    at += token.size;
    if (token.value > 0) {
      one.hexBytes('quic.token', 'Token', at, token.value);
      at += token.value;
    }
  }
  const length = variable(one, 'quic.length', 'Length', at);
  at += length.size;
  one.add('quic.remaining_payload', 'Packet number and payload, encrypted', at, length.value);
  one.field.len = Math.min(at + length.value, end) - off;
  return { kind, end: at + length.value };
}

const u32 = (b: Uint8Array, at: number): number =>
  Buffer.from(b.buffer, b.byteOffset, b.length).readUInt32BE(at);

function isLong(bytes: Uint8Array): boolean {
  if (bytes.length < 7 || (bytes[0] ?? 0) < 0x80) return false;
  const version = u32(bytes, 1);
  const known = version === V1 || version === V2 || (version === 0 && (bytes.length - 7) % 4 === 0);
  return known && (version === 0 || ((bytes[0] ?? 0) & 0x40) !== 0) && (bytes[5] ?? 255) <= MAX_ID;
}

export const quic: ApplicationDissector = {
  transport: 'udp',
  ports: [443],
  probe: isLong,
  dissect(packet) {
    const layer = packet.layer('quic', 'QUIC');
    const end = packet.end - packet.at;
    const kinds: string[] = [];
    let off = 0;
    while (off < end && kinds.length < MAX_PACKETS && layer.uint(off, 1) >= 0x80) {
      const one = longHeader(layer, off, end);
      kinds.push(one.kind);
      off = one.end;
    }
    layer.ends(Math.min(off, end));
    packet.info = `QUIC ${kinds.join(', ')}`;
    return { by: 'payload', at: packet.at + off, end: packet.end };
  },
};
