/** Taking one packet apart for a person to read. Not the decoder of the ingest: this one explains, and need not be fast. */

import type { DissectField } from '../../model/api/packets.ts';

/** How the next layer is found. */
export interface NextLayer {
  readonly by: 'link' | 'ether' | 'ip' | 'ppp' | 'tcp' | 'udp' | 'protocol';
  /** A number of that registry, several to be tried in turn, or a protocol's name. */
  readonly key: number | string | readonly number[];
  readonly at: number;
  /** Where it ends at the latest. */
  readonly end: number;
}

/** The payload of the last header: nothing that we take apart. */
export interface Payload {
  readonly by: 'payload';
  readonly at: number;
  readonly end: number;
}

export type Following = NextLayer | Payload | undefined;

/** Explains the header at `packet.at`, adds its fields, and says what follows. */
export type Dissector = (packet: Packet) => Following;

/** The header needs bytes that are not there. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
}

/**
 * What a packet's payload says, where its first bytes begin a message. `probe` is as strict as a parser's: text, noise and the middle of
 * a message get no. Where it says too little alone, `ports` must be right too.
 */
export interface ApplicationDissector {
  readonly transport: 'tcp' | 'udp' | 'both';
  /** Usual ports of the server. */
  readonly ports: readonly number[];
  readonly needsPort?: boolean;
  probe(payload: Uint8Array): boolean;
  /** Begins its layer at `packet.at`. CutShort says that the message goes on in another packet. */
  dissect(
    packet: Packet,
    ends: { readonly fromServer: boolean; readonly onTcp: boolean; readonly port: number },
  ): Following;
}

/** A packet on its way through the dissectors. */
export class Packet {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  readonly fields: DissectField[] = [];
  /** Names of the layers, outermost first. */
  readonly protocols: string[] = [];
  /** Of the innermost layer that had something to say. */
  info = '';
  at = 0;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  /** Begins a layer at `at`; its length grows with its fields unless `end` is called. */
  layer(name: string, label: string): Layer {
    const field: DissectField = { name, label, off: this.at, len: 0, fields: [] };
    this.fields.push(field);
    this.protocols.push(name);
    return new Layer(this, field, this.at);
  }
}

/** Words for a number, where there are some. */
export type Words = Readonly<Record<number, string>> | ((value: number) => string | undefined);

/** Fields of one header. Offsets are from where the layer began, unless said otherwise. */
export class Layer {
  readonly packet: Packet;
  readonly field: DissectField;
  /** Where the layer began in the packet. */
  readonly base: number;
  readonly #fields: DissectField[];

  constructor(packet: Packet, field: DissectField, base: number) {
    this.packet = packet;
    this.field = field;
    this.base = base;
    this.#fields = field.fields ?? [];
    field.fields = this.#fields;
  }

  /** Unsigned number of 1 to 4 bytes, big-endian unless asked otherwise. Throws CutShort. */
  uint(off: number, size: number, little = false): number {
    this.need(off, size);
    let value = 0;
    for (let i = 0; i < size; i++)
      value = value * 256 + this.packet.bytes[this.base + off + (little ? size - 1 - i : i)];
    return value;
  }

  /** Throws CutShort where the bytes are not there. */
  need(off: number, size: number): void {
    if (this.base + off + size > this.packet.end) throw new CutShort();
  }

  add(name: string, label: string, off: number, len: number, value?: string): DissectField {
    const start = this.base + off;
    const room = Math.max(0, this.packet.end - start);
    const field: DissectField = { name, label, off: start, len: Math.min(len, room) };
    if (value !== undefined) field.value = value;
    this.#fields.push(field);
    this.field.len = Math.max(this.field.len, field.off + field.len - this.field.off);
    return field;
  }

  num(name: string, label: string, off: number, size: number, words?: Words): number {
    const value = this.uint(off, size);
    this.add(name, label, off, size, withWords(String(value), value, words));
    return value;
  }

  hex(name: string, label: string, off: number, size: number, words?: Words): number {
    const value = this.uint(off, size);
    this.add(name, label, off, size, withWords(hexText(value, size * 2), value, words));
    return value;
  }

  /** Bits `mask` of the number at `off`, moved down to bit 0. */
  bits(name: string, label: string, off: number, size: number, mask: number, words?: Words): number {
    const shift = 31 - Math.clz32(mask & -mask);
    const value = ((this.uint(off, size) & mask) >>> shift) >>> 0;
    this.add(name, label, off, size, withWords(String(value), value, words));
    return value;
  }

  mac(name: string, label: string, off: number): string {
    this.need(off, 6);
    const value = macText(this.packet.bytes.subarray(this.base + off, this.base + off + 6));
    this.add(name, label, off, 6, value);
    return value;
  }

  ipv4(name: string, label: string, off: number): string {
    this.need(off, 4);
    const value = this.packet.bytes.subarray(this.base + off, this.base + off + 4).join('.');
    this.add(name, label, off, 4, value);
    return value;
  }

  ipv6(name: string, label: string, off: number): string {
    this.need(off, 16);
    const value = ipv6Text(this.packet.bytes.subarray(this.base + off, this.base + off + 16));
    this.add(name, label, off, 16, value);
    return value;
  }

  hexBytes(name: string, label: string, off: number, len: number): void {
    this.need(off, len);
    const bytes = this.packet.bytes.subarray(this.base + off, this.base + off + len);
    this.add(name, label, off, len, bytesText(bytes));
  }

  /** The bytes as text: UTF-8, what cannot be printed as dots. */
  text(name: string, label: string, off: number, len: number): string {
    this.need(off, len);
    const value = printable(this.packet.bytes.subarray(this.base + off, this.base + off + len));
    this.add(name, label, off, len, value);
    return value;
  }

  /** A field with fields of its own, whose offsets are from the layer's beginning too. */
  group(name: string, label: string, off: number, len: number, value?: string): Layer {
    return new Layer(this.packet, this.add(name, label, off, len, value), this.base);
  }

  /** Length of the header where its fields do not tell it. */
  ends(len: number): void {
    this.field.len = Math.min(len, this.packet.end - this.base);
  }
}

function withWords(text: string, value: number, words?: Words): string {
  const word = typeof words === 'function' ? words(value) : words?.[value];
  return word === undefined ? text : `${text} (${word})`;
}

const MAX_TEXT = 2_048;

export function printable(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_TEXT));
  return text.replace(/\p{Cc}/gu, '·');
}

export const hexText = (value: number, digits: number): string =>
  `0x${value.toString(16).padStart(digits, '0')}`;

export const macText = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** As Wireshark shows bytes. */
export const bytesText = (bytes: Uint8Array): string =>
  bytes.length > 64 ? `${macText(bytes.subarray(0, 64))}…` : macText(bytes);

/** RFC 5952. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1]);
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
