/** SNMP (RFC 3416) and LDAP (RFC 4511) as the tree that their encoding is: X.690. Names of their fields are the packet's parsers' affair. */

import { bytesText, printable, type ApplicationDissector, type Layer } from '../contract.ts';

const UNIVERSAL: Readonly<Record<number, string>> = {
  1: 'BOOLEAN',
  2: 'INTEGER',
  3: 'BIT STRING',
  4: 'OCTET STRING',
  5: 'NULL',
  6: 'OBJECT IDENTIFIER',
  10: 'ENUMERATED',
  12: 'UTF8String',
  16: 'SEQUENCE',
  17: 'SET',
};
const CLASSES = ['universal', 'application', 'context', 'private'] as const;

/** What application and context tags mean at the top of a message. */
type Tags = Readonly<Record<number, string>>;

const SNMP: Tags = {
  0xa0: 'GetRequest',
  0xa1: 'GetNextRequest',
  0xa2: 'GetResponse',
  0xa3: 'SetRequest',
  0xa4: 'Trap of version 1',
  0xa5: 'GetBulkRequest',
  0xa6: 'InformRequest',
  0xa7: 'Trap',
  0xa8: 'Report',
  0x40: 'IpAddress',
  0x41: 'Counter32',
  0x42: 'Gauge32',
  0x43: 'TimeTicks',
  0x46: 'Counter64',
  0x80: 'noSuchObject',
  0x81: 'noSuchInstance',
  0x82: 'endOfMibView',
};
const LDAP: Tags = {
  0x60: 'BindRequest',
  0x61: 'BindResponse',
  0x42: 'UnbindRequest',
  0x63: 'SearchRequest',
  0x64: 'SearchResultEntry',
  0x65: 'SearchResultDone',
  0x66: 'ModifyRequest',
  0x67: 'ModifyResponse',
  0x68: 'AddRequest',
  0x69: 'AddResponse',
  0x4a: 'DelRequest',
  0x6b: 'DelResponse',
  0x6e: 'CompareRequest',
  0x6f: 'CompareResponse',
  0x50: 'AbandonRequest',
  0x73: 'SearchResultReference',
  0x77: 'ExtendedRequest',
  0x78: 'ExtendedResponse',
};

const MAX_DEPTH = 16;
const MAX_ELEMENTS = 500;
const CONSTRUCTED = 0x20;

interface Head {
  readonly tag: number;
  /** Bytes of tag and length. */
  readonly size: number;
  readonly len: number;
}

/** Tags beyond 30 and lengths without an end stand in neither protocol. */
function headAt(layer: Layer, off: number): Head | undefined {
  const tag = layer.uint(off, 1);
  const first = layer.uint(off + 1, 1);
  if ((tag & 0x1f) === 0x1f || first === 0x80) return undefined;
  if (first < 0x80) return { tag, size: 2, len: first };
  const bytes = first & 0x7f;
  return bytes > 4 ? undefined : { tag, size: 2 + bytes, len: layer.uint(off + 2, bytes) };
}

function objectIdentifier(bytes: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      parts.push(first, value - 40 * first);
    } else parts.push(value);
    value = 0;
  }
  return parts.join('.');
}

function integer(bytes: Uint8Array): string {
  if (bytes.length === 0 || bytes.length > 8) return bytesText(bytes);
  let value = BigInt.asIntN(8, BigInt(bytes[0] ?? 0));
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  return String(value);
}

const isText = (bytes: Uint8Array): boolean => bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);

function valueOf(tag: number, bytes: Uint8Array): string | undefined {
  if (tag === 1) return bytes[0] === 0 ? 'false' : 'true';
  if (tag === 2 || tag === 10 || (tag >= 0x41 && tag <= 0x46)) return integer(bytes);
  if (tag === 5) return undefined;
  if (tag === 6) return objectIdentifier(bytes);
  if (tag === 0x40 && bytes.length === 4) return bytes.join('.');
  return isText(bytes) ? printable(bytes) : bytesText(bytes);
}

class Tree {
  readonly #tags: Tags;
  #elements = 0;
  /** The first named tag: what the message is. */
  kind = '';

  constructor(tags: Tags) {
    this.#tags = tags;
  }

  /** Elements from `off` to `end`, below `layer`. */
  add(layer: Layer, off: number, end: number, depth: number): void {
    for (let at = off; at < end && this.#elements < MAX_ELEMENTS;) {
      const head = headAt(layer, at);
      if (!head || at + head.size + head.len > end) return;
      this.#elements++;
      const { tag, size, len } = head;
      layer.need(at, size + len);
      const known = this.#tags[tag];
      if (known !== undefined && this.kind === '') this.kind = known;
      const label =
        known ??
        (tag < 0x40 ? UNIVERSAL[tag & 0x1f] : undefined) ??
        `${CLASSES[tag >> 6] ?? ''} ${tag & 0x1f}`;
      const start = layer.base + at + size;
      const bytes = layer.packet.bytes.subarray(start, start + len);
      const holds = (tag & CONSTRUCTED) !== 0;
      const element = layer.group(
        'ber.element',
        label,
        at,
        size + len,
        holds ? undefined : valueOf(tag, bytes),
      );
      if (holds && depth < MAX_DEPTH) this.add(element, at + size, at + size + len, depth + 1);
      at += size + len;
    }
  }
}

/** A SEQUENCE that begins with an INTEGER: the version of SNMP, the message of LDAP. */
function isMessage(bytes: Uint8Array): boolean {
  if (bytes.length < 7 || bytes[0] !== 0x30) return false;
  const first = bytes[1] ?? 0;
  const at = first < 0x80 ? 2 : 2 + (first & 0x7f);
  return bytes[at] === 2 && (bytes[at + 1] ?? 255) <= 4;
}

const protocolOf = (
  name: string,
  label: string,
  transport: 'tcp' | 'udp' | 'both',
  ports: readonly number[],
  tags: Tags,
): ApplicationDissector => ({
  transport,
  ports,
  needsPort: true,
  probe: isMessage,
  dissect(packet) {
    const layer = packet.layer(name, label);
    const tree = new Tree(tags);
    tree.add(layer, 0, packet.end - packet.at, 0);
    packet.info = `${name.toUpperCase()} ${tree.kind}`.trim();
    return { by: 'payload', at: packet.at + layer.field.len, end: packet.end };
  },
});

export const snmp = protocolOf('snmp', 'Simple Network Management Protocol', 'udp', [161, 162], SNMP);
export const ldap = protocolOf('ldap', 'Lightweight Directory Access Protocol', 'both', [389, 3268], LDAP);
