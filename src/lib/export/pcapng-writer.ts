/** Packets out as pcapng (draft-ietf-opsawg-pcapng): one section, an interface for each link type, nanoseconds. */

export interface PcapngPacket {
  linkType: number;
  /** Nanoseconds since the epoch; the format holds none before it. */
  ts: bigint;
  /** Length on the wire, bytes; never less than those captured. */
  len: number;
  bytes: Uint8Array;
  comment?: string;
  /** Tells apart interfaces of one link type: the capture a packet came from. Shown as the interface's name. */
  interfaceName?: string;
}

export interface PcapngOptions {
  /** Program that writes, shown by Wireshark. */
  application?: string;
  /** About the whole file: where it was cut from. */
  comment?: string;
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const OPTION = { comment: 1, name: 2, application: 4, resolution: 9 } as const;
const NANOSECONDS = 9;
/** Options are counted in 16 bits. */
const MAX_OPTION_BYTES = 65_535;
/** Chunks of at least this much are handed on. */
const CHUNK_BYTES = 64 * 1024;

type Option = readonly [code: number, value: Uint8Array];

/**
 * The file, chunk by chunk, as packets come; the caller decides their order. An interface is described when its first
 * packet comes.
 */
export async function* writePcapng(
  packets: AsyncIterable<PcapngPacket> | Iterable<PcapngPacket>,
  options: PcapngOptions = {},
): AsyncGenerator<Uint8Array> {
  const interfaces = new Map<string, number>();
  let chunk: Uint8Array[] = [sectionHeader(options)];
  let bytes = 0;
  for await (const packet of packets) {
    const key = `${packet.linkType} ${packet.interfaceName ?? ''}`;
    let id = interfaces.get(key);
    if (id === undefined) {
      id = interfaces.size;
      interfaces.set(key, id);
      chunk.push(interfaceDescription(packet));
    }
    const block = enhancedPacket(id, packet);
    chunk.push(block);
    bytes += block.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(chunk);
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield Buffer.concat(chunk);
}

function sectionHeader({ application, comment }: PcapngOptions): Uint8Array {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(0x1a2b3c4d, 0);
  fixed.writeUInt16LE(1, 4);
  // Section length -1: not known.
  fixed.fill(0xff, 8);
  return block(BLOCK.section, fixed, new Uint8Array(0), [
    ...text(OPTION.comment, comment),
    ...text(OPTION.application, application),
  ]);
}

function interfaceDescription({ linkType, interfaceName }: PcapngPacket): Uint8Array {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(linkType, 0);
  return block(BLOCK.interface, fixed, new Uint8Array(0), [
    ...text(OPTION.name, interfaceName),
    [OPTION.resolution, Uint8Array.of(NANOSECONDS)],
  ]);
}

function enhancedPacket(id: number, { ts, len, bytes, comment }: PcapngPacket): Uint8Array {
  const ticks = ts < 0n ? 0n : ts;
  const fixed = Buffer.alloc(20);
  fixed.writeUInt32LE(id, 0);
  fixed.writeUInt32LE(Number(ticks >> 32n), 4);
  fixed.writeUInt32LE(Number(ticks & 0xffff_ffffn), 8);
  fixed.writeUInt32LE(bytes.length, 12);
  fixed.writeUInt32LE(Math.max(len, bytes.length), 16);
  return block(BLOCK.packet, fixed, bytes, text(OPTION.comment, comment));
}

const utf8 = new TextEncoder();

/** A text option, cut where the format has no room for more; none for no text. */
function text(code: number, value: string | undefined): Option[] {
  if (value === undefined || value === '') return [];
  const bytes = utf8.encode(value);
  if (bytes.length <= MAX_OPTION_BYTES) return [[code, bytes]];
  let end = MAX_OPTION_BYTES;
  // Never in the middle of a character.
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return [[code, bytes.subarray(0, end)]];
}

const padded = (length: number): number => (length + 3) & ~3;

function block(type: number, fixed: Uint8Array, data: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.reduce(
    (sum, [, value]) => sum + 4 + padded(value.length),
    options.length > 0 ? 4 : 0,
  );
  const total = 12 + fixed.length + padded(data.length) + optionBytes;
  const out = Buffer.alloc(total);
  out.writeUInt32LE(type, 0);
  out.writeUInt32LE(total, 4);
  out.set(fixed, 8);
  out.set(data, 8 + fixed.length);
  let at = 8 + fixed.length + padded(data.length);
  for (const [code, value] of options) {
    out.writeUInt16LE(code, at);
    out.writeUInt16LE(value.length, at + 2);
    out.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  out.writeUInt32LE(total, total - 4);
  return out;
}
