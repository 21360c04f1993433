/**
 * Puts connections on one time line and writes it: a heap holds the next packet of every open connection, so memory
 * follows how many are open at once, not how long the capture is.
 * @import { Kind } from './profiles.mjs'
 * @import { Plan } from './plan.mjs'
 */
import { closeSync, openSync } from 'node:fs';
import { FrameWriter, recordBytes } from './frames.mjs';
import { Random } from './random.mjs';
import { PROFILES } from './profiles.mjs';
import { Traffic } from './traffic.mjs';

/** Raised whenever the same seed gives other bytes: it is part of a cached capture's name. */
export const GENERATOR_VERSION = 1;

/**
 * @typedef {object} CaptureOptions
 * @property {keyof typeof PROFILES} profile
 * @property {number} size bytes wanted; reached within some percent
 * @property {number} connections
 * @property {number} seed
 * @property {number} speed connections begin so many times as often as the profile says; the capture's time is shorter by it
 * @property {boolean} nanoseconds times in ns instead of µs
 */

/**
 * @typedef {object} CaptureFacts what was written
 * @property {number} packets
 * @property {number} bytes
 * @property {number} connections
 * @property {Partial<Record<Kind, number>>} kinds connections of each kind
 * @property {number} bodyBytes of HTTP bodies and TLS records
 * @property {number} arp ARP exchanges
 * @property {number} ipv6 connections over IPv6
 * @property {number} vlan connections with a VLAN tag
 * @property {number} seconds of capture time
 * @property {number} open connections open at once, at most
 * @property {{ data: number, lost: number, retransmitted: number, reordered: number }} segments TCP segments with data planned, and what became of them
 */

/** Plans in order of their next packet's time. */
class Timeline {
  /** @type {{ at: number, order: number, next: number, plan: Plan }[]} */
  #heap = [];
  #order = 0;

  get open() {
    return this.#heap.length;
  }

  /** @returns {number} time of the earliest packet, or Infinity */
  get earliest() {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** @param {Plan} plan */
  add(plan) {
    const at = plan.packets[0]?.at;
    if (at === undefined) return;
    const heap = this.#heap;
    const entry = { at, order: this.#order++, next: 0, plan };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  /** @param {FrameWriter} writer gets the earliest packet */
  emit(writer) {
    const heap = this.#heap;
    const top = heap[0];
    if (top === undefined) return;
    const packet = top.plan.packets[top.next];
    if (packet !== undefined) writer.write(top.plan.conversation, packet);
    const following = top.plan.packets[++top.next];
    let sinking = top;
    if (following === undefined) {
      const last = heap.pop();
      if (last === undefined || last === top) return;
      sinking = last;
    } else top.at = following.at;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, below)) {
        below = right;
        child++;
      }
      if (!before(below, sinking)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = sinking;
  }
}

/**
 * @param {{ at: number, order: number }} a
 * @param {{ at: number, order: number }} b
 */
function before(a, b) {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * Writes a pcap. The same options give the same bytes.
 * @param {string} path overwritten
 * @param {CaptureOptions} options
 * @returns {CaptureFacts}
 */
export function writeCapture(path, options) {
  const profile = { ...PROFILES[options.profile] };
  // One transfer must not be a large part of a small capture.
  profile.largest = Math.min(profile.largest, options.size / 50);
  const random = new Random(`coldwire bench ${GENERATOR_VERSION} ${options.profile} ${options.seed}`);
  const traffic = new Traffic(profile, random);
  const timeline = new Timeline();
  const fd = openSync(path, 'w');
  try {
    const writer = new FrameWriter(fd, options.nanoseconds);
    const facts = fill(
      options,
      profile.connectionsPerSecond * options.speed,
      random,
      traffic,
      timeline,
      writer,
    );
    writer.flush();
    return { ...facts, packets: writer.packets, bytes: writer.bytes, segments: traffic.impaired };
  } finally {
    closeSync(fd);
  }
}

/** Shares the bytes that are left among the connections that are left, so that the capture gets its size. */
class Budget {
  #left;
  #connections;
  #share;
  /** What was asked of connections with a budget, and what they and the others took. */
  #asked = 0;
  #steered = { count: 0, bytes: 0 };
  #fixed = { count: 0, bytes: 0 };
  #mean;
  /** Bytes for the next connection that follows a budget. */
  next;

  /** @param {{ size: number, connections: number }} options @param {number} share of connections that follow a budget */
  constructor(options, share) {
    this.#left = options.size - 24;
    this.#connections = options.connections;
    this.#share = share;
    this.#mean = options.size / options.connections / share;
    this.next = this.#mean;
  }

  /** @param {number} bytes that a connection takes @param {boolean} steered whether it followed the budget */
  spend(bytes, steered) {
    const kind = steered ? this.#steered : this.#fixed;
    kind.count++;
    kind.bytes += bytes;
    if (steered) this.#asked += this.next;
    this.#left -= bytes;
    this.#connections--;
    if (this.#connections === 0) return;
    const others =
      this.#connections * (1 - this.#share) * (this.#fixed.bytes / Math.max(1, this.#fixed.count));
    const each = Math.max(0, this.#left - others) / (this.#connections * this.#share);
    const taken = this.#steered.count < 100 ? 1 : this.#steered.bytes / this.#asked;
    this.next = Math.min(this.#mean * 3, Math.max(this.#mean / 5, each / taken));
  }
}

/**
 * @param {CaptureOptions} options
 * @param {number} rate connections a second
 * @param {Random} random
 * @param {Traffic} traffic
 * @param {Timeline} timeline
 * @param {FrameWriter} writer
 * @returns {Omit<CaptureFacts, 'packets' | 'bytes' | 'segments'>}
 */
function fill(options, rate, random, traffic, timeline, writer) {
  const facts = {
    connections: options.connections,
    kinds: /** @type {Partial<Record<Kind, number>>} */ ({}),
    bodyBytes: 0,
    arp: 0,
    ipv6: 0,
    vlan: 0,
    seconds: 0,
    open: 0,
  };
  const budget = new Budget(options, traffic.steeredShare);
  let start = 1e9;
  for (let made = 0; made < options.connections; made++) {
    start += Math.ceil(random.exponential(1e9 / rate));
    // The two milliseconds are for the ARP exchange that may precede the connection.
    while (timeline.earliest < start - 2_000_000) timeline.emit(writer);
    const { kind, steered, plans } = traffic.next(start, budget.next);
    facts.kinds[kind] = (facts.kinds[kind] ?? 0) + 1;
    let bytes = 0;
    for (const plan of plans) {
      timeline.add(plan);
      for (const packet of plan.packets) {
        bytes += recordBytes(plan.conversation, packet);
        if (kind === 'http' || kind === 'tls') facts.bodyBytes += packet.len;
      }
      if (plan.conversation.proto === 'arp') facts.arp++;
      else {
        if (plan.conversation.ipv6) facts.ipv6++;
        if (plan.conversation.vlan !== 0) facts.vlan++;
      }
    }
    budget.spend(bytes, steered);
    facts.open = Math.max(facts.open, timeline.open);
  }
  while (timeline.open > 0) {
    facts.seconds = Math.floor(timeline.earliest / 1e6) / 1e3;
    timeline.emit(writer);
  }
  return facts;
}
