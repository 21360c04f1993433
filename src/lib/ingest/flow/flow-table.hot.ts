/**
 * From decoded headers to connections: finds or opens the connection of each layer, counts, and writes it out when it ends.
 * One thread, no object a packet; what is rare goes through `FlowEvents`.
 */

import { IP_PROTO } from '../../model/ids.ts';
import { FRAGMENT, type Headers } from '../../model/headers.ts';
import { FLOW_LIMITS, type FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_I32, C_U16, C_U32, C_U8, E, E_F64, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { CaptureClock } from './capture-clock.hot.ts';
import { END, FlowDeadlines } from './flow-deadlines.hot.ts';
import { FlowIndex } from './flow-index.hot.ts';
import { findFlow, isCanonical, keyHash } from './flow-key.hot.ts';
import { FlowStore } from './flow-store.ts';
import { LETTER, addLetter, scaledLetter, SEEN, seenBefore } from './history.hot.ts';
import { comesFromResponder } from './originator.hot.ts';
import { TcpTracker } from './tcp.hot.ts';
import { TimerWheel } from './timer-wheel.hot.ts';
import { WEIRD_BIT } from './weirds.ts';

export interface FlowOptions {
  timeouts: FlowTimeouts;
  /** VLAN tags part of the key. */
  vlanKey: boolean;
  /** A bad checksum leaves a packet out of its connection. */
  verifyChecksums: boolean;
  /** Connections that may be open at once. */
  maxOpen?: number;
  /** Connections that there is room for from the beginning. */
  roomFor?: number;
}

/** What the table tells its owner. `slot` is valid during the call. */
export interface FlowEvents {
  opened(slot: number): void;
  /** The connection is complete: write its row. */
  ended(slot: number): void;
  /** A time-out cut the connection `before` off; `slot` goes on with its tuple. */
  continued(slot: number, before: number): void;
  /** New bits in the connection's weirds. */
  weird(slot: number, bits: number): void;
  /** A connection inside another one was seen with this parent for the first time; how it is carried there is an index into TUNNEL_TYPES. */
  carried(slot: number, parent: number, tunnel: number, tunnelId: number): void;
}

/** Where a packet is, for the connection's first and last frame. */
export interface FramePosition {
  sec: number;
  nsec: number;
  file: number;
  frame: number;
}

/** IPv6 packets that carry nothing (RFC 8200 4.7), Teredo's bubbles among them: they belong to what carries them. */
const NO_NEXT_HEADER = 59;
const NONE = -1;
/** A new connection of TCP is looked at for the first time after this many seconds: most short ones are over by then. */
const FIRST_LOOK_S = 6;

export class FlowTable {
  readonly store: FlowStore;
  readonly tcp: TcpTracker;
  readonly #wheel: TimerWheel;
  readonly #options: FlowOptions;
  readonly #events: FlowEvents;
  readonly #maxOpen: number;
  readonly #deadlines: FlowDeadlines;
  readonly #index = new FlowIndex();
  readonly #clock = new CaptureClock();

  /** Connections that are open now. */
  live = 0;
  /** Layers of all packets before this one: a connection's number is that of the layer that opened it, whichever thread counts. */
  layersBefore = 0;
  /** Connections written out early because too many were open. */
  cappedConnections = 0;
  /** Direction of the packet last touched: 0 from the originator, 1 from the responder. */
  direction = 0;
  /** The packet last touched repeated bytes that had been sent before. */
  retransmitted = false;
  /** The packet last touched had a checksum that leaves it out of its connection's stream. */
  leftOut = false;

  constructor(options: FlowOptions, events: FlowEvents) {
    this.#options = options;
    this.#events = events;
    this.store = new FlowStore(options.roomFor);
    this.#maxOpen = options.maxOpen ?? FLOW_LIMITS.maxOpenConnections;
    this.#deadlines = new FlowDeadlines(this.store, options.timeouts);
    this.tcp = new TcpTracker(this.store, options.timeouts);
    this.#wheel = new TimerWheel(this.store);
  }

  /** Moves the clock of time-outs to a packet's time. */
  advance(now: number): void {
    if (this.#clock.now === Number.NEGATIVE_INFINITY) this.#wheel.begin(now);
    if (this.#clock.advance(now)) this.#expire();
  }

  /** Packets whose time lay far ahead of the capture's clock, until a later packet came that does not agree. */
  get strayingTimes(): number {
    return this.#clock.strayingTimes;
  }

  #expire(): void {
    const s = this.store;
    for (
      let slot = this.#wheel.due(this.#clock.now);
      slot !== NONE;
      slot = this.#wheel.due(this.#clock.now)
    ) {
      const deadline = this.#deadlines.of(slot);
      if (deadline < this.#clock.now) {
        this.#end(slot, this.#deadlines.reason);
        s.release(slot);
      } else this.#wheel.add(slot, deadline);
    }
  }

  /**
   * Finds or opens the connection of one layer and counts the packet there. `parent` is the slot of the layer outside, or -1.
   * Answers the slot, or -1 where the layer is of no connection (a fragment, a header cut short).
   */
  touch(h: Headers, layer: number, at: FramePosition, parent: number): number {
    const ipProto = h.ipProto[layer];
    if (h.fragment[layer] !== FRAGMENT.none || ipProto === NO_NEXT_HEADER) return NONE;
    const withPorts = h.hasTransport[layer] === 1;
    if (
      !withPorts &&
      (ipProto === IP_PROTO.tcp ||
        ipProto === IP_PROTO.udp ||
        ipProto === IP_PROTO.icmp ||
        ipProto === IP_PROTO.icmpv6)
    )
      return NONE;
    const srcIsA = isCanonical(h, layer);
    const vlanKey =
      this.#options.vlanKey && h.layerVlanTo[layer] > h.layerVlanFrom[layer]
        ? h.vlans[h.layerVlanFrom[layer]]
        : 0;
    const hash = keyHash(h, layer, srcIsA, vlanKey);
    const now = at.sec + at.nsec * 1e-9;
    let slot = findFlow(this.store, this.#index, h, layer, srcIsA, vlanKey, hash);
    let before = NONE;
    let timedOut = false;
    if (slot !== NONE) {
      const weirds = this.store.cU32[slot * C_U32 + C.weirds];
      if (this.#deadlines.mayBeOver(slot, now) && this.#deadlines.of(slot) < now) {
        before = slot;
        timedOut = this.#deadlines.reason === END.timeout;
        this.#end(slot, this.#deadlines.reason);
      } else if (ipProto === IP_PROTO.tcp && this.tcp.isReuse(slot, h.tcpFlags[layer], h.tcpSeq[layer])) {
        before = slot;
        this.#tellWeirds(slot, weirds);
        this.#end(slot, END.reused);
      }
    }
    if (before !== NONE || slot === NONE) {
      slot = this.#open(h, layer, at, now, srcIsA, vlanKey, hash, parent, before);
      if (timedOut) this.#events.continued(slot, before);
      // Only now: what follows it was told apart from it by its record.
      if (before !== NONE) this.store.release(before);
      this.#wheel.sweep(this.live);
    } else if (
      parent !== NONE &&
      this.store.cU32[slot * C_U32 + C.parentNo] !== this.store.cU32[parent * C_U32 + C.connNo]
    )
      this.#newParent(slot, parent, h, layer);
    this.#count(h, layer, at, now, slot, srcIsA);
    return slot;
  }

  #open(
    h: Headers,
    layer: number,
    at: FramePosition,
    now: number,
    srcIsA: boolean,
    vlanKey: number,
    hash: number,
    parent: number,
    before: number,
  ): number {
    const s = this.store;
    if (this.live >= this.#maxOpen) this.#writeOutOldest();
    const slot = s.take();
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    for (let word = 0; word < 4; word++) {
      s.cU32[slot * C_U32 + C.address + word] = a[4 * layer + word];
      s.cU32[slot * C_U32 + C.address + 4 + word] = b[4 * layer + word];
    }
    s.cU32[slot * C_U32 + C.ports] = srcIsA
      ? (h.sport[layer] << 16) | h.dport[layer]
      : (h.dport[layer] << 16) | h.sport[layer];
    s.cU8[slot * C_U8 + C.ipProto] = h.ipProto[layer];
    s.cU8[slot * C_U8 + C.oneWay] = h.oneWay[layer];
    s.cU32[slot * C_U32 + C.tunnelKey] = h.tunnelKey[layer];
    s.cU32[slot * C_U32 + C.vlanKey] = vlanKey;
    s.cI32[slot * C_I32 + C.hash] = hash;
    this.#index.add(hash, slot);
    s.cU32[slot * C_U32 + C.connNo] = this.layersBefore + layer + 1;
    s.cU8[slot * C_U8 + C.version] = h.version[layer];
    s.cU16[slot * C_U16 + C.ordinal] =
      before !== NONE &&
      s.cF64[before * C_F64 + C.firstSec] === at.sec &&
      s.cU32[before * C_U32 + C.firstNsec] === at.nsec
        ? s.cU16[before * C_U16 + C.ordinal] + 1
        : 0;
    s.cF64[slot * C_F64 + C.firstSec] = at.sec;
    s.cU32[slot * C_U32 + C.firstNsec] = at.nsec;
    s.cF64[slot * C_F64 + C.lastSec] = at.sec;
    s.cU32[slot * C_U32 + C.lastNsec] = at.nsec;
    s.cU16[slot * C_U16 + C.firstFile] = at.file;
    s.cU32[slot * C_U32 + C.firstFrame] = at.frame;
    s.cU8[slot * C_U8 + C.firstFlags] = h.tcpFlags[layer];
    s.cF64[slot * C_F64 + C.idleSince] = now;
    s.cF64[slot * C_F64 + C.inactivity] = this.#deadlines.inactivityOf(h.ipProto[layer]);
    s.cU8[slot * C_U8 + C.tunnel] = h.tunnel[layer];
    s.cU32[slot * C_U32 + C.tunnelId] = h.tunnelId[layer];
    this.#setLink(h, slot, layer);
    this.tcp.open(slot);
    s.cU8[slot * C_U8 + C.origIsA] = srcIsA ? 1 : 0;
    if (comesFromResponder(h, layer)) {
      s.exchangeEnds(slot);
      addLetter(s, slot, 0, LETTER.flipped);
    }
    this.live++;
    const deadline = this.#deadlines.of(slot);
    // What has no end of its own ends by its time-out alone.
    const isTcp = h.ipProto[layer] === IP_PROTO.tcp;
    this.#wheel.add(slot, isTcp ? Math.min(deadline, now + FIRST_LOOK_S) : deadline);
    this.#events.opened(slot);
    if (parent !== NONE) this.#newParent(slot, parent, h, layer);
    return slot;
  }

  #setLink(h: Headers, slot: number, layer: number): void {
    const s = this.store;
    s.cU8[slot * C_U8 + C.hasMacs] = h.layerHasMacs[layer];
    s.eU16[2 * slot * E_U16 + E.macHi] = h.layerSrcMacHi[layer];
    s.eU32[2 * slot * E_U32 + E.macLo] = h.layerSrcMacLo[layer];
    s.eU16[(2 * slot + 1) * E_U16 + E.macHi] = h.layerDstMacHi[layer];
    s.eU32[(2 * slot + 1) * E_U32 + E.macLo] = h.layerDstMacLo[layer];
    const [from, to] = [h.layerVlanFrom[layer], h.layerVlanTo[layer]];
    s.cU8[slot * C_U8 + C.vlanSet] = 0;
    if (to > from) {
      s.cU8[slot * C_U8 + C.vlanSet] = 1;
      s.vlans.set(slot, Array.from(h.vlans.subarray(from, to)));
    }
  }

  #newParent(slot: number, parent: number, h: Headers, layer: number): void {
    this.store.cU32[slot * C_U32 + C.parentNo] = this.store.cU32[parent * C_U32 + C.connNo];
    this.#events.carried(slot, parent, h.tunnel[layer], h.tunnelId[layer]);
  }

  #count(h: Headers, layer: number, at: FramePosition, now: number, slot: number, srcIsA: boolean): void {
    const s = this.store;
    const fromOrig = srcIsA === (s.cU8[slot * C_U8 + C.origIsA] === 1);
    const dir = fromOrig ? 0 : 1;
    const end = 2 * slot + dir;
    this.direction = dir;
    this.retransmitted = false;
    this.leftOut = false;
    if (
      at.sec > s.cF64[slot * C_F64 + C.lastSec] ||
      (at.sec === s.cF64[slot * C_F64 + C.lastSec] && at.nsec > s.cU32[slot * C_U32 + C.lastNsec])
    ) {
      s.cF64[slot * C_F64 + C.lastSec] = at.sec;
      s.cU32[slot * C_U32 + C.lastNsec] = at.nsec;
    }
    s.cU16[slot * C_U16 + C.lastFile] = at.file;
    s.cU32[slot * C_U32 + C.lastFrame] = at.frame;
    s.eF64[end * E_F64 + E.frameBytes] = s.eF64[end * E_F64 + E.frameBytes] + h.wireLen;
    const weirds = s.cU32[slot * C_U32 + C.weirds];
    const ipProto = s.cU8[slot * C_U8 + C.ipProto];
    const isBad = h.badChecksum[layer] !== 0 && this.#options.verifyChecksums;
    if (ipProto === IP_PROTO.tcp && isBad) {
      this.leftOut = true;
      this.tcp.badChecksum(slot, dir);
    } else {
      s.eF64[end * E_F64 + E.pkts] = s.eF64[end * E_F64 + E.pkts] + 1;
      s.eF64[end * E_F64 + E.ipBytes] = s.eF64[end * E_F64 + E.ipBytes] + h.ipLen[layer];
      if (isBad) this.#badDatagram(slot, dir, ipProto);
      else if (ipProto === IP_PROTO.tcp) this.#segment(h, layer, at, now, slot, dir);
      else {
        if (now > s.cF64[slot * C_F64 + C.idleSince]) s.cF64[slot * C_F64 + C.idleSince] = now;
        // Of a protocol whose header is not known, nobody can say what is payload.
        if (h.hasTransport[layer] === 1)
          s.eF64[end * E_F64 + E.payload] =
            s.eF64[end * E_F64 + E.payload] + Math.max(0, h.payloadLen[layer]);
        s.eU8[end * E_U8 + E.flags] = 1;
        if (ipProto === IP_PROTO.udp) seenBefore(s, slot, dir, SEEN.data, LETTER.D);
      }
    }
    this.#tellWeirds(slot, weirds);
    const deleteAt = s.cF64[slot * C_F64 + C.deleteAt];
    if (deleteAt !== 0) this.#wheel.bringForward(slot, deleteAt);
  }

  /** Anomalies that were not there when the connection's were `before`. */
  #tellWeirds(slot: number, before: number): void {
    const fresh = this.store.cU32[slot * C_U32 + C.weirds] & ~before;
    if (fresh !== 0) this.#events.weird(slot, fresh);
  }

  #badDatagram(slot: number, dir: number, ipProto: number): void {
    const s = this.store;
    this.leftOut = true;
    const end = 2 * slot + dir;
    const count = s.eU32[end * E_U32 + E.badChecksums] + 1;
    s.eU32[end * E_U32 + E.badChecksums] = count;
    if (ipProto === IP_PROTO.udp) scaledLetter(s, slot, dir, count, LETTER.C);
    s.cU32[slot * C_U32 + C.weirds] =
      s.cU32[slot * C_U32 + C.weirds] |
      (ipProto === IP_PROTO.udp ? WEIRD_BIT.bad_UDP_checksum : WEIRD_BIT.bad_ICMP_checksum);
  }

  #segment(h: Headers, layer: number, at: FramePosition, now: number, slot: number, dir: number): void {
    const s = this.store;
    const sinceFirst =
      (at.sec - s.cF64[slot * C_F64 + C.firstSec]) * 1e9 + at.nsec - s.cU32[slot * C_U32 + C.firstNsec];
    const payload = (2 * slot + dir) * E_F64 + E.payload;
    s.eF64[payload] = s.eF64[payload] + h.payloadLen[layer];
    this.tcp.process(slot, dir, h, layer, now, sinceFirst);
    this.retransmitted = this.tcp.retransmitted;
    if (this.tcp.flipRequested) {
      this.tcp.flipped();
      this.#flipEnds(slot);
      this.direction = dir ^ 1;
    }
  }

  /** The responder turned out to be the originator: everything of the two ends changes places. */
  #flipEnds(slot: number): void {
    const s = this.store;
    s.exchangeEnds(slot);
    s.cU8[slot * C_U8 + C.firstSeen] = 3;
    addLetter(s, slot, 0, LETTER.flipped);
  }

  /** The same for whoever finds it out from what was said; `direction` follows. */
  flip(slot: number): void {
    this.#flipEnds(slot);
    this.direction ^= 1;
  }

  /** Takes the connection out of the table and writes its row; whoever calls releases its slot. */
  #end(slot: number, reason: number): void {
    const s = this.store;
    s.cU8[slot * C_U8 + C.endedBy] = reason;
    this.#index.remove(s.cI32[slot * C_I32 + C.hash], slot);
    this.#events.ended(slot);
    this.tcp.space.release(slot);
    this.#wheel.forget(slot);
    s.cU32[slot * C_U32 + C.connNo] = 0;
    this.live--;
  }

  /** Past the cap: the tenth of the open connections that were idle longest goes. */
  #writeOutOldest(): void {
    const s = this.store;
    const idle: number[] = [];
    for (let slot = 0; slot < s.used; slot++)
      if (s.cU32[slot * C_U32 + C.connNo] !== 0) idle.push(s.cF64[slot * C_F64 + C.idleSince]);
    idle.sort((a, b) => a - b);
    const until = idle[Math.floor(idle.length / 10)];
    for (let slot = 0; slot < s.used; slot++) {
      if (s.cU32[slot * C_U32 + C.connNo] === 0 || s.cF64[slot * C_F64 + C.idleSince] > until) continue;
      this.#end(slot, END.cap);
      s.release(slot);
      this.cappedConnections++;
    }
  }

  /** Connections that were open when the capture ended and are yet to be written, the oldest last. */
  #leftOpen: number[] | undefined;

  /** The end of the capture: open connections are written, oldest first, `most` of them at a time. Answers whether there are more. */
  finish(most = Number.POSITIVE_INFINITY): boolean {
    this.#leftOpen ??= this.#allOpen();
    const left = this.#leftOpen;
    for (let written = 0; written < most && left.length > 0; written++) {
      const slot = left.pop() ?? 0;
      this.#deadlines.of(slot);
      this.#end(slot, this.#deadlines.endOfCaptureReason(slot));
    }
    return left.length > 0;
  }

  #allOpen(): number[] {
    const s = this.store;
    const open: number[] = [];
    for (let slot = 0; slot < s.used; slot++) if (s.cU32[slot * C_U32 + C.connNo] !== 0) open.push(slot);
    return open.sort((a, b) => s.cU32[b * C_U32 + C.connNo] - s.cU32[a * C_U32 + C.connNo]);
  }
}
