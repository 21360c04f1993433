/** The packets that a finding rests on: those of its connections, and the frames that it names. */

import type { Finding } from '../../model/api/findings.ts';
import { type CaseReader, big, num } from '../reading.ts';

export interface EvidencePacket {
  readonly file: number;
  readonly n: number;
  readonly ts: bigint;
  readonly offset: number;
  readonly caplen: number;
  readonly len: number;
  readonly linkType: number;
  readonly connNo: number;
  /** The finding names this very frame. */
  readonly named: boolean;
}

/** In the order of the capture; more than `most` are not read, and the answer says how many there are. */
export async function evidencePackets(
  reader: CaseReader,
  { input, uids, frames }: Pick<Finding, 'input' | 'uids' | 'frames'>,
  most: number,
): Promise<{ packets: EvidencePacket[]; of: number }> {
  const named = frames.length > 0 ? `(file, n) IN (${frames.map(() => '(?, ?)').join(', ')})` : 'false';
  const ofConns =
    uids.length > 0
      ? `(conn_no > 0 AND conn_no IN (SELECT conn_no FROM r.conn WHERE input = ? AND uid IN (${uids.map(() => '?').join(', ')})))`
      : 'false';
  const places = frames.flatMap(({ file, n }) => [file, n]);
  const conns = uids.length > 0 ? [input, ...uids] : [];
  const where = `input = ? AND (${named} OR ${ofConns})`;
  const counted = await reader.query(`SELECT count(*) FROM r.packets WHERE ${where}`, [
    input,
    ...places,
    ...conns,
  ]);
  const rows = await reader.rows(
    `SELECT file, n, ts, "offset", caplen, len, link_type, conn_no, ${named} AS named FROM r.packets WHERE ${where} ORDER BY ts, file, n LIMIT ${most}`,
    [...places, input, ...places, ...conns],
    { maxRows: most },
  );
  return {
    of: num(counted.rows[0]?.[0]),
    packets: rows.map((row) => ({
      file: num(row['file']),
      n: num(row['n']),
      ts: big(row['ts']),
      offset: num(row['offset']),
      caplen: num(row['caplen']),
      len: num(row['len']),
      linkType: num(row['link_type']),
      connNo: num(row['conn_no']),
      named: row['named'] === true,
    })),
  };
}

/** Smaller sets that are likely to be enough: the named frames, with and without how their connections began. */
export function guessesOf(packets: readonly EvidencePacket[]): EvidencePacket[][] {
  const named = packets.filter((packet) => packet.named);
  const begun = new Map<number, number>();
  const withBeginning = packets.filter((packet) => {
    const before = begun.get(packet.connNo) ?? 0;
    begun.set(packet.connNo, before + 1);
    return packet.named || (packet.connNo > 0 && before < 3);
  });
  const lastNamed = packets.findLastIndex((packet) => packet.named);
  return [named, withBeginning, packets.slice(0, lastNamed + 1)];
}
