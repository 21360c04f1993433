/** Packets of connections cut out as pcapng, in time order. */

import { type PcapngPacket, writePcapng } from '../export/pcapng-writer.ts';
import type { CaseAccess } from './case-access.ts';
import { connNumbers, inputsOf } from './conns.ts';
import type { DataDir } from './data-dir.ts';
import { PacketBytes } from './packet-bytes.ts';
import { big, type Piece, num, text } from './reading.ts';
import { Refusal } from './refusal.ts';

export interface Slice {
  readonly uids: readonly string[];
  /** Of several inputs that have the first connection: this one. */
  readonly input?: string | undefined;
}

async function packetsOf(
  cases: CaseAccess,
  caseId: string,
  { uids, input: asked }: Slice,
): Promise<{ where: Piece; of: number }> {
  return cases.read(caseId, async (reader) => {
    const numbers: Piece[] = [];
    let input = asked;
    for (const uid of uids) {
      ({ input } = await inputsOf(reader, uid, input, {}));
      numbers.push(connNumbers(input, uid));
    }
    const where: Piece = {
      sql: `input = ? AND conn_no IN (${numbers.map(({ sql }) => sql).join(' UNION ')})`,
      params: [input ?? '', ...numbers.flatMap(({ params }) => params)],
    };
    const counted = await reader.query(`SELECT count(*) FROM r.packets WHERE ${where.sql}`, where.params);
    return { where, of: num(counted.rows[0]?.[0]) };
  });
}

export interface Cut {
  /** Condition over `r.packets`. */
  readonly where: Piece;
  /** What the file says of itself. */
  readonly comment: string;
}

/** Packets that were asked for, of however many connections, as a pcapng file in pieces. */
export async function* cutOf(
  cases: CaseAccess,
  dir: DataDir,
  caseId: string,
  { where, comment }: Cut,
  application: string,
): AsyncGenerator<Uint8Array> {
  const bytes = await cases.read(caseId, (reader) => PacketBytes.of(dir, reader));
  async function* packets(): AsyncGenerator<PcapngPacket> {
    const sql = `SELECT input, file, "offset", caplen, len, link_type, ts FROM r.packets WHERE ${where.sql} ORDER BY ts, input, file, n`;
    for await (const lot of cases.stream(caseId, sql, where.params)) {
      for (const [input, file, offset, caplen, len, linkType, ts] of lot) {
        const place = { input: text(input), file: num(file), offset: num(offset), caplen: num(caplen) };
        yield {
          linkType: num(linkType),
          ts: big(ts),
          len: num(len),
          bytes: await bytes.read(place),
          interfaceName: bytes.name(place),
        };
      }
    }
  }
  try {
    yield* writePcapng(packets(), { application, comment });
  } finally {
    await bytes.close();
  }
}

/** The file in pieces. Refused before the first piece where there is no such connection, or its packets have no rows. */
export async function* sliceOf(
  cases: CaseAccess,
  dir: DataDir,
  caseId: string,
  slice: Slice,
  application: string,
): AsyncGenerator<Uint8Array> {
  const { where, of } = await packetsOf(cases, caseId, slice);
  if (of === 0)
    throw new Refusal(
      'gone',
      'The packets of this connection have no rows: the input was read without its packets table.',
    );
  const comment = `Cut from a case by coldwire: ${slice.uids.join(', ')}`;
  yield* cutOf(cases, dir, caseId, { where, comment }, application);
}
