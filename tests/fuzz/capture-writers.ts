/** Writes captures for the tests, from the formats' specifications and with no code of the reader. */

export interface TestPacket {
  /** Seconds and nanoseconds. */
  sec: number;
  nsec: number;
  data: Uint8Array;
  /** Length on the wire; at least that of `data`. */
  len: number;
}

export type ByteOrder = 'little' | 'big';

const u8 = (value: number): Buffer => Buffer.from([value]);

export function u16(value: number, order: ByteOrder): Buffer {
  const out = Buffer.alloc(2);
  if (order === 'little') out.writeUInt16LE(value);
  else out.writeUInt16BE(value);
  return out;
}

export function u32(value: number, order: ByteOrder): Buffer {
  const out = Buffer.alloc(4);
  if (order === 'little') out.writeUInt32LE(value);
  else out.writeUInt32BE(value);
  return out;
}

export function u64(value: bigint, order: ByteOrder): Buffer {
  const out = Buffer.alloc(8);
  if (order === 'little') out.writeBigUInt64LE(value);
  else out.writeBigUInt64BE(value);
  return out;
}

export interface PcapOptions {
  order: ByteOrder;
  magic?: number;
  version?: [number, number];
  /** Nanoseconds a tick of the fraction. */
  tick?: number;
  snaplen?: number;
  network?: number;
  /** Bytes behind the 16 of each record header. */
  extra?: Uint8Array;
  /** Bytes behind the 24 of the file header. */
  headerExtra?: Uint8Array;
  swapLengths?: boolean;
}

export function pcapHeader(options: PcapOptions): Buffer {
  const { order, magic = 0xa1b2c3d4, version = [2, 4], snaplen = 262_144, network = 1 } = options;
  return Buffer.concat([
    u32(magic, order),
    u16(version[0], order),
    u16(version[1], order),
    u32(0, order),
    u32(0, order),
    u32(snaplen, order),
    u32(network, order),
    options.headerExtra ?? Buffer.alloc(0),
  ]);
}

export function pcapRecord(packet: TestPacket, options: PcapOptions): Buffer {
  const { order, tick = 1000, extra = Buffer.alloc(0), swapLengths = false } = options;
  const lengths = [u32(packet.data.length, order), u32(packet.len, order)];
  if (swapLengths) lengths.reverse();
  return Buffer.concat([
    u32(packet.sec, order),
    u32(Math.floor(packet.nsec / tick), order),
    ...lengths,
    extra,
    packet.data,
  ]);
}

export const pcapFile = (packets: readonly TestPacket[], options: PcapOptions): Buffer =>
  Buffer.concat([pcapHeader(options), ...packets.map((packet) => pcapRecord(packet, options))]);

const padded = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

export function ngBlock(type: number, body: Uint8Array, order: ByteOrder): Buffer {
  const content = padded(body);
  const total = u32(content.length + 12, order);
  return Buffer.concat([u32(type, order), total, content, total]);
}

export type NgOption = readonly [code: number, value: Uint8Array | string];

export function ngOptions(options: readonly NgOption[], order: ByteOrder): Buffer {
  if (options.length === 0) return Buffer.alloc(0);
  const parts = options.map(([code, value]) => {
    const bytes = Buffer.from(value as Uint8Array);
    return Buffer.concat([u16(code, order), u16(bytes.length, order), padded(bytes)]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

export const sectionHeader = (
  order: ByteOrder,
  options: readonly NgOption[] = [],
  sectionLength = -1n,
): Buffer =>
  ngBlock(
    0x0a0d0d0a,
    Buffer.concat([
      u32(0x1a2b3c4d, order),
      u16(1, order),
      u16(0, order),
      u64(BigInt.asUintN(64, sectionLength), order),
      ngOptions(options, order),
    ]),
    order,
  );

export const interfaceBlock = (
  order: ByteOrder,
  linkType: number,
  snaplen = 0,
  options: readonly NgOption[] = [],
): Buffer =>
  ngBlock(
    1,
    Buffer.concat([u16(linkType, order), u16(0, order), u32(snaplen, order), ngOptions(options, order)]),
    order,
  );

/** Ticks of the resolution that `tsresol` says since the epoch, rounded down. */
export function ticksOf(packet: TestPacket, tsresol: number): bigint {
  const perSecond = (tsresol & 0x80 ? 2n : 10n) ** BigInt(tsresol & 0x7f);
  return BigInt.asUintN(
    64,
    BigInt(packet.sec) * perSecond + (BigInt(packet.nsec) * perSecond) / 1_000_000_000n,
  );
}

export function enhancedPacket(
  order: ByteOrder,
  interfaceId: number,
  packet: TestPacket,
  tsresol = 6,
  options: readonly NgOption[] = [],
): Buffer {
  const ticks = ticksOf(packet, tsresol);
  const body = [
    u32(interfaceId, order),
    u32(Number(ticks >> 32n), order),
    u32(Number(ticks & 0xffffffffn), order),
    u32(packet.data.length, order),
    u32(packet.len, order),
    padded(packet.data),
    ngOptions(options, order),
  ];
  return ngBlock(6, Buffer.concat(body), order);
}

export function obsoletePacket(order: ByteOrder, interfaceId: number, packet: TestPacket): Buffer {
  const ticks = ticksOf(packet, 6);
  const body = [
    u16(interfaceId, order),
    u16(0, order),
    u32(Number(ticks >> 32n), order),
    u32(Number(ticks & 0xffffffffn), order),
    u32(packet.data.length, order),
    u32(packet.len, order),
    padded(packet.data),
  ];
  return ngBlock(2, Buffer.concat(body), order);
}

export const simplePacket = (order: ByteOrder, data: Uint8Array, len: number): Buffer =>
  ngBlock(3, Buffer.concat([u32(len, order), data]), order);

export function pcapngFile(packets: readonly TestPacket[], order: ByteOrder, tsresol = 6): Buffer {
  return Buffer.concat([
    sectionHeader(order),
    interfaceBlock(order, 1, 262_144, [[9, u8(tsresol)]]),
    ...packets.map((packet) => enhancedPacket(order, 0, packet, tsresol)),
  ]);
}

export function snoopFile(packets: readonly TestPacket[]): Buffer {
  const records = packets.map((packet) => {
    const data = padded(packet.data);
    const fields = [
      packet.len,
      packet.data.length,
      24 + data.length,
      0,
      packet.sec,
      Math.floor(packet.nsec / 1000),
    ];
    return Buffer.concat([...fields.map((field) => u32(field, 'big')), data]);
  });
  return Buffer.concat([Buffer.from('snoop\0\0\0'), u32(2, 'big'), u32(4, 'big'), ...records]);
}

/** Network Monitor 2.0; the capture starts at the first packet's second. */
export function netmonFile(packets: readonly TestPacket[]): Buffer {
  const start = packets.length > 0 ? packets[0].sec : 0;
  const date = new Date(start * 1000);
  const records = packets.map((packet) => {
    const micros = BigInt(packet.sec - start) * 1_000_000n + BigInt(Math.floor(packet.nsec / 1000));
    return Buffer.concat([
      u64(BigInt.asUintN(64, micros), 'little'),
      u32(packet.len, 'little'),
      u32(packet.data.length, 'little'),
      packet.data,
    ]);
  });
  const frames = Buffer.concat(records);
  let at = 128;
  const table = records.map((record) => {
    const offset = u32(at, 'little');
    at += record.length;
    return offset;
  });
  const words = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  ];
  const header = Buffer.concat([
    Buffer.from('GMBU'),
    u8(0),
    u8(2),
    u16(1, 'little'),
    ...words.map((word) => u16(word, 'little')),
    u32(128 + frames.length, 'little'),
    u32(4 * table.length, 'little'),
  ]);
  return Buffer.concat([header, Buffer.alloc(128 - header.length), frames, ...table]);
}

/** Packets a millisecond apart whose bytes tell which one they are. */
export function numberedPackets(count: number, size = 60): TestPacket[] {
  return Array.from({ length: count }, (_, i) => ({
    sec: 1_700_000_000 + Math.floor(i / 1000),
    nsec: (i % 1000) * 1_000_000,
    data: Buffer.alloc(size, i % 251),
    len: size,
  }));
}
