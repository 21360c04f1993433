/**
 * Reassembly of IP fragments (RFC 791 3.2, RFC 8200 4.5). Of bytes that fragments disagree about, the first to arrive wins
 * (Zeek's and Suricata's "first" policy); overlaps are counted. Memory and time are capped: what is given up is counted too.
 */

import { FRAGMENT_LIMITS } from '../../model/limits.ts';
import type { Headers } from '../../model/headers.ts';

interface Datagram {
  readonly key: string;
  /** Transport bytes, in place. */
  bytes: Uint8Array;
  /** Which of them are there: sorted, disjoint [from, to). */
  have: [number, number][];
  /** All of it is there when it is this long; -1 until the last fragment came. */
  total: number;
  fragments: number;
  wireLen: number;
  readonly since: number;
  /** Of the first fragment: its header's length and protocol are the datagram's. */
  headerLen: number;
  ipProto: number;
}

/** A whole datagram. */
export interface Reassembled {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** IP length as if it had come in one piece. */
  readonly ipLen: number;
  readonly ipProto: number;
  /** Bytes on the wire of all its fragments. */
  readonly wireLen: number;
  readonly fragments: number;
}

export interface FragmentCounts {
  fragments: number;
  datagrams: number;
  overlaps: number;
  /** Bytes that two fragments both had, with different content. */
  conflicts: number;
  timedOut: number;
  capped: number;
  bad: number;
}

const FIRST_BYTES = 4096;

/** Bytes of header that a fragment has and its datagram has not (RFC 8200 4.5). */
const fragmentHeader = (h: Headers, layer: number): number => (h.version[layer] === 6 ? 8 : 0);

export class Fragments {
  readonly counts: FragmentCounts = {
    fragments: 0,
    datagrams: 0,
    overlaps: 0,
    conflicts: 0,
    timedOut: 0,
    capped: 0,
    bad: 0,
  };
  /** In order of their first fragments: the oldest comes first. */
  readonly #open = new Map<string, Datagram>();
  #bytes = 0;

  /** Takes the fragment of layer `layer`; answers the datagram that it completes, `undefined` while it waits, `null` for one that cannot be part of any. */
  add(h: Headers, layer: number, now: number, wireLen: number): Reassembled | undefined | null {
    this.counts.fragments++;
    this.#expire(now);
    const from = h.fragOffset[layer];
    const length = Math.min(h.payloadLen[layer], h.payloadCap[layer]);
    const more = h.fragMore[layer] === 1;
    const to = from + length;
    const cut = h.payloadLen[layer] > length;
    if (cut || to > FRAGMENT_LIMITS.maxDatagramBytes || length === 0) {
      this.counts.bad++;
      return null;
    }
    const datagram = this.#datagram(h, layer, now);
    datagram.fragments++;
    datagram.wireLen += wireLen;
    if (from === 0) {
      datagram.headerLen = h.ipLen[layer] - h.l4Len[layer] - fragmentHeader(h, layer);
      datagram.ipProto = h.ipProto[layer];
    }
    if (!more && datagram.total < 0) datagram.total = to;
    const payload = h.payloadOff[layer];
    this.#store(datagram, h.bytes.subarray(payload, payload + length), from);
    if (!isWhole(datagram)) {
      if (datagram.fragments >= FRAGMENT_LIMITS.maxFragments) this.#give(datagram, 'capped');
      return undefined;
    }
    this.#drop(datagram);
    this.counts.datagrams++;
    return {
      bytes: datagram.bytes,
      length: datagram.total,
      ipLen: datagram.headerLen + datagram.total,
      ipProto: datagram.ipProto,
      wireLen: datagram.wireLen,
      fragments: datagram.fragments,
    };
  }

  #datagram(h: Headers, layer: number, now: number): Datagram {
    const at = 4 * layer;
    // IPv6 identifies by addresses and id alone; IPv4 by the protocol too.
    const proto = h.version[layer] === 4 ? h.ipProto[layer] : 0;
    const key = `${h.fragId[layer]},${proto},${h.tunnelKey[layer]},${h.src.subarray(at, at + 4).join()},${h.dst.subarray(at, at + 4).join()}`;
    const known = this.#open.get(key);
    if (known) return known;
    if (this.#open.size >= FRAGMENT_LIMITS.maxDatagrams || this.#bytes > FRAGMENT_LIMITS.maxTotalBytes) {
      const oldest = this.#open.values().next().value;
      if (oldest) this.#give(oldest, 'capped');
    }
    const made: Datagram = {
      key,
      bytes: new Uint8Array(FIRST_BYTES),
      have: [],
      total: -1,
      fragments: 0,
      wireLen: 0,
      since: now,
      headerLen: 0,
      ipProto: h.ipProto[layer],
    };
    this.#bytes += FIRST_BYTES;
    this.#open.set(key, made);
    return made;
  }

  /** Puts the bytes where none are yet. */
  #store(datagram: Datagram, piece: Uint8Array, from: number): void {
    const to = from + piece.length;
    if (to > datagram.bytes.length) {
      const bigger = new Uint8Array(Math.max(to, datagram.bytes.length * 2));
      bigger.set(datagram.bytes);
      this.#bytes += bigger.length - datagram.bytes.length;
      datagram.bytes = bigger;
    }
    let cursor = from;
    let overlapped = false;
    let conflicting = false;
    for (const [lo, hi] of datagram.have) {
      if (hi <= from || lo >= to) continue;
      overlapped = true;
      const [a, b] = [Math.max(lo, from), Math.min(hi, to)];
      for (let i = a; i < b && !conflicting; i++) conflicting = datagram.bytes[i] !== piece[i - from];
      if (cursor < a) datagram.bytes.set(piece.subarray(cursor - from, a - from), cursor);
      cursor = Math.max(cursor, b);
    }
    if (cursor < to) datagram.bytes.set(piece.subarray(cursor - from), cursor);
    if (overlapped) this.counts.overlaps++;
    if (conflicting) this.counts.conflicts++;
    datagram.have = merged([...datagram.have, [from, to]]);
  }

  #expire(now: number): void {
    for (const datagram of this.#open.values()) {
      if (now - datagram.since <= FRAGMENT_LIMITS.timeoutS) return;
      this.#give(datagram, 'timedOut');
    }
  }

  #give(datagram: Datagram, why: 'timedOut' | 'capped'): void {
    this.counts[why]++;
    this.#drop(datagram);
  }

  #drop(datagram: Datagram): void {
    this.#open.delete(datagram.key);
    this.#bytes -= datagram.bytes.length;
  }

  /** Datagrams that never became whole. */
  get waiting(): number {
    return this.#open.size;
  }
}

function isWhole(datagram: Datagram): boolean {
  const [first] = datagram.have;
  return datagram.total >= 0 && first !== undefined && first[0] === 0 && first[1] >= datagram.total;
}

function merged(pieces: [number, number][]): [number, number][] {
  pieces.sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last && piece[0] <= last[1]) last[1] = Math.max(last[1], piece[1]);
    else out.push([piece[0], piece[1]]);
  }
  return out;
}
