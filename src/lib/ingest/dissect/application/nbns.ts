/** NetBIOS name service: RFC 1002 §4.2. Its messages have the form of DNS, its names are sixteen bytes written as 32 letters. */

import { type ApplicationDissector, CutShort, type Layer } from '../contract.ts';

const PORT = 137;
const HEADER = 12;
const ENCODED = 32;
const NAME = ENCODED + 2;
const [NB, NBSTAT] = [32, 33];
const MAX_RECORDS = 100;
const STATUS_NAME = 18;

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  10: 'NULL',
  [NB]: 'NB',
  [NBSTAT]: 'NBSTAT',
};
const CLASSES: Readonly<Record<number, string>> = { 1: 'IN' };
const OPCODES: Readonly<Record<number, string>> = {
  0: 'query',
  5: 'registration',
  6: 'release',
  7: 'wait for acknowledgement',
  8: 'refresh',
  9: 'refresh',
  15: 'multi-homed registration',
};
const RCODES: Readonly<Record<number, string>> = {
  0: 'no error',
  1: 'format error',
  2: 'server failure',
  3: 'no such name',
  4: 'not implemented',
  5: 'refused',
  6: 'name is owned by another node',
  7: 'name in conflict',
};

const named = (bytes: readonly number[]): string => {
  const text = bytes
    .slice(0, 15)
    .map((byte) =>
      byte < 0x20 || byte > 0x7e ? `<${byte.toString(16).padStart(2, '0')}>` : String.fromCharCode(byte),
    )
    .join('')
    .trimEnd();
  return `${text}<${(bytes[15] ?? 0).toString(16).padStart(2, '0')}>`;
};

/** The name at `off`, a pointer followed once, and how many bytes it takes. */
function nameAt(layer: Layer, off: number): { text: string; len: number } {
  const first = layer.uint(off, 1);
  if (first >= 0xc0) {
    const to = layer.uint(off, 2) & 0x3fff;
    if (to >= off || layer.uint(to, 1) >= 0xc0) throw new CutShort();
    return { text: nameAt(layer, to).text, len: 2 };
  }
  if (first !== ENCODED) throw new CutShort();
  layer.need(off, NAME);
  const bytes = Array.from({ length: 16 }, (_, i) => {
    const [high, low] = [layer.uint(off + 1 + 2 * i, 1) - 0x41, layer.uint(off + 2 + 2 * i, 1) - 0x41];
    return ((high & 15) << 4) | (low & 15);
  });
  let len = 1 + ENCODED;
  // A scope follows as labels of DNS.
  for (let size = layer.uint(off + len, 1); size > 0; size = layer.uint(off + len, 1)) len += 1 + (size & 63);
  return { text: named(bytes), len: len + 1 };
}

function question(layer: Layer, off: number): { end: number; text: string } {
  const { text, len } = nameAt(layer, off);
  const one = layer.group('nbns.query', text, off, len + 4);
  one.add('nbns.name', 'Name', off, len, text);
  const type = one.num('nbns.type', 'Type', off + len, 2, TYPES);
  one.num('nbns.class', 'Class', off + len + 2, 2, CLASSES);
  return { end: off + len + 4, text: `${TYPES[type] ?? `type ${type}`} ${text}` };
}

/** Addresses of a name, or the names of a node. */
function data(layer: Layer, type: number, off: number, size: number): string | undefined {
  if (type === NB) {
    let address: string | undefined;
    for (let at = off; at + 6 <= off + size; at += 6) {
      layer.hex('nbns.nb_flags', 'Flags', at, 2);
      layer.bits('nbns.nb_flags.group', 'Group', at, 2, 0x8000);
      address ??= layer.ipv4('nbns.addr', 'Address', at + 2);
    }
    return address;
  }
  if (type !== NBSTAT || size === 0) return undefined;
  const count = layer.num('nbns.number_of_names', 'Names', off, 1);
  for (let i = 0; i < count && 1 + (i + 1) * STATUS_NAME <= size; i++) {
    const at = off + 1 + i * STATUS_NAME;
    const bytes = Array.from({ length: 16 }, (_, k) => layer.uint(at + k, 1));
    layer.add('nbns.netbios_name', 'Name', at, 16, named(bytes));
    layer.hex('nbns.name_flags', 'Flags', at + 16, 2);
    layer.bits('nbns.name_flags.group', 'Group', at + 16, 2, 0x8000);
    layer.bits('nbns.name_flags.act', 'Active', at + 16, 2, 0x0400);
  }
  const unit = off + 1 + count * STATUS_NAME;
  if (unit + 6 <= off + size) return layer.mac('nbns.unit_id', 'Hardware address', unit);
  return undefined;
}

function record(layer: Layer, off: number): { end: number; text: string } {
  const { text, len } = nameAt(layer, off);
  const at = off + len;
  const size = layer.uint(at + 8, 2);
  layer.need(at + 10, size);
  const one = layer.group('nbns.resource_record', text, off, len + 10 + size);
  const type = one.num('nbns.type', 'Type', at, 2, TYPES);
  one.num('nbns.class', 'Class', at + 2, 2, CLASSES);
  one.num('nbns.ttl', 'Time to live (s)', at + 4, 4);
  one.num('nbns.data_length', 'Data length', at + 8, 2);
  const value = data(one, type, at + 10, size);
  return { end: at + 10 + size, text: `${TYPES[type] ?? `type ${type}`} ${value ?? text}` };
}

function flags(layer: Layer): { isResponse: boolean; opcode: number } {
  const isResponse = layer.uint(2, 2) >= 0x8000;
  layer.hex('nbns.flags', 'Flags', 2, 2);
  layer.bits('nbns.flags.response', 'Response', 2, 2, 0x8000);
  const opcode = layer.bits('nbns.flags.opcode', 'Operation', 2, 2, 0x7800, OPCODES);
  if (isResponse) layer.bits('nbns.flags.authoritative', 'Authoritative', 2, 2, 0x0400);
  layer.bits('nbns.flags.truncated', 'Truncated', 2, 2, 0x0200);
  layer.bits('nbns.flags.recdesired', 'Recursion desired', 2, 2, 0x0100);
  if (isResponse) layer.bits('nbns.flags.recavail', 'Recursion available', 2, 2, 0x0080);
  layer.bits('nbns.flags.broadcast', 'Broadcast', 2, 2, 0x0010);
  if (isResponse) layer.bits('nbns.flags.rcode', 'Response code', 2, 2, 0x000f, RCODES);
  return { isResponse, opcode };
}

export const nbns: ApplicationDissector = {
  transport: 'udp',
  ports: [PORT],
  needsPort: true,
  probe: (bytes) =>
    bytes.length >= HEADER + 6 && (bytes[4] ?? 1) === 0 && (bytes[5] ?? 9) <= 1 && bytes[HEADER] === ENCODED,
  dissect(packet) {
    const layer = packet.layer('nbns', 'NetBIOS Name Service');
    layer.hex('nbns.id', 'Transaction', 0, 2);
    const { isResponse, opcode } = flags(layer);
    const questions = layer.num('nbns.count.queries', 'Questions', 4, 2);
    let records = layer.num('nbns.count.answers', 'Answers', 6, 2);
    records += layer.num('nbns.count.auth_rr', 'Authority records', 8, 2);
    records += layer.num('nbns.count.add_rr', 'Additional records', 10, 2);
    const texts: string[] = [];
    let off = HEADER;
    for (let i = 0; i < Math.min(questions, MAX_RECORDS); i++) {
      const one = question(layer, off);
      texts.push(one.text);
      off = one.end;
    }
    for (let i = 0; i < Math.min(records, MAX_RECORDS); i++) {
      const one = record(layer, off);
      texts.push(one.text);
      off = one.end;
    }
    layer.ends(packet.end - packet.at);
    const word = OPCODES[opcode] ?? `operation ${opcode}`;
    packet.info = `NetBIOS ${word}${isResponse ? ' response' : ''} ${texts.slice(0, 4).join(', ')}`;
    return { by: 'payload', at: packet.at + off, end: packet.end };
  },
};
