/** What the flow table tells, as rows: connections, tunnels, anomalies. */

import { TUNNEL_TYPES } from '../../model/ids.ts';
import type { RowSink } from '../../model/sinks.ts';
import { TUNNEL, WEIRD } from '../../model/tables.ts';
import type { ConnRows } from '../flow/conn-rows.hot.ts';
import { uidText } from '../flow/conn-uid.hot.ts';
import { C, C_U32, C_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FlowEvents, FramePosition } from '../flow/flow-table.hot.ts';
import { WEIRDS } from '../flow/weirds.ts';
import type { Partition } from './partitions/partition.hot.ts';

/** Zeek's names of tunnel types; those that it does not know are named alike. */
const ZEEK_TUNNEL: Record<string, string> = {
  ip: 'Tunnel::IP',
  gre: 'Tunnel::GRE',
  erspan: 'Tunnel::GRE',
  vxlan: 'Tunnel::VXLAN',
  geneve: 'Tunnel::GENEVE',
  teredo: 'Tunnel::TEREDO',
  gtpv1: 'Tunnel::GTPv1',
  l2tp: 'Tunnel::L2TP',
};

export class FlowRows implements FlowEvents {
  readonly #rows: RowSink;
  readonly #at: FramePosition;
  #store: FlowStore | undefined;
  #conns: ConnRows | undefined;
  readonly #partition: Partition | undefined;
  /** Told of every connection that ends, after its row was written. */
  onEnded: ((connNo: number) => void) | undefined;
  /** Told of every connection that ends, before its row is written. */
  beforeRow: ((slot: number) => void) | undefined;
  /** Connections that were opened. */
  connections = 0;

  /** `partition`: whose connections have rows; absent: all. */
  constructor(rows: RowSink, at: FramePosition, partition: Partition | undefined) {
    this.#rows = rows;
    this.#at = at;
    this.#partition = partition;
  }

  /** The table and the writer exist only after the events that they tell. */
  bind(store: FlowStore, conns: ConnRows): void {
    this.#store = store;
    this.#conns = conns;
  }

  /** A connection's row is written when it ends. */
  opened(slot: number): void {
    if (this.#isOurs(slot)) this.connections++;
  }

  #isOurs(slot: number): boolean {
    return this.#partition === undefined || this.#partition.ownsConnection(this.#flowStore(), slot);
  }

  ended(slot: number): void {
    if (!this.#isOurs(slot)) return;
    const s = this.#flowStore();
    this.beforeRow?.(slot);
    this.#conns?.write(slot);
    // As in Zeek, a tunnel right over IP has no end: it is no connection of its own there.
    const hasEnd = s.cU32[slot * C_U32 + C.ports] !== 0;
    if (hasEnd && s.cU8[slot * C_U8 + C.carries] !== 0) this.#tunnelRow(s, slot, 'Tunnel::CLOSE');
    this.onEnded?.(s.cU32[slot * C_U32 + C.connNo]);
  }

  continued(slot: number, before: number): void {
    const s = this.#flowStore();
    s.continuedFrom.set(slot, uidText(s, before));
  }

  weird(slot: number, bits: number): void {
    if (!this.#isOurs(slot)) return;
    const s = this.#flowStore();
    for (const [bit, name] of WEIRDS.entries()) {
      if ((bits & (2 ** bit)) !== 0)
        this.#rows.row(WEIRD, {
          ...connectionValues(s, slot),
          ...frameValues(this.#at),
          name,
          source: sourceOf(name),
        });
    }
  }

  carried(slot: number, parent: number, tunnel: number, tunnelId: number): void {
    const s = this.#flowStore();
    const uid = uidText(s, parent);
    const known = s.parents.get(slot);
    if (!known) s.parents.set(slot, [uid]);
    else if (!known.includes(uid)) known.unshift(uid);
    if (s.cU8[parent * C_U8 + C.carries] !== 0) return;
    s.cU8[parent * C_U8 + C.carries] = tunnel;
    this.#tunnelRow(s, parent, 'Tunnel::DISCOVER', tunnelId);
  }

  #tunnelRow(s: FlowStore, slot: number, action: string, id?: number): void {
    if (!this.#isOurs(slot)) return;
    const type = TUNNEL_TYPES[s.cU8[slot * C_U8 + C.carries]] ?? 'none';
    this.#rows.row(TUNNEL, {
      ...connectionValues(s, slot),
      ...frameValues(this.#at),
      tunnel_type: ZEEK_TUNNEL[type] ?? `Tunnel::${type.toUpperCase()}`,
      action,
      tunnel_id: id === 0 ? undefined : id,
    });
  }

  #flowStore(): FlowStore {
    if (!this.#store) throw new Error('FlowRows was told of a connection before it was bound to a table.');
    return this.#store;
  }
}

/** Columns of a record that one frame began and completed. */
export function frameValues(at: FramePosition) {
  return {
    ts: nanoseconds(at),
    file: at.file,
    first_frame: at.frame,
    capture_file: at.file,
    capture_frame: at.frame,
  };
}

/** Columns of a record that say which connection it belongs to. */
export function connectionValues(s: FlowStore, slot: number) {
  const [orig, resp] = s.cU8[slot * C_U8 + C.origIsA] === 1 ? [0, 4] : [4, 0];
  const [portA, portB] = [s.cU32[slot * C_U32 + C.ports] >>> 16, s.cU32[slot * C_U32 + C.ports] & 0xffff];
  return {
    uid: uidText(s, slot),
    id_orig_h: addressOf(s.cU32, slot * C_U32 + C.address + orig),
    id_orig_p: orig === 0 ? portA : portB,
    id_resp_h: addressOf(s.cU32, slot * C_U32 + C.address + resp),
    id_resp_p: orig === 0 ? portB : portA,
  };
}

/** The layer whose anomaly it is. */
const sourceOf = (name: (typeof WEIRDS)[number]): string | undefined =>
  name === 'bad_UDP_checksum'
    ? 'UDP'
    : name === 'bad_ICMP_checksum'
      ? 'ICMP'
      : name === 'inner_packet_of_mixed_parents'
        ? undefined
        : 'TCP';

export const nanoseconds = (at: FramePosition): bigint => BigInt(at.sec) * 1_000_000_000n + BigInt(at.nsec);

/** Four words, big end first, as the two halves that rows take. */
export function addressOf(words: Uint32Array, at: number): readonly [bigint, bigint] {
  const lo = (BigInt(words[at + 2]) << 32n) | BigInt(words[at + 3]);
  if (words[at] === 0 && words[at + 1] === 0) return [0n, lo];
  return [(BigInt(words[at]) << 32n) | BigInt(words[at + 1]), lo];
}
