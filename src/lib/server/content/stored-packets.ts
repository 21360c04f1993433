/** Packets of stored connections in lots, read from the captures by offset, in the order in which they were first read. */

import { PACKET_FLAG } from '../../model/tables.ts';
import type { PacketBytes } from '../packet-bytes.ts';
import { big, type CaseReader, num, type Piece, type QueryOptions } from '../reading.ts';
import type { LotPacket } from './content-messages.ts';

export interface Lot {
  readonly packets: readonly LotPacket[];
  readonly bytes: Uint8Array;
}

const LOT_PACKETS = 2_048;
const LOT_BYTES = 2 * 1024 * 1024;
const NS = 1_000_000_000n;

const COLUMNS = 'file, n, ts, "offset", caplen, len, link_type, flags';

interface Stored extends Omit<LotPacket, 'off'> {
  readonly ns: bigint;
}

/** How many packets `where` (over r.packets) selects, and from how many files of the input. */
export async function countPackets(
  reader: CaseReader,
  where: Piece,
  options: QueryOptions,
): Promise<{ packets: number; files: number }> {
  const { rows } = await reader.query(
    `SELECT count(*), count(DISTINCT file) FROM r.packets WHERE ${where.sql}`,
    where.params,
    options,
  );
  const [packets, files] = rows[0] ?? [];
  return { packets: num(packets), files: num(files) };
}

/** Several files were merged by time; of one file the order of its records counts, whatever their times say. */
async function* rowsOf(
  reader: CaseReader,
  where: Piece,
  files: number,
  options: QueryOptions,
): AsyncGenerator<Stored> {
  const order = files > 1 ? 'ts, file, n' : 'n';
  const after = files > 1 ? '(ts > ? OR (ts = ? AND (file > ? OR (file = ? AND n > ?))))' : 'n > ?';
  let last: Stored | undefined;
  for (;;) {
    const from: (number | bigint)[] = !last
      ? []
      : files > 1
        ? [last.ns, last.ns, last.file, last.file, last.n]
        : [last.n];
    const { rows } = await reader.query(
      `SELECT ${COLUMNS} FROM r.packets WHERE ${where.sql}${last ? ` AND ${after}` : ''} ORDER BY ${order} LIMIT ${LOT_PACKETS}`,
      [...where.params, ...from],
      { ...options, maxRows: LOT_PACKETS },
    );
    for (const [file, n, ts, offset, caplen, len, linkType, flags] of rows) {
      const ns = big(ts);
      last = {
        file: num(file),
        n: num(n),
        ns,
        sec: Number(ns / NS),
        nsec: Number(ns % NS),
        fileOffset: num(offset),
        caplen: num(caplen),
        len: num(len),
        linkType: num(linkType),
        recovered: (num(flags) & PACKET_FLAG.recovered) !== 0,
      };
      yield last;
    }
    if (rows.length < LOT_PACKETS) return;
  }
}

function lotOf(packets: readonly (Stored & { readonly bytes: Uint8Array })[]): Lot {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + packet.bytes.length, 0));
  let off = 0;
  return {
    bytes,
    packets: packets.map(({ bytes: own, file, n, len, sec, nsec, linkType, fileOffset, recovered }) => {
      bytes.set(own, off);
      const packet = { file, n, off, caplen: own.length, len, sec, nsec, linkType, fileOffset, recovered };
      off += own.length;
      return packet;
    }),
  };
}

/** Lots of the packets of `input` that `where` selects. */
export async function* storedPackets(
  reader: CaseReader,
  source: PacketBytes,
  input: string,
  where: Piece,
  options: QueryOptions,
): AsyncGenerator<Lot> {
  const { files } = await countPackets(reader, where, options);
  let packets: (Stored & { bytes: Uint8Array })[] = [];
  let size = 0;
  for await (const packet of rowsOf(reader, where, files, options)) {
    const { file, fileOffset: offset, caplen } = packet;
    packets.push({ ...packet, bytes: await source.read({ input, file, offset, caplen }) });
    size += caplen;
    if (packets.length < LOT_PACKETS && size < LOT_BYTES) continue;
    yield lotOf(packets);
    packets = [];
    size = 0;
  }
  if (packets.length > 0) yield lotOf(packets);
}
