/** Packets as people see them: lists with a line about each, and one taken apart. */

import { compilePacketFilter } from '../analysis/filter/of-packets.ts';
import { dissect, snippet } from '../ingest/dissect/dissect.ts';
import type { DissectField, PacketDetail, PacketList, PacketRow } from '../model/api/packets.ts';
import type { ScopeQuery } from '../model/api/common.ts';
import type { CaseAccess } from './case-access.ts';
import { connNumbers, inputsOf } from './conns.ts';
import type { DataDir } from './data-dir.ts';
import { PacketBytes } from './packet-bytes.ts';
import { packetAt, packetPage, type PacketRef } from './packet-refs.ts';
import { allOf, type CaseReader, num, type Piece, type QueryOptions } from './reading.ts';
import { Refusal } from './refusal.ts';
import { inputPiece, pieceOf, timePiece } from './scope.ts';

interface Page {
  readonly limit: number;
  readonly offset: number;
}

const FLAG_LETTERS = 'FSRPAUEC';

/** As tcpdump's letters, spelled: FIN is F, ACK is A. Null for what has no TCP header. */
function flagLetters(ref: PacketRef): string | null {
  if (ref.ends?.proto !== 'tcp') return null;
  return [...FLAG_LETTERS].filter((_letter, bit) => (ref.tcpFlags & (1 << bit)) !== 0).join('');
}

const ADDRESSES = [
  ['ip.src', 'ip.dst'],
  ['ipv6.src', 'ipv6.dst'],
  ['eth.src', 'eth.dst'],
] as const;

/** Of a packet that no connection has (ARP, damage): the innermost addresses of its headers, of the link layer where there are no others. */
function addressesIn(layers: readonly DissectField[]): { src: string | null; dst: string | null } {
  for (const [from, to] of ADDRESSES) {
    const layer = layers.findLast(({ fields = [] }) => fields.some(({ name }) => name === from));
    const value = (name: string): string | null =>
      layer?.fields?.find((field) => field.name === name)?.value ?? null;
    if (layer) return { src: value(from), dst: value(to) };
  }
  return { src: null, dst: null };
}

function rowOf(ref: PacketRef, bytes: Uint8Array): PacketRow {
  const tree = dissect(bytes, ref.linkType, ref.len);
  const { src, dst } = ref.ends ?? addressesIn(tree.fields);
  return {
    input: ref.input,
    file: ref.file,
    n: ref.n,
    ts: ref.ts,
    ns: ref.ns.toString(),
    uid: ref.uid,
    from_orig: ref.uid === null ? null : ref.fromOrig,
    src,
    sport: ref.ends?.sport ?? null,
    dst,
    dport: ref.ends?.dport ?? null,
    proto: tree.protocols.at(-1) ?? 'frame',
    caplen: ref.caplen,
    len: ref.len,
    tcp_flags: flagLetters(ref),
    retransmission: ref.retransmission,
    recovered: ref.recovered,
    fragment: ref.fragment,
    fault: ref.fault,
    info: tree.info,
    payload: snippet(bytes, tree),
  };
}

/** A filter says something of a packet itself or of its connection. */
function filterOf(filter: string | undefined): Piece | undefined {
  if (filter === undefined || filter.trim() === '') return undefined;
  return pieceOf(compilePacketFilter(filter));
}

/** Condition over `r.packets` for what the packet list shows. */
export const packetScope = ({ filter, from, to, input }: ScopeQuery): Piece =>
  allOf([inputPiece(input), timePiece({ from, to }, { first: 'ts', last: 'ts' }), filterOf(filter)]);

const UNAVAILABLE = 'The packets have no rows here: the input was read without its packets table.';

async function whyNone(reader: CaseReader, total: number, options: QueryOptions): Promise<string | null> {
  if (total > 0) return null;
  const { rows } = await reader.query(
    'SELECT (SELECT count(*) FROM r.packets), (SELECT sum(packets) FROM r.captures)',
    [],
    options,
  );
  const [stored, read] = rows[0] ?? [];
  return num(stored) === 0 && num(read) > 0 ? UNAVAILABLE : null;
}

export class Packets {
  readonly #cases: CaseAccess;
  readonly #dir: DataDir;

  constructor(cases: CaseAccess, dir: DataDir) {
    this.#cases = cases;
    this.#dir = dir;
  }

  list(
    caseId: string,
    { limit, offset, ...scope }: ScopeQuery & Page,
    signal?: AbortSignal,
  ): Promise<PacketList> {
    const where = packetScope(scope);
    return this.#cases.read(caseId, (reader) => this.#page(reader, where, { limit, offset }, { signal }));
  }

  /** Of a connection, and of a tunnel also those of what it carries. */
  ofConn(
    caseId: string,
    uid: string,
    { limit, offset, input: asked }: Page & { input?: string | undefined },
    signal?: AbortSignal,
  ): Promise<PacketList> {
    return this.#cases.read(caseId, async (reader) => {
      const { input } = await inputsOf(reader, uid, asked, { signal });
      const numbers = connNumbers(input, uid);
      const where: Piece = {
        sql: `input = ? AND conn_no IN (${numbers.sql})`,
        params: [input, ...numbers.params],
      };
      return this.#page(reader, where, { limit, offset }, { signal });
    });
  }

  get(
    caseId: string,
    at: { input: string; file: number; n: number },
    signal?: AbortSignal,
  ): Promise<PacketDetail> {
    return this.#cases.read(caseId, async (reader) => {
      const found = await packetAt(reader, at, { signal });
      if (!found) throw new Refusal('not_found', `There is no packet ${at.n} in this capture file.`);
      const { ref, previous, next } = found;
      const bytes = await this.#bytesOf(reader, (source) => source.read(ref), { signal });
      return {
        row: rowOf(ref, bytes),
        fields: dissect(bytes, ref.linkType, ref.len).fields,
        bytes: Buffer.from(bytes).toString('base64'),
        previous,
        next,
      };
    });
  }

  async #page(reader: CaseReader, where: Piece, page: Page, options: QueryOptions): Promise<PacketList> {
    const { refs, total } = await packetPage(reader, where, page, options);
    const packets = await this.#bytesOf(
      reader,
      async (source) => {
        const rows: PacketRow[] = [];
        for (const ref of refs) rows.push(rowOf(ref, await source.read(ref)));
        return rows;
      },
      options,
    );
    return { packets, total, ...page, unavailable: await whyNone(reader, total, options) };
  }

  async #bytesOf<T>(
    reader: CaseReader,
    use: (source: PacketBytes) => Promise<T>,
    options: QueryOptions,
  ): Promise<T> {
    const source = await PacketBytes.of(this.#dir, reader, options);
    try {
      return await use(source);
    } finally {
      await source.close();
    }
  }
}
