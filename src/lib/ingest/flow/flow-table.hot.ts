/**
 * From decoded headers to connections: finds or opens the connection of each layer, counts, and writes it out when it ends.
 * One thread, no object a packet; what is rare goes through `FlowEvents`.
 */

import { CONN_ENDS, IP_PROTO } from '../../model/ids.ts';
import { FRAGMENT, type Headers } from '../../model/headers.ts';
import { FLOW_LIMITS, type FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_I32, C_U16, C_U32, C_U8, E, E_F64, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { FlowIndex } from './flow-index.hot.ts';
import { END_STATE, FlowStore } from './flow-store.ts';
import { LETTER, addLetter, scaledLetter, SEEN, seenBefore } from './history.hot.ts';
import { isLikelyServerPort } from './likely-server-ports.ts';
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
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const END = {
  endOfCapture: CONN_ENDS.indexOf('end_of_capture'),
  timeout: CONN_ENDS.indexOf('timeout'),
  closed: CONN_ENDS.indexOf('closed'),
  reset: CONN_ENDS.indexOf('reset'),
  attempt: CONN_ENDS.indexOf('attempt'),
  reused: CONN_ENDS.indexOf('reused'),
  cap: CONN_ENDS.indexOf('cap'),
};
const NONE = -1;
/** A new connection of TCP is looked at for the first time after this many seconds: most short ones are over by then. */
const FIRST_LOOK_S = 6;
/** Fewer ended connections than this wait for their bucket. */
const MANY_ENDED = 65_536;

export class FlowTable {
  readonly store = new FlowStore();
  readonly tcp: TcpTracker;
  readonly #wheel: TimerWheel;
  readonly #options: FlowOptions;
  readonly #events: FlowEvents;
  readonly #maxOpen: number;
  readonly #shortest: number;
  readonly #index = new FlowIndex();
  #clock = Number.NEGATIVE_INFINITY;
  #jumpsInRow = 0;
  /** Connections that have ended and whose slots still lie in the wheel. */
  #ended = 0;

  /** Connections that are open now. */
  live = 0;
  /** Layers of all packets before this one: a connection's number is that of the layer that opened it, whichever thread counts. */
  layersBefore = 0;
  /** Connections written out early because too many were open. */
  cappedConnections = 0;
  /** Packets whose time lay far ahead of the capture's clock, until a later packet came that does not agree. */
  strayingTimes = 0;
  /** Direction of the packet last touched: 0 from the originator, 1 from the responder. */
  direction = 0;
  /** The packet last touched repeated bytes that had been sent before. */
  retransmitted = false;
  /** The packet last touched had a checksum that leaves it out of its connection's stream. */
  leftOut = false;

  constructor(options: FlowOptions, events: FlowEvents) {
    this.#options = options;
    this.#events = events;
    this.#maxOpen = options.maxOpen ?? FLOW_LIMITS.maxOpenConnections;
    this.#shortest = Math.min(...Object.values(options.timeouts).filter((seconds) => seconds > 1));
    this.tcp = new TcpTracker(this.store, options.timeouts);
    this.#wheel = new TimerWheel(this.store);
  }

  /** Moves the clock of time-outs to a packet's time: forward only, and over a long jump only when the following packets agree. */
  advance(now: number): void {
    if (this.#clock === Number.NEGATIVE_INFINITY) {
      this.#clock = now;
      this.#wheel.begin(now);
    }
    if (now <= this.#clock) {
      if (this.#jumpsInRow > 0 && now <= this.#clock + FLOW_LIMITS.clockJumpS) this.#settleJump();
      return;
    }
    if (now - this.#clock > FLOW_LIMITS.clockJumpS && ++this.#jumpsInRow < FLOW_LIMITS.clockJumpConfirmations)
      return;
    if (now - this.#clock <= FLOW_LIMITS.clockJumpS && this.#jumpsInRow > 0) this.#settleJump();
    this.#jumpsInRow = 0;
    const seconds = Math.floor(now);
    const moved = seconds !== Math.floor(this.#clock);
    this.#clock = now;
    if (moved) this.#expire();
  }

  #settleJump(): void {
    this.strayingTimes += this.#jumpsInRow;
    this.#jumpsInRow = 0;
  }

  #expire(): void {
    const s = this.store;
    for (let slot = this.#wheel.due(this.#clock); slot !== NONE; slot = this.#wheel.due(this.#clock)) {
      if (s.cU32[slot * C_U32 + C.connNo] === 0) {
        // Ended since it was filed: only now may the slot be used again.
        this.#release(slot);
        continue;
      }
      const deadline = this.#deadline(slot);
      if (deadline < this.#clock) {
        this.#end(slot, this.#reason);
        this.#release(slot);
      } else this.#wheel.add(slot, deadline);
    }
  }

  /** False for nearly every packet: nothing ends before the shortest time-out after the last one, or before its own deadline. */
  #mayBeOver(slot: number, now: number): boolean {
    const s = this.store;
    const at = slot * C_F64;
    const deleteAt = s.cF64[at + C.deleteAt];
    if (now - s.cF64[at + C.idleSince] > this.#shortest || (deleteAt !== 0 && deleteAt < now)) return true;
    const attemptAt = s.cF64[at + C.attemptAt];
    return (
      attemptAt !== 0 && attemptAt < now && s.eU8[(2 * slot + 1) * E_U8 + E.state] === END_STATE.inactive
    );
  }

  /** Why the deadline that `#deadline` answered last is one. */
  #reason = 0;

  /** The time after which a connection is over, in seconds (Zeek's timers; model/limits.ts). */
  #deadline(slot: number): number {
    const s = this.store;
    const idle = s.cF64[slot * C_F64 + C.idleSince];
    let deadline = idle + s.cF64[slot * C_F64 + C.inactivity];
    this.#reason = END.timeout;
    if (s.cU8[slot * C_U8 + C.ipProto] !== IP_PROTO.tcp) return deadline;
    const orig = 2 * slot;
    const resp = orig + 1;
    const deleteAt = s.cF64[slot * C_F64 + C.deleteAt];
    if (deleteAt !== 0 && deleteAt < deadline) {
      deadline = deleteAt;
      this.#reason =
        s.eU8[orig * E_U8 + E.state] === END_STATE.reset || s.eU8[resp * E_U8 + E.state] === END_STATE.reset
          ? END.reset
          : END.closed;
    }
    const attempt = s.cF64[slot * C_F64 + C.attemptAt];
    if (
      attempt !== 0 &&
      attempt < deadline &&
      s.cU8[slot * C_U8 + C.active] === 1 &&
      s.eU8[resp * E_U8 + E.state] === END_STATE.inactive
    ) {
      if (
        s.eU8[orig * E_U8 + E.state] === END_STATE.synSent ||
        s.eU8[orig * E_U8 + E.state] === END_STATE.synAckSent
      ) {
        deadline = attempt;
        this.#reason = END.attempt;
      }
    }
    return Math.min(deadline, this.#lingerDeadline(slot, orig, resp, idle, deadline));
  }

  /** One side has closed and nothing more came: looked at every `tcp_session_timer` seconds. */
  #lingerDeadline(slot: number, orig: number, resp: number, idle: number, otherwise: number): number {
    const s = this.store;
    if (
      s.cU8[slot * C_U8 + C.active] === 0 ||
      s.cF64[slot * C_F64 + C.deleteAt] !== 0 ||
      (s.eU8[orig * E_U8 + E.didClose] === 0 && s.eU8[resp * E_U8 + E.didClose] === 0)
    )
      return otherwise;
    const over =
      (s.eU8[orig * E_U8 + E.didClose] === 1 && s.eU8[resp * E_U8 + E.didClose] === 1) ||
      s.eU8[orig * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[resp * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[orig * E_U8 + E.state] === END_STATE.inactive ||
      s.eU8[resp * E_U8 + E.state] === END_STATE.inactive;
    if (!over) return otherwise;
    const {
      tcp_SYN_timeout: first,
      tcp_session_timer: every,
      tcp_connection_linger: linger,
    } = this.#options.timeouts;
    const begin = s.cF64[slot * C_F64 + C.firstSec] + first;
    const rounds = Math.max(0, Math.ceil((idle + linger - begin) / every));
    const at = begin + rounds * every;
    if (at < otherwise) this.#reason = END.closed;
    return at;
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
    const srcIsA = this.#isCanonical(h, layer);
    const vlanKey =
      this.#options.vlanKey && h.layerVlanTo[layer] > h.layerVlanFrom[layer]
        ? h.vlans[h.layerVlanFrom[layer]]
        : 0;
    const hash = this.#hashOf(h, layer, srcIsA, vlanKey);
    const now = at.sec + at.nsec * 1e-9;
    let slot = this.#find(h, layer, srcIsA, vlanKey, hash);
    let before = NONE;
    let timedOut = false;
    if (slot !== NONE) {
      const weirds = this.store.cU32[slot * C_U32 + C.weirds];
      if (this.#mayBeOver(slot, now) && this.#deadline(slot) < now) {
        before = slot;
        timedOut = this.#reason === END.timeout;
        this.#end(slot, this.#reason);
      } else if (ipProto === IP_PROTO.tcp && this.tcp.isReuse(slot, h.tcpFlags[layer], h.tcpSeq[layer])) {
        before = slot;
        this.#tellWeirds(slot, weirds);
        this.#end(slot, END.reused);
      }
    }
    if (before !== NONE || slot === NONE) {
      slot = this.#open(h, layer, at, now, srcIsA, vlanKey, hash, parent, before);
      if (timedOut) this.#events.continued(slot, before);
      if (this.#ended > MANY_ENDED && this.#ended > this.live) this.#releaseEnded();
    } else if (
      parent !== NONE &&
      this.store.cU32[slot * C_U32 + C.parentNo] !== this.store.cU32[parent * C_U32 + C.connNo]
    )
      this.#newParent(slot, parent, h, layer);
    this.#count(h, layer, at, now, slot, srcIsA);
    return slot;
  }

  /** True where the source is end A: the smaller address, then port. One-way messages are never turned. */
  #isCanonical(h: Headers, layer: number): boolean {
    if (h.oneWay[layer] === 1) return true;
    const at = 4 * layer;
    for (let word = 0; word < 4; word++) {
      const a = h.src[at + word];
      const b = h.dst[at + word];
      if (a !== b) return a < b;
    }
    return h.sport[layer] <= h.dport[layer];
  }

  #hashOf(h: Headers, layer: number, srcIsA: boolean, vlanKey: number): number {
    const at = 4 * layer;
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    const ports = srcIsA ? (h.sport[layer] << 16) | h.dport[layer] : (h.dport[layer] << 16) | h.sport[layer];
    let x = Math.imul(a[at + 3] ^ 0x9e3779b9, 0x85ebca6b);
    x = Math.imul((x ^ (x >>> 15)) + b[at + 3], 0xc2b2ae35);
    x = Math.imul((x ^ (x >>> 13)) + ports, 0x27d4eb2f);
    x ^= Math.imul(a[at] ^ a[at + 1] ^ Math.imul(a[at + 2], 31), 0x165667b1);
    x ^= Math.imul(b[at] + b[at + 1] + Math.imul(b[at + 2], 17), 0x9e3779b1);
    x = Math.imul(
      x ^ (x >>> 16) ^ h.ipProto[layer] ^ Math.imul(h.tunnelKey[layer] + vlanKey, 0x2c1b3c6d),
      0x297a2d39,
    );
    return x ^ (x >>> 15);
  }

  #find(h: Headers, layer: number, srcIsA: boolean, vlanKey: number, hash: number): number {
    const s = this.store;
    const at = 4 * layer;
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    const ports =
      (srcIsA ? (h.sport[layer] << 16) | h.dport[layer] : (h.dport[layer] << 16) | h.sport[layer]) >>> 0;
    const { entries, mask } = this.#index;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const slot = entries[2 * place + 1] - 1;
      if (slot < 0) return NONE;
      if (entries[2 * place] !== hash) continue;
      const key = slot * C_U32 + C.address;
      if (
        s.cU32[slot * C_U32 + C.ports] === ports &&
        s.cU8[slot * C_U8 + C.ipProto] === h.ipProto[layer] &&
        s.cU32[key + 3] === a[at + 3] &&
        s.cU32[key + 7] === b[at + 3] &&
        s.cU32[key + 2] === a[at + 2] &&
        s.cU32[key + 6] === b[at + 2] &&
        s.cU32[key + 1] === a[at + 1] &&
        s.cU32[key + 5] === b[at + 1] &&
        s.cU32[key] === a[at] &&
        s.cU32[key + 4] === b[at] &&
        s.cU32[slot * C_U32 + C.tunnelKey] === h.tunnelKey[layer] &&
        s.cU32[slot * C_U32 + C.vlanKey] === vlanKey &&
        s.cU8[slot * C_U8 + C.oneWay] === h.oneWay[layer]
      ) {
        return slot;
      }
    }
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
    s.cF64[slot * C_F64 + C.inactivity] = this.#inactivityOf(h.ipProto[layer]);
    s.cU8[slot * C_U8 + C.tunnel] = h.tunnel[layer];
    s.cU32[slot * C_U32 + C.tunnelId] = h.tunnelId[layer];
    this.#setLink(h, slot, layer);
    this.tcp.open(slot);
    s.cU8[slot * C_U8 + C.origIsA] = srcIsA ? 1 : 0;
    if (this.#flips(h, layer)) {
      s.exchangeEnds(slot);
      addLetter(s, slot, 0, LETTER.flipped);
    }
    this.live++;
    const deadline = this.#deadline(slot);
    // What has no end of its own ends by its time-out alone.
    const isTcp = h.ipProto[layer] === IP_PROTO.tcp;
    this.#wheel.add(slot, isTcp ? Math.min(deadline, now + FIRST_LOOK_S) : deadline);
    this.#events.opened(slot);
    if (parent !== NONE) this.#newParent(slot, parent, h, layer);
    return slot;
  }

  #inactivityOf(ipProto: number): number {
    const t = this.#options.timeouts;
    if (ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6) return t.icmp_inactivity_timeout;
    // A TCP connection gets its own time-out when its handshake is over.
    return ipProto === IP_PROTO.udp || ipProto === IP_PROTO.tcp
      ? t.udp_inactivity_timeout
      : t.unknown_ip_inactivity_timeout;
  }

  /** Whether the first packet came from the responder: no SYN, and its port is a server's. */
  #flips(h: Headers, layer: number): boolean {
    const ipProto = h.ipProto[layer];
    const sport = h.sport[layer];
    const dport = h.dport[layer];
    if (h.version[layer] === 4 && h.dst[4 * layer + 3] === 0xffffffff) return false;
    if (ipProto === IP_PROTO.udp)
      return isLikelyServerPort(ipProto, sport) && !isLikelyServerPort(ipProto, dport);
    if (ipProto !== IP_PROTO.tcp) return false;
    const flags = h.tcpFlags[layer];
    // A SYN with FIN or RST opens nothing, and says nothing of who opened.
    const opens = (flags & (SYN | ACK | FIN | RST)) === SYN;
    if (opens || !isLikelyServerPort(ipProto, sport)) return false;
    // A SYN-ACK from a server's port says who answers, whatever the other port is.
    return !isLikelyServerPort(ipProto, dport) || (flags & SYN) !== 0 || sport < dport;
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
        s.cF64[slot * C_F64 + C.idleSince] = now;
        // Of a protocol whose header is not known, nobody can say what is payload.
        if (h.hasTransport[layer] === 1)
          s.eF64[end * E_F64 + E.payload] =
            s.eF64[end * E_F64 + E.payload] + Math.max(0, h.payloadLen[layer]);
        s.eU8[end * E_U8 + E.flags] = 1;
        if (ipProto === IP_PROTO.udp) seenBefore(s, slot, dir, SEEN.data, LETTER.D);
      }
    }
    this.#tellWeirds(slot, weirds);
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
      this.tcp.flipRequested = false;
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

  #release(slot: number): void {
    this.#ended--;
    this.store.release(slot);
  }

  /** A tuple that is used again and again ends connections faster than the wheel goes round. */
  #releaseEnded(): void {
    this.#wheel.releaseEnded();
    this.#ended = 0;
  }

  /** Takes the connection out of the table; its row is written at once, its slot is free when its bucket of the wheel comes. */
  #end(slot: number, reason: number): void {
    const s = this.store;
    s.cU8[slot * C_U8 + C.endedBy] = reason;
    this.#index.remove(s.cI32[slot * C_I32 + C.hash], slot);
    this.#events.ended(slot);
    this.tcp.space.release(slot);
    s.cU32[slot * C_U32 + C.connNo] = 0;
    this.live--;
    this.#ended++;
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
      this.#deadline(slot);
      this.#end(slot, this.#endOfCaptureReason(slot));
    }
    return left.length > 0;
  }

  #allOpen(): number[] {
    const s = this.store;
    const open: number[] = [];
    for (let slot = 0; slot < s.used; slot++) if (s.cU32[slot * C_U32 + C.connNo] !== 0) open.push(slot);
    return open.sort((a, b) => s.cU32[b * C_U32 + C.connNo] - s.cU32[a * C_U32 + C.connNo]);
  }

  #endOfCaptureReason(slot: number): number {
    const s = this.store;
    if (s.cF64[slot * C_F64 + C.deleteAt] === 0) return END.endOfCapture;
    return s.eU8[2 * slot * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[(2 * slot + 1) * E_U8 + E.state] === END_STATE.reset
      ? END.reset
      : END.closed;
  }
}
