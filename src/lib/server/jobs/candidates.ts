/** Which packets of a sealed input a replay has to read: those of connections that its rules can be about, where that is fewer. */

import { packetNumbers, type PacketNumbers, selectPacket } from '../../ingest/capture/selected.ts';
import { candidateCondition, type Reach } from '../../analysis/rules/reach.ts';
import { FLOW_LIMITS } from '../../model/limits.ts';
import { openCaseReader } from '../../store/case-reader.ts';
import { big, type JsonValue, num, text } from '../reading.ts';

/** Connections past which the reduction costs more than it saves. */
const MAX_CANDIDATES = 500_000;
/** Share of the packets from which on a full pass is as good. */
const WORTH_IT = 0.7;
/** Protocols that announce connections to come, or whose connections know of each other: they are read whatever the rules say. */
const ANNOUNCING = ['ftp', 'irc', 'tftp', 'dce_rpc', 'dhcp', 'socks'];

export interface Candidates {
  /** By index of the capture file. */
  readonly files: readonly PacketNumbers[];
  /** Uids of the connections whose packets are all there: the replay has to find each of them again. */
  readonly uids: ReadonlySet<string>;
  readonly packets: number;
}

/**
 * Of the records file at `path`. Undefined where nothing is gained, or nothing can be told: not every packet has a row, a rule can be
 * about anything.
 */
export async function candidatesOf(
  path: string,
  input: string,
  reaches: readonly Reach[],
): Promise<Candidates | undefined> {
  const condition = candidateCondition(reaches);
  if (!condition) return undefined;
  const reader = await openCaseReader([{ id: input, path }], { connections: 1 });
  try {
    const one = async (sql: string): Promise<readonly JsonValue[]> =>
      (await reader.query(sql, [])).rows[0] ?? [];
    const [packets, last, files] = await one('SELECT count(*), max(n), max(file) FROM r.packets');
    const [inCaptures] = await one('SELECT sum(packets + recovered_packets) FROM r.captures');
    if (num(packets) === 0 || num(packets) !== num(inCaptures)) return undefined;
    const announcing = ANNOUNCING.map(() => "',' || service || ',' LIKE ?").join(' OR ');
    const tunnelled = 'len(tunnel_parents) > 0 OR uid IN (SELECT unnest(tunnel_parents) FROM r.conn)';
    const { rows: conns } = await reader.query(
      `SELECT conn_no, uid FROM r.conn WHERE (${condition.sql}) OR ${announcing} OR ${tunnelled} LIMIT ${MAX_CANDIDATES + 1}`,
      [...condition.params, ...ANNOUNCING.map((name) => `%,${name},%`)],
      { maxRows: MAX_CANDIDATES + 1 },
    );
    if (conns.length > MAX_CANDIDATES) return undefined;
    const wanted = new Set(conns.map(([no]) => num(no)));
    const numbers = Array.from({ length: num(files) + 1 }, () => packetNumbers(num(last)));
    let selected = 0;
    const heartbeat = new Heartbeat();
    const { chunks } = await reader.stream('SELECT file, n, conn_no, ts FROM r.packets ORDER BY ts, file, n');
    for await (const rows of chunks) {
      for (const [file, n, connNo, ts] of rows) {
        // Packets of no connection are few, and nobody knows what they are.
        const no = num(connNo);
        const isWanted = no === 0 || wanted.has(no);
        if (!heartbeat.needs(Number(big(ts)) / 1e9, isWanted)) continue;
        selected++;
        const of = numbers[num(file)];
        if (of) selectPacket(of, num(n));
      }
    }
    if (selected > WORTH_IT * num(packets)) return undefined;
    return { files: numbers, uids: new Set(conns.map(([, uid]) => text(uid))), packets: selected };
  } finally {
    reader.close();
  }
}

/**
 * Time-outs follow the capture's clock, which believes in a long jump only when several packets in a row confirm it: where the packets
 * between would be left out, some of them keep the clock going, and after a jump that is the capture's own so do those that confirmed it.
 */
class Heartbeat {
  #kept = Number.NEGATIVE_INFINITY;
  #before = Number.NEGATIVE_INFINITY;
  #confirming = 0;

  needs(seconds: number, isWanted: boolean): boolean {
    if (seconds - this.#before > FLOW_LIMITS.clockJumpS)
      this.#confirming = 2 * FLOW_LIMITS.clockJumpConfirmations;
    this.#before = seconds;
    const isNeeded = isWanted || this.#confirming > 0 || seconds - this.#kept > FLOW_LIMITS.clockJumpS / 4;
    if (this.#confirming > 0) this.#confirming--;
    if (isNeeded) this.#kept = seconds;
    return isNeeded;
  }
}
