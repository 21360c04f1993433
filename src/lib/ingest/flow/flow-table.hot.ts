/**
 * From decoded headers to connections: finds or opens the connection of each layer, counts, and writes it out when it ends.
 * One thread, no object a packet; what is rare goes through `FlowEvents`.
 */

import { CONN_ENDS, IP_PROTO } from '../../model/ids.ts';
import { FRAGMENT, type Headers } from '../../model/headers.ts';
import { FLOW_LIMITS, type FlowTimeouts } from '../../model/limits.ts';
import { END_STATE, FlowStore, HISTORY_CAP } from './flow-store.ts';
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
  /** A connection inside another one was seen with this parent for the first time. */
  carried(slot: number, parent: number): void;
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
const SYN = 2;
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
/** A new connection is looked at for the first time after this many seconds: most short ones are over by then. */
const FIRST_LOOK_S = 6;

export class FlowTable {
  readonly store = new FlowStore();
  readonly tcp: TcpTracker;
  readonly #wheel: TimerWheel;
  readonly #options: FlowOptions;
  readonly #events: FlowEvents;
  #heads = new Int32Array(65_536).fill(NONE);
  #mask = 65_535;
  #lastConnNo = 0;
  #clock = Number.NEGATIVE_INFINITY;
  #jumpsInRow = 0;

  /** Connections that are open now. */
  live = 0;
  /** Connections written out early because too many were open. */
  cappedConnections = 0;
  /** Packets whose time lay far ahead of the capture's clock and was not confirmed. */
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
    this.tcp = new TcpTracker(this.store, options.timeouts);
    this.#wheel = new TimerWheel(this.store);
  }

  get connections(): number {
    return this.#lastConnNo;
  }

  /** Moves the clock of time-outs to a packet's time: forward only, and over a long jump only when the following packets agree. */
  advance(now: number): void {
    if (this.#clock === Number.NEGATIVE_INFINITY) this.#clock = now;
    if (now <= this.#clock) {
      if (this.#jumpsInRow > 0 && now <= this.#clock + FLOW_LIMITS.clockJumpS) this.#settleJump();
      return;
    }
    if (now - this.#clock > FLOW_LIMITS.clockJumpS && ++this.#jumpsInRow < FLOW_LIMITS.clockJumpConfirmations) return;
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
      if (s.connNo[slot] === 0) {
        // Ended since it was filed: only now may the slot be used again.
        s.release(slot);
        continue;
      }
      const deadline = this.#deadline(slot);
      if (deadline < this.#clock) {
        this.#end(slot, this.#reason);
        s.release(slot);
      } else this.#wheel.add(slot, deadline);
    }
  }

  /** Why the deadline that `#deadline` answered last is one. */
  #reason = 0;

  /** The time after which a connection is over, in seconds (Zeek's timers; model/limits.ts). */
  #deadline(slot: number): number {
    const s = this.store;
    const idle = s.idleSince[slot] as number;
    let deadline = idle + (s.inactivity[slot] as number);
    this.#reason = END.timeout;
    if (s.ipProto[slot] !== IP_PROTO.tcp) return deadline;
    const orig = 2 * slot;
    const resp = orig + 1;
    const deleteAt = s.deleteAt[slot] as number;
    if (deleteAt !== 0 && deleteAt < deadline) {
      deadline = deleteAt;
      this.#reason = s.state[orig] === END_STATE.reset || s.state[resp] === END_STATE.reset ? END.reset : END.closed;
    }
    const attempt = s.attemptAt[slot] as number;
    if (attempt !== 0 && attempt < deadline && s.active[slot] === 1 && s.state[resp] === END_STATE.inactive) {
      if (s.state[orig] === END_STATE.synSent || s.state[orig] === END_STATE.synAckSent) {
        deadline = attempt;
        this.#reason = END.attempt;
      }
    }
    return Math.min(deadline, this.#lingerDeadline(slot, orig, resp, idle, deadline));
  }

  /** One side has closed and nothing more came: looked at every `tcp_session_timer` seconds. */
  #lingerDeadline(slot: number, orig: number, resp: number, idle: number, otherwise: number): number {
    const s = this.store;
    if (s.active[slot] === 0 || s.deleteAt[slot] !== 0 || (s.didClose[orig] === 0 && s.didClose[resp] === 0)) return otherwise;
    const over =
      (s.didClose[orig] === 1 && s.didClose[resp] === 1) ||
      s.state[orig] === END_STATE.reset ||
      s.state[resp] === END_STATE.reset ||
      s.state[orig] === END_STATE.inactive ||
      s.state[resp] === END_STATE.inactive;
    if (!over) return otherwise;
    const { tcp_SYN_timeout: first, tcp_session_timer: every, tcp_connection_linger: linger } = this.#options.timeouts;
    const begin = (s.firstSec[slot] as number) + first;
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
    const ipProto = h.ipProto[layer] as number;
    if (h.fragment[layer] !== FRAGMENT.none || ipProto === NO_NEXT_HEADER) return NONE;
    const withPorts = h.hasTransport[layer] === 1;
    if (!withPorts && (ipProto === IP_PROTO.tcp || ipProto === IP_PROTO.udp || ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6)) return NONE;
    const srcIsA = this.#isCanonical(h, layer);
    const vlanKey = this.#options.vlanKey && (h.layerVlanTo[layer] as number) > (h.layerVlanFrom[layer] as number) ? (h.vlans[h.layerVlanFrom[layer] as number] as number) : 0;
    const hash = this.#hashOf(h, layer, srcIsA, vlanKey);
    const now = at.sec + at.nsec * 1e-9;
    let slot = this.#find(h, layer, srcIsA, vlanKey, hash);
    let before = NONE;
    let timedOut = false;
    if (slot !== NONE) {
      if (this.#deadline(slot) < now) {
        before = slot;
        timedOut = this.#reason === END.timeout;
        this.#end(slot, this.#reason);
      } else if (ipProto === IP_PROTO.tcp && this.tcp.isReuse(slot, h.tcpFlags[layer] as number, h.tcpSeq[layer] as number)) {
        before = slot;
        this.#end(slot, END.reused);
      }
    }
    if (before !== NONE || slot === NONE) {
      slot = this.#open(h, layer, at, now, srcIsA, vlanKey, hash, parent, before);
      if (timedOut) this.#events.continued(slot, before);
    } else if (parent !== NONE && this.store.parentNo[slot] !== this.store.connNo[parent]) this.#newParent(slot, parent);
    this.#count(h, layer, at, now, slot, srcIsA);
    return slot;
  }

  /** True where the source is end A: the smaller address, then port. One-way messages are never turned. */
  #isCanonical(h: Headers, layer: number): boolean {
    if (h.oneWay[layer] === 1) return true;
    const at = 4 * layer;
    for (let word = 0; word < 4; word++) {
      const a = h.src[at + word] as number;
      const b = h.dst[at + word] as number;
      if (a !== b) return a < b;
    }
    return (h.sport[layer] as number) <= (h.dport[layer] as number);
  }

  #hashOf(h: Headers, layer: number, srcIsA: boolean, vlanKey: number): number {
    const at = 4 * layer;
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    const ports = srcIsA ? ((h.sport[layer] as number) << 16) | (h.dport[layer] as number) : ((h.dport[layer] as number) << 16) | (h.sport[layer] as number);
    let x = Math.imul((a[at + 3] as number) ^ 0x9e3779b9, 0x85ebca6b);
    x = Math.imul((x ^ (x >>> 15)) + (b[at + 3] as number), 0xc2b2ae35);
    x = Math.imul((x ^ (x >>> 13)) + ports, 0x27d4eb2f);
    x ^= Math.imul((a[at] as number) ^ (a[at + 1] as number) ^ Math.imul(a[at + 2] as number, 31), 0x165667b1);
    x ^= Math.imul((b[at] as number) + (b[at + 1] as number) + Math.imul(b[at + 2] as number, 17), 0x9e3779b1);
    x = Math.imul(x ^ (x >>> 16) ^ (h.ipProto[layer] as number) ^ Math.imul((h.tunnelKey[layer] as number) + vlanKey, 0x2c1b3c6d), 0x297a2d39);
    return (x ^ (x >>> 15)) >>> 0;
  }

  #find(h: Headers, layer: number, srcIsA: boolean, vlanKey: number, hash: number): number {
    const s = this.store;
    const at = 4 * layer;
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    const ports = (srcIsA ? ((h.sport[layer] as number) << 16) | (h.dport[layer] as number) : ((h.dport[layer] as number) << 16) | (h.sport[layer] as number)) >>> 0;
    for (let slot = this.#heads[hash & this.#mask] as number; slot !== NONE; slot = s.next[slot] as number) {
      if (s.hash[slot] !== hash || s.ports[slot] !== ports || s.ipProto[slot] !== h.ipProto[layer]) continue;
      const key = 8 * slot;
      if (
        s.address[key + 3] === a[at + 3] &&
        s.address[key + 7] === b[at + 3] &&
        s.address[key + 2] === a[at + 2] &&
        s.address[key + 6] === b[at + 2] &&
        s.address[key + 1] === a[at + 1] &&
        s.address[key + 5] === b[at + 1] &&
        s.address[key] === a[at] &&
        s.address[key + 4] === b[at] &&
        s.tunnelKey[slot] === h.tunnelKey[layer] &&
        s.vlanKey[slot] === vlanKey &&
        s.oneWay[slot] === h.oneWay[layer]
      ) {
        return slot;
      }
    }
    return NONE;
  }

  #open(h: Headers, layer: number, at: FramePosition, now: number, srcIsA: boolean, vlanKey: number, hash: number, parent: number, before: number): number {
    const s = this.store;
    if (this.live >= FLOW_LIMITS.maxOpenConnections) this.#writeOutOldest();
    const slot = s.take();
    const a = srcIsA ? h.src : h.dst;
    const b = srcIsA ? h.dst : h.src;
    for (let word = 0; word < 4; word++) {
      s.address[8 * slot + word] = a[4 * layer + word] as number;
      s.address[8 * slot + 4 + word] = b[4 * layer + word] as number;
    }
    s.ports[slot] = srcIsA ? ((h.sport[layer] as number) << 16) | (h.dport[layer] as number) : ((h.dport[layer] as number) << 16) | (h.sport[layer] as number);
    s.ipProto[slot] = h.ipProto[layer] as number;
    s.oneWay[slot] = h.oneWay[layer] as number;
    s.tunnelKey[slot] = h.tunnelKey[layer] as number;
    s.vlanKey[slot] = vlanKey;
    s.hash[slot] = hash;
    s.next[slot] = this.#heads[hash & this.#mask] as number;
    this.#heads[hash & this.#mask] = slot;
    s.connNo[slot] = ++this.#lastConnNo;
    s.version[slot] = h.version[layer] as number;
    s.ordinal[slot] = before !== NONE && s.firstSec[before] === at.sec && s.firstNsec[before] === at.nsec ? (s.ordinal[before] as number) + 1 : 0;
    s.firstSec[slot] = at.sec;
    s.firstNsec[slot] = at.nsec;
    s.lastSec[slot] = at.sec;
    s.lastNsec[slot] = at.nsec;
    s.firstFile[slot] = at.file;
    s.firstFrame[slot] = at.frame;
    s.history.fill(0, slot * HISTORY_CAP, (slot + 1) * HISTORY_CAP);
    s.historyLen[slot] = 0;
    s.historySeen[slot] = 0;
    s.weirds[slot] = 0;
    s.missed[slot] = 0;
    s.endedBy[slot] = 0;
    s.firstFlags[slot] = h.tcpFlags[layer] as number;
    s.idleSince[slot] = now;
    s.inactivity[slot] = this.#inactivityOf(h.ipProto[layer] as number);
    s.tunnel[slot] = h.tunnel[layer] as number;
    s.tunnelId[slot] = h.tunnelId[layer] as number;
    s.parentNo[slot] = 0;
    s.carries[slot] = 0;
    this.#setLink(h, slot, layer);
    this.tcp.open(slot);
    for (let end = 2 * slot; end < 2 * slot + 2; end++) {
      s.pkts[end] = 0;
      s.ipBytes[end] = 0;
      s.frameBytes[end] = 0;
      s.payload[end] = 0;
    }
    s.origIsA[slot] = srcIsA ? 1 : 0;
    if (this.#flips(h, layer)) {
      s.exchangeEnds(slot);
      addLetter(s, slot, 0, LETTER.flipped);
    }
    this.live++;
    if (s.open > this.#mask) this.#rehash();
    this.#wheel.add(slot, Math.min(this.#deadline(slot), now + FIRST_LOOK_S));
    this.#events.opened(slot);
    if (parent !== NONE) this.#newParent(slot, parent);
    return slot;
  }

  #inactivityOf(ipProto: number): number {
    const t = this.#options.timeouts;
    if (ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6) return t.icmp_inactivity_timeout;
    // A TCP connection gets its own time-out when its handshake is over.
    return ipProto === IP_PROTO.udp || ipProto === IP_PROTO.tcp ? t.udp_inactivity_timeout : t.unknown_ip_inactivity_timeout;
  }

  /** Whether the first packet came from the responder: no SYN, and its port is a server's. */
  #flips(h: Headers, layer: number): boolean {
    const ipProto = h.ipProto[layer] as number;
    const sport = h.sport[layer] as number;
    const dport = h.dport[layer] as number;
    if (h.version[layer] === 4 && h.dst[4 * layer + 3] === 0xffffffff) return false;
    if (ipProto === IP_PROTO.udp) return isLikelyServerPort(ipProto, sport) && !isLikelyServerPort(ipProto, dport);
    if (ipProto !== IP_PROTO.tcp) return false;
    const flags = h.tcpFlags[layer] as number;
    if ((flags & (SYN | ACK)) === SYN || !isLikelyServerPort(ipProto, sport)) return false;
    // A SYN-ACK from a server's port says who answers, whatever the other port is.
    return !isLikelyServerPort(ipProto, dport) || (flags & SYN) !== 0 || sport < dport;
  }

  #setLink(h: Headers, slot: number, layer: number): void {
    const s = this.store;
    s.hasMacs[slot] = h.layerHasMacs[layer] as number;
    s.macHi[2 * slot] = h.layerSrcMacHi[layer] as number;
    s.macLo[2 * slot] = h.layerSrcMacLo[layer] as number;
    s.macHi[2 * slot + 1] = h.layerDstMacHi[layer] as number;
    s.macLo[2 * slot + 1] = h.layerDstMacLo[layer] as number;
    const [from, to] = [h.layerVlanFrom[layer] as number, h.layerVlanTo[layer] as number];
    s.vlanSet[slot] = 0;
    if (to > from) {
      s.vlanSet[slot] = 1;
      s.vlans.set(slot, Array.from(h.vlans.subarray(from, to)));
    }
  }

  #newParent(slot: number, parent: number): void {
    this.store.parentNo[slot] = this.store.connNo[parent] as number;
    this.#events.carried(slot, parent);
  }

  #count(h: Headers, layer: number, at: FramePosition, now: number, slot: number, srcIsA: boolean): void {
    const s = this.store;
    const fromOrig = srcIsA === (s.origIsA[slot] === 1);
    const dir = fromOrig ? 0 : 1;
    const end = 2 * slot + dir;
    this.direction = dir;
    this.retransmitted = false;
    this.leftOut = false;
    if (at.sec > (s.lastSec[slot] as number) || (at.sec === s.lastSec[slot] && at.nsec > (s.lastNsec[slot] as number))) {
      s.lastSec[slot] = at.sec;
      s.lastNsec[slot] = at.nsec;
    }
    s.lastFile[slot] = at.file;
    s.lastFrame[slot] = at.frame;
    s.frameBytes[end] = (s.frameBytes[end] as number) + h.wireLen;
    const weirds = s.weirds[slot] as number;
    const ipProto = s.ipProto[slot] as number;
    const isBad = h.badChecksum[layer] !== 0 && this.#options.verifyChecksums;
    if (ipProto === IP_PROTO.tcp && isBad) {
      this.leftOut = true;
      this.tcp.badChecksum(slot, dir);
    } else {
      s.pkts[end] = (s.pkts[end] as number) + 1;
      s.ipBytes[end] = (s.ipBytes[end] as number) + (h.ipLen[layer] as number);
      if (isBad) this.#badDatagram(slot, dir, ipProto);
      else if (ipProto === IP_PROTO.tcp) this.#segment(h, layer, at, now, slot, dir);
      else {
        s.idleSince[slot] = now;
        // Of a protocol whose header is not known, nobody can say what is payload.
        if (h.hasTransport[layer] === 1) s.payload[end] = (s.payload[end] as number) + Math.max(0, h.payloadLen[layer] as number);
        s.flags[end] = 1;
        if (ipProto === IP_PROTO.udp) seenBefore(s, slot, dir, SEEN.data, LETTER.D);
      }
    }
    const fresh = (s.weirds[slot] as number) & ~weirds;
    if (fresh !== 0) this.#events.weird(slot, fresh);
  }

  #badDatagram(slot: number, dir: number, ipProto: number): void {
    const s = this.store;
    this.leftOut = true;
    const end = 2 * slot + dir;
    const count = (s.badChecksums[end] as number) + 1;
    s.badChecksums[end] = count;
    if (ipProto === IP_PROTO.udp) scaledLetter(s, slot, dir, count, LETTER.C);
    s.weirds[slot] = (s.weirds[slot] as number) | (ipProto === IP_PROTO.udp ? WEIRD_BIT.bad_UDP_checksum : WEIRD_BIT.bad_ICMP_checksum);
  }

  #segment(h: Headers, layer: number, at: FramePosition, now: number, slot: number, dir: number): void {
    const s = this.store;
    const sinceFirst = (at.sec - (s.firstSec[slot] as number)) * 1e9 + at.nsec - (s.firstNsec[slot] as number);
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
    s.firstSeen[slot] = 3;
    addLetter(s, slot, 0, LETTER.flipped);
  }

  /** Takes the connection out of the table; its row is written at once, its slot is free when its bucket of the wheel comes. */
  #end(slot: number, reason: number): void {
    const s = this.store;
    s.endedBy[slot] = reason;
    this.#unlink(slot);
    this.#events.ended(slot);
    this.tcp.release(slot);
    s.connNo[slot] = 0;
    this.live--;
  }

  #unlink(slot: number): void {
    const s = this.store;
    const bucket = (s.hash[slot] as number) & this.#mask;
    if (this.#heads[bucket] === slot) {
      this.#heads[bucket] = s.next[slot] as number;
      return;
    }
    let at = this.#heads[bucket] as number;
    while (at !== NONE && s.next[at] !== slot) at = s.next[at] as number;
    if (at !== NONE) s.next[at] = s.next[slot] as number;
  }

  #rehash(): void {
    const old = this.#heads;
    this.#heads = new Int32Array(old.length * 4).fill(NONE);
    this.#mask = this.#heads.length - 1;
    const s = this.store;
    for (let bucket = 0; bucket < old.length; bucket++) {
      let slot = old[bucket] as number;
      while (slot !== NONE) {
        const after = s.next[slot] as number;
        const to = (s.hash[slot] as number) & this.#mask;
        s.next[slot] = this.#heads[to] as number;
        this.#heads[to] = slot;
        slot = after;
      }
    }
  }

  /** Past the cap: the tenth of the open connections that were idle longest goes. */
  #writeOutOldest(): void {
    const s = this.store;
    const idle: number[] = [];
    for (let slot = 0; slot < s.capacity; slot++) if (s.connNo[slot] !== 0) idle.push(s.idleSince[slot] as number);
    idle.sort((a, b) => a - b);
    const until = idle[Math.floor(idle.length / 10)] as number;
    for (let slot = 0; slot < s.capacity; slot++) {
      if (s.connNo[slot] === 0 || (s.idleSince[slot] as number) > until) continue;
      this.#end(slot, END.cap);
      this.cappedConnections++;
    }
  }

  /** The end of the capture: every open connection is written, oldest first. */
  finish(): void {
    const s = this.store;
    if (this.#jumpsInRow > 0) this.#settleJump();
    const open: number[] = [];
    for (let slot = 0; slot < s.capacity; slot++) if (s.connNo[slot] !== 0) open.push(slot);
    open.sort((a, b) => (s.connNo[a] as number) - (s.connNo[b] as number));
    for (const slot of open) {
      this.#deadline(slot);
      this.#end(slot, this.#endOfCaptureReason(slot));
    }
  }

  #endOfCaptureReason(slot: number): number {
    const s = this.store;
    if (s.deleteAt[slot] === 0) return END.endOfCapture;
    return s.state[2 * slot] === END_STATE.reset || s.state[2 * slot + 1] === END_STATE.reset ? END.reset : END.closed;
  }
}
