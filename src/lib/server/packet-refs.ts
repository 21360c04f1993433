/** Where packets are: rows of the table `packets` with the connection of each. */

import { faultName } from '../model/faults.ts';
import { PACKET_FLAG } from '../model/tables.ts';
import { addressOf } from './host-facts.ts';
import {
  big,
  type CaseReader,
  num,
  type Piece,
  type QueryOptions,
  secondsOf,
  text,
  textOrNull,
  type Value,
} from './reading.ts';

/** Of the innermost connection, as the packet saw it: who sent. */
export interface Ends {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly proto: string;
}

export interface PacketRef {
  readonly input: string;
  readonly file: number;
  readonly n: number;
  readonly ns: bigint;
  readonly ts: number;
  /** Into the decompressed stream, bytes. */
  readonly offset: number;
  readonly caplen: number;
  readonly len: number;
  readonly linkType: number;
  readonly tcpFlags: number;
  readonly fromOrig: boolean;
  readonly recovered: boolean;
  readonly fragment: boolean;
  readonly retransmission: boolean;
  readonly fault: string | null;
  readonly uid: string | null;
  readonly ends: Ends | undefined;
}

function endsOf(row: Readonly<Record<string, Value>>, fromOrig: boolean): Ends | undefined {
  if (row['uid'] === null) return undefined;
  const orig = { address: addressOf(row, 'id_orig_h'), port: num(row['id_orig_p']) };
  const resp = { address: addressOf(row, 'id_resp_h'), port: num(row['id_resp_p']) };
  const [from, to] = fromOrig ? [orig, resp] : [resp, orig];
  return { src: from.address, sport: from.port, dst: to.address, dport: to.port, proto: text(row['proto']) };
}

function refOf(row: Readonly<Record<string, Value>>): PacketRef {
  const flags = num(row['flags']);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const fault = num(row['fault']);
  const ns = big(row['ts']);
  return {
    input: text(row['input']),
    file: num(row['file']),
    n: num(row['n']),
    ns,
    ts: secondsOf(ns),
    offset: num(row['offset']),
    caplen: num(row['caplen']),
    len: num(row['len']),
    linkType: num(row['link_type']),
    tcpFlags: num(row['tcp_flags']),
    fromOrig: has(PACKET_FLAG.orig),
    recovered: has(PACKET_FLAG.recovered),
    fragment: has(PACKET_FLAG.fragment),
    retransmission: has(PACKET_FLAG.retransmission),
    fault: fault === 0 ? null : faultName(fault),
    uid: textOrNull(row['uid']),
    ends: endsOf(row, has(PACKET_FLAG.orig)),
  };
}

/** Connections are looked up for the packets of one page only. */
const withConnections = (packets: string): string =>
  `SELECT p.*, c.uid, c.id_orig_h_hi, c.id_orig_h_lo, c.id_orig_p, c.id_resp_h_hi, c.id_resp_h_lo, c.id_resp_p, c.proto
   FROM (${packets}) p LEFT JOIN r.conn c ON c.input = p.input AND c.conn_no = p.conn_no AND p.conn_no > 0`;

/** Packets that `where` (over r.packets) selects, in time order. */
export async function packetPage(
  reader: CaseReader,
  where: Piece,
  page: { limit: number; offset: number },
  options: QueryOptions = {},
): Promise<{ refs: PacketRef[]; total: number }> {
  const counted = await reader.query(
    `SELECT count(*) FROM r.packets WHERE ${where.sql}`,
    where.params,
    options,
  );
  const rows = await reader.rows(
    `${withConnections(`SELECT * FROM r.packets WHERE ${where.sql} ORDER BY ts, input, file, n LIMIT ${page.limit} OFFSET ${page.offset}`)} ORDER BY p.ts, p.input, p.file, p.n`,
    where.params,
    options,
  );
  return { refs: rows.map(refOf), total: num(counted.rows[0]?.[0]) };
}

/** One packet, with the numbers of its neighbours in the file; undefined where there is none. */
export async function packetAt(
  reader: CaseReader,
  at: { input: string; file: number; n: number },
  options: QueryOptions = {},
): Promise<{ ref: PacketRef; previous: number | null; next: number | null } | undefined> {
  const inFile = [at.input, at.file, at.n];
  const [row] = await reader.rows(
    withConnections('SELECT * FROM r.packets WHERE input = ? AND file = ? AND n = ?'),
    inFile,
    options,
  );
  if (!row) return undefined;
  const { rows } = await reader.query(
    `SELECT max(n) FILTER (n < ?), min(n) FILTER (n > ?) FROM r.packets WHERE input = ? AND file = ? AND n BETWEEN ? AND ?`,
    [at.n, at.n, at.input, at.file, at.n - 1, at.n + 1],
    options,
  );
  const [previous = null, next = null] = rows[0] ?? [];
  return {
    ref: refOf(row),
    previous: previous === null ? null : num(previous),
    next: next === null ? null : num(next),
  };
}

/** Packets that `where` selects, in the order of their files: for cutting them out. */
export const refsInFileOrder = (where: Piece): Piece => ({
  sql: `SELECT input, file, n, ts, "offset", caplen, len, link_type FROM r.packets WHERE ${where.sql} ORDER BY file, n`,
  params: where.params,
});
