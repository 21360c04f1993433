/** DNS, multicast DNS and link-local multicast name resolution: RFC 1035, 3596, 2782, 6891, 6762, 4795. */

import { CutShort, type ApplicationDissector, type Layer } from '../contract.ts';

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  41: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
};
const CLASSES: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };
const OPCODES: Readonly<Record<number, string>> = {
  0: 'query',
  1: 'inverse query',
  2: 'status',
  4: 'notify',
  5: 'update',
};
const RCODES: Readonly<Record<number, string>> = {
  0: 'no error',
  1: 'format error',
  2: 'server failure',
  3: 'no such name',
  4: 'not implemented',
  5: 'refused',
};

const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;
const HEADER = 12;
const SRV = 33;
const OPT = 41;
const MAX_POINTERS = 32;
const MAX_RECORDS = 200;

interface Name {
  readonly text: string;
  /** Bytes that it takes where it stands. */
  readonly len: number;
}

/** A name at `off` of the message, pointers followed; none points forward, so that it ends. */
function nameAt(layer: Layer, message: number, off: number): Name {
  const labels: string[] = [];
  let at = off;
  let len = 0;
  for (let pointers = 0; pointers <= MAX_POINTERS;) {
    const size = layer.uint(at, 1);
    if (size >= 0xc0) {
      if (len === 0) len = at + 2 - off;
      const to = message + (layer.uint(at, 2) & 0x3fff);
      if (to >= at) break;
      at = to;
      pointers++;
    } else if (size === 0) {
      return { text: labels.length === 0 ? '<Root>' : labels.join('.'), len: len === 0 ? at + 1 - off : len };
    } else {
      layer.need(at + 1, size);
      const start = layer.base + at + 1;
      labels.push(Buffer.from(layer.packet.bytes.subarray(start, start + size)).toString('latin1'));
      at += 1 + size;
    }
  }
  throw new CutShort();
}

function named(layer: Layer, name: string, label: string, message: number, off: number): Name {
  const found = nameAt(layer, message, off);
  layer.add(name, label, off, found.len, found.text);
  return found;
}

/** The top bit of a class is multicast DNS's own. */
function classOf(layer: Layer, name: string, off: number, multicast: boolean): string {
  const value = layer.uint(off, 2) & (multicast ? 0x7fff : 0xffff);
  const word = CLASSES[value];
  const hex = `0x${value.toString(16).padStart(4, '0')}`;
  layer.add(name, 'Class', off, 2, word === undefined ? hex : `${hex} (${word})`);
  return word ?? hex;
}

function question(
  layer: Layer,
  message: number,
  off: number,
  multicast: boolean,
): { end: number; text: string } {
  const { text, len } = nameAt(layer, message, off);
  layer.need(off + len, 4);
  const one = layer.group('dns.query', text, off, len + 4);
  named(one, 'dns.qry.name', 'Name', message, off);
  const type = one.num('dns.qry.type', 'Type', off + len, 2, TYPES);
  classOf(one, 'dns.qry.class', off + len + 2, multicast);
  return { end: off + len + 4, text: `${TYPES[type] ?? `TYPE${type}`} ${text}` };
}

type Data = (layer: Layer, off: number, len: number, message: number) => string | undefined;

const nameData =
  (name: string, label: string): Data =>
  (layer, off, _len, message) =>
    named(layer, name, label, message, off).text;

const DATA: Readonly<Record<number, Data>> = {
  1: (layer, off, len) => (len === 4 ? layer.ipv4('dns.a', 'Address', off) : undefined),
  2: nameData('dns.ns', 'Name server'),
  5: nameData('dns.cname', 'Canonical name'),
  6: (layer, off, _len, message) => {
    const primary = named(layer, 'dns.soa.mname', 'Primary name server', message, off);
    const mailbox = named(layer, 'dns.soa.rname', 'Mailbox', message, off + primary.len);
    const at = off + primary.len + mailbox.len;
    layer.num('dns.soa.serial_number', 'Serial number', at, 4);
    layer.num('dns.soa.refresh_interval', 'Refresh', at + 4, 4);
    layer.num('dns.soa.retry_interval', 'Retry', at + 8, 4);
    layer.num('dns.soa.expire_limit', 'Expire', at + 12, 4);
    layer.num('dns.soa.minimum_ttl', 'Minimum TTL', at + 16, 4);
    return primary.text;
  },
  12: nameData('dns.ptr.domain_name', 'Domain name'),
  15: (layer, off, _len, message) => {
    layer.num('dns.mx.preference', 'Preference', off, 2);
    return named(layer, 'dns.mx.mail_exchange', 'Mail exchange', message, off + 2).text;
  },
  16: (layer, off, len) => {
    const texts: string[] = [];
    for (let at = off; at < off + len;) {
      const size = layer.num('dns.txt.length', 'Length', at, 1);
      texts.push(layer.text('dns.txt', 'Text', at + 1, size));
      at += 1 + size;
    }
    return texts.join(' ');
  },
  28: (layer, off, len) => (len === 16 ? layer.ipv6('dns.aaaa', 'Address', off) : undefined),
  33: (layer, off, _len, message) => {
    layer.num('dns.srv.priority', 'Priority', off, 2);
    layer.num('dns.srv.weight', 'Weight', off + 2, 2);
    layer.num('dns.srv.port', 'Port', off + 4, 2);
    return named(layer, 'dns.srv.target', 'Target', message, off + 6).text;
  },
};

function options(layer: Layer, off: number): void {
  layer.num('dns.rr.udp_payload_size', 'UDP payload size', off, 2);
  layer.hex('dns.resp.ext_rcode', 'Higher bits of the response code', off + 2, 1);
  layer.num('dns.resp.edns0_version', 'EDNS version', off + 3, 1);
  layer.hex('dns.resp.z', 'Flags', off + 4, 2);
}

function record(
  layer: Layer,
  message: number,
  off: number,
  multicast: boolean,
): { end: number; text: string } {
  const { text, len } = nameAt(layer, message, off);
  const at = off + len;
  const size = layer.uint(at + 8, 2);
  layer.need(at + 10, size);
  const one = layer.group('dns.resource_record', text, off, len + 10 + size);
  named(one, one.uint(at, 2) === SRV ? 'dns.srv.name' : 'dns.resp.name', 'Name', message, off);
  const type = one.num('dns.resp.type', 'Type', at, 2, TYPES);
  if (type === OPT) options(one, at + 2);
  else {
    classOf(one, 'dns.resp.class', at + 2, multicast);
    one.num('dns.resp.ttl', 'Time to live (s)', at + 4, 4);
  }
  one.num('dns.resp.len', 'Data length', at + 8, 2);
  const value = type === OPT ? undefined : DATA[type]?.(one, at + 10, size, message);
  return { end: at + 10 + size, text: `${TYPES[type] ?? `TYPE${type}`} ${value ?? text}` };
}

function flagsOf(layer: Layer, off: number, linkLocal: boolean): boolean {
  const value = layer.uint(off, 2);
  const isResponse = value >= 0x8000;
  layer.hex('dns.flags', 'Flags', off, 2);
  const flags = layer;
  flags.bits('dns.flags.response', 'Response', off, 2, 0x8000);
  flags.bits('dns.flags.opcode', 'Operation', off, 2, 0x7800, OPCODES);
  if (linkLocal) {
    flags.bits('dns.flags.conflict', 'Name is not unique', off, 2, 0x0400);
    flags.bits('dns.flags.truncated', 'Truncated', off, 2, 0x0200);
    flags.bits('dns.flags.tentative', 'Tentative', off, 2, 0x0100);
    if (isResponse) flags.bits('dns.flags.rcode', 'Response code', off, 2, 0x000f, RCODES);
    return isResponse;
  }
  if (isResponse) flags.bits('dns.flags.authoritative', 'Authoritative', off, 2, 0x0400);
  flags.bits('dns.flags.truncated', 'Truncated', off, 2, 0x0200);
  flags.bits('dns.flags.recdesired', 'Recursion desired', off, 2, 0x0100);
  if (isResponse) flags.bits('dns.flags.recavail', 'Recursion available', off, 2, 0x0080);
  flags.bits('dns.flags.z', 'Reserved', off, 2, 0x0040);
  if (isResponse) flags.bits('dns.flags.authenticated', 'Answer authenticated', off, 2, 0x0020);
  flags.bits('dns.flags.checkdisable', 'Non-authenticated data acceptable', off, 2, 0x0010);
  if (isResponse) flags.bits('dns.flags.rcode', 'Response code', off, 2, 0x000f, RCODES);
  return isResponse;
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function isMessage(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER) return false;
  const opcode = ((bytes[2] ?? 0) >> 3) & 15;
  const [questions, others] = [u16(bytes, 4), u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10)];
  return opcode <= 5 && questions <= 16 && questions + others > 0 && others <= 1_000;
}

const LAYERS: Readonly<Record<number, readonly [name: string, label: string]>> = {
  [MDNS_PORT]: ['mdns', 'Multicast Domain Name System'],
  [LLMNR_PORT]: ['llmnr', 'Link-local Multicast Name Resolution'],
};

export const dns: ApplicationDissector = {
  transport: 'both',
  ports: [53, MDNS_PORT, LLMNR_PORT],
  needsPort: true,
  probe: (bytes) => isMessage(bytes) || (u16(bytes, 0) >= HEADER && isMessage(bytes.subarray(2))),
  dissect(packet, { onTcp, port }) {
    const multicast = port === MDNS_PORT;
    const layer = packet.layer(...(LAYERS[port] ?? (['dns', 'Domain Name System'] as const)));
    const message = onTcp ? 2 : 0;
    const end = onTcp ? 2 + layer.num('dns.length', 'Length', 0, 2) : packet.end - packet.at;
    layer.hex('dns.id', 'Transaction', message, 2);
    const isResponse = flagsOf(layer, message + 2, port === LLMNR_PORT);
    const questions = layer.num('dns.count.queries', 'Questions', message + 4, 2);
    let records = layer.num('dns.count.answers', 'Answers', message + 6, 2);
    records += layer.num('dns.count.auth_rr', 'Authority records', message + 8, 2);
    records += layer.num('dns.count.add_rr', 'Additional records', message + 10, 2);
    const texts: string[] = [];
    let off = message + HEADER;
    for (let i = 0; i < Math.min(questions, MAX_RECORDS); i++) {
      const one = question(layer, message, off, multicast);
      texts.push(one.text);
      off = one.end;
    }
    for (let i = 0; i < Math.min(records, MAX_RECORDS); i++) {
      const one = record(layer, message, off, multicast);
      if (i < 4) texts.push(one.text);
      off = one.end;
    }
    layer.ends(end);
    packet.info = `${isResponse ? 'answer' : 'question'} ${texts.join(', ')}`;
    return { by: 'payload', at: packet.at + Math.max(off, end), end: packet.end };
  },
};
