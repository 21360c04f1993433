/**
 * The two mixes of traffic: which connections there are, between whom, and what they say.
 * @import { Random } from './random.mjs'
 * @import { Conversation } from './frames.mjs'
 * @import { Host, Population } from './hosts.mjs'
 * @import { Message } from './messages.mjs'
 * @import { Path, Plan, Ending } from './plan.mjs'
 */
import { addressSum, EPOCH_SECONDS } from './frames.mjs';
import { popular, population, takePort } from './hosts.mjs';
import {
  AT_ONCE,
  clientFinished,
  clientHello,
  dnsExchange,
  httpRequest,
  httpResponse,
  ntp,
  serverHello,
  tlsRecordHeader,
} from './messages.mjs';
import { arpPlan, datagramPlan, failedPlan, Impairment, tcpPlan } from './plan.mjs';
import { randomPool, textPool } from './pool.mjs';

/** @typedef {'tls' | 'http' | 'text' | 'refused' | 'silent' | 'scan' | 'dns' | 'ntp' | 'syslog' | 'icmp'} Kind */

/**
 * @typedef {object} Profile
 * @property {readonly (readonly [Kind, number])[]} kinds with their shares of connections, adding up to 1
 * @property {number} bytesPerConnection of the capture file
 * @property {number} connectionsPerSecond of capture time
 * @property {number} timestamps share of TCP connections that carry the timestamp option
 * @property {number} ipv6 share of connections
 * @property {number} largest bytes of one connection at most
 */

/** @type {Readonly<Record<'mixed' | 'small', Profile>>} */
export const PROFILES = {
  mixed: {
    kinds: [
      ['tls', 0.33],
      ['http', 0.22],
      ['text', 0.02],
      ['refused', 0.015],
      ['silent', 0.025],
      ['dns', 0.34],
      ['ntp', 0.01],
      ['syslog', 0.01],
      ['icmp', 0.03],
    ],
    bytesPerConnection: 1e9 / 45_000,
    connectionsPerSecond: 37.5,
    timestamps: 0.9,
    ipv6: 0.08,
    largest: 20e6,
  },
  small: {
    kinds: [
      ['text', 0.42],
      ['refused', 0.04],
      ['silent', 0.03],
      ['scan', 0.04],
      ['dns', 0.33],
      ['ntp', 0.03],
      ['syslog', 0.03],
      ['icmp', 0.08],
    ],
    bytesPerConnection: 600,
    connectionsPerSecond: 417,
    timestamps: 0.1,
    ipv6: 0.08,
    largest: 20e3,
  },
};

/** Kinds whose length is chosen so that the capture reaches its size. */
const STEERED = new Set(['tls', 'http', 'text']);
const SHARES = { lost: 0.005, retransmitted: 0.01, reordered: 0.01 };
const NOTHING = Buffer.alloc(0);

/** Makes one connection after the other. */
export class Traffic {
  #profile;
  #random;
  /** @type {Population} */
  #hosts;
  #noise;
  #text;
  #impairment;
  #scanned = 0;

  /** @param {Profile} profile @param {Random} random */
  constructor(profile, random) {
    this.#profile = profile;
    this.#random = random;
    this.#hosts = population(random);
    this.#noise = randomPool(random, 1 << 22);
    this.#text = textPool(random, 1 << 20);
    this.#impairment = new Impairment(random, SHARES);
  }

  /** Data segments, and what became of them. */
  get impaired() {
    return this.#impairment.counts;
  }

  /** @returns {number} share of connections whose length `next` chooses by its budget */
  get steeredShare() {
    return this.#profile.kinds.reduce((sum, [kind, share]) => sum + (STEERED.has(kind) ? share : 0), 0);
  }

  /**
   * @param {number} start ns since the capture began
   * @param {number} budget bytes that a connection with data should take in the file, on average
   * @returns {{ kind: Kind, steered: boolean, plans: Plan[] }} the connection's plan, with an ARP exchange before it where its client is new
   */
  next(start, budget) {
    const kind = this.#kind();
    const client = this.#client(kind);
    const server = this.#server(kind);
    const conversation = this.#conversation(kind, client, server);
    /** @type {Path} */
    const path = {
      start,
      rtt: server.rtt + this.#random.below(Math.ceil(server.rtt / 5)),
      local: client.rtt,
      nsPerByte: this.#random.between(8, 200),
      ackEvery: this.#random.between(3, 8),
    };
    const plans = [];
    if (!client.known) {
      client.known = true;
      plans.push(this.#arp(client, path));
    }
    const plan = this.#plan(kind, conversation, path, server, budget);
    if (conversation.proto === 'tcp') this.#impairment.apply(plan, path.rtt);
    plans.push(plan);
    return { kind, steered: STEERED.has(kind), plans };
  }

  /** @returns {Kind} */
  #kind() {
    let u = this.#random.unit();
    for (const [kind, share] of this.#profile.kinds) {
      if (u < share) return kind;
      u -= share;
    }
    return 'dns';
  }

  /** @param {Kind} kind @returns {Host} */
  #client(kind) {
    const hosts = kind === 'scan' ? this.#hosts.scanners : this.#hosts.clients;
    const host = hosts[this.#random.below(hosts.length)];
    if (host === undefined) throw new Error('no clients');
    return host;
  }

  /** @param {Kind} kind @returns {Host} */
  #server(kind) {
    if (kind === 'dns') return popular(this.#random, this.#hosts.resolvers);
    const internal = kind === 'syslog' || kind === 'ntp' || kind === 'scan' || this.#random.below(20) === 0;
    return popular(this.#random, internal ? this.#hosts.internal : this.#hosts.servers);
  }

  /** @param {Kind} kind @param {Host} client @param {Host} server @returns {Conversation} */
  #conversation(kind, client, server) {
    const r = this.#random;
    const ipv6 = r.unit() < this.#profile.ipv6;
    const proto =
      kind === 'icmp' ? 'icmp' : kind === 'dns' || kind === 'ntp' || kind === 'syslog' ? 'udp' : 'tcp';
    /** @param {Host} host @param {number} port */
    const endpoint = (host, port) => ({
      address: ipv6 ? host.v6 : host.v4,
      mac: host.mac,
      port,
      ttl: host.ttl,
      ipId: r.below(65536),
      isn: r.uint32(),
      clock: r.uint32(),
    });
    const orig = endpoint(client, proto === 'icmp' ? r.below(65536) : takePort(client));
    const resp = endpoint(server, this.#port(kind));
    const timestamps = kind !== 'scan' && r.unit() < this.#profile.timestamps;
    return {
      proto,
      orig,
      resp,
      ipv6,
      vlan: client.vlan,
      timestamps,
      addressSum: addressSum(orig.address) + addressSum(resp.address),
    };
  }

  /** @param {Kind} kind @returns {number} the responder's port */
  #port(kind) {
    switch (kind) {
      case 'tls':
        return this.#random.below(12) === 0 ? 8443 : 443;
      case 'http':
        return this.#random.below(8) === 0 ? 8080 : 80;
      case 'dns':
        return 53;
      case 'ntp':
        return 123;
      case 'syslog':
        return 514;
      case 'scan':
        this.#scanned = (this.#scanned % 10_000) + 1;
        return this.#scanned;
      case 'icmp':
        return 0;
      default:
        return 7100 + this.#random.below(40);
    }
  }

  /** @param {Host} client @param {Path} path @returns {Plan} */
  #arp(client, path) {
    const gateway = this.#hosts.gateway;
    /** @param {Host} host */
    const endpoint = (host) => ({
      address: host.v4,
      mac: host.mac,
      port: 0,
      ttl: 0,
      ipId: 0,
      isn: 0,
      clock: 0,
    });
    /** @type {Conversation} */
    const conversation = {
      proto: 'arp',
      orig: endpoint(client),
      resp: endpoint(gateway),
      ipv6: false,
      vlan: client.vlan,
      timestamps: false,
      addressSum: 0,
    };
    return arpPlan(conversation, { ...path, start: Math.max(0, path.start - 2_000_000) });
  }

  /** @param {Kind} kind @param {Conversation} c @param {Path} path @param {Host} server @param {number} budget @returns {Plan} */
  #plan(kind, c, path, server, budget) {
    const r = this.#random;
    switch (kind) {
      case 'refused':
      case 'scan':
        return failedPlan(c, path, true);
      case 'silent':
        return failedPlan(c, path, false);
      case 'dns': {
        const { query, response } = dnsExchange(r, popular(r, this.#hosts.servers));
        return datagramPlan(c, path, [
          { request: this.#message(true, 0, query), answer: this.#message(false, 0, response) },
        ]);
      }
      case 'ntp': {
        const seconds = EPOCH_SECONDS + Math.floor(path.start / 1e9);
        return datagramPlan(c, path, [
          {
            request: this.#message(true, 0, ntp(false, seconds)),
            answer: this.#message(false, 0, ntp(true, seconds)),
          },
        ]);
      }
      case 'syslog': {
        const lines = Array.from({ length: r.between(1, 5) }, () =>
          Buffer.from(
            `<${r.between(8, 190)}>app[${r.below(30000)}]: ${r.uint32().toString(36)} done`,
            'latin1',
          ),
        );
        return datagramPlan(
          c,
          path,
          lines.map((line) => ({ request: this.#message(true, r.exponential(1e9), line), answer: null })),
        );
      }
      case 'icmp': {
        const len = this.#profile.bytesPerConnection > 1000 ? 56 : 16;
        const off = r.below(1 << 20);
        return datagramPlan(
          c,
          path,
          Array.from({ length: r.between(1, 4) }, (_, i) => ({
            request: this.#message(true, i === 0 ? 0 : 1e9, NOTHING, len, off),
            answer: this.#message(false, 0, NOTHING, len, off),
          })),
        );
      }
      default:
        return tcpPlan(c, path, this.#dialogue(kind, server, this.#size(budget)), this.#close());
    }
  }

  /** @param {number} budget @returns {number} bytes for one connection: heavy-tailed for transfers, milder for small packets */
  #size(budget) {
    const r = this.#random;
    const share = this.#profile.bytesPerConnection > 1000 ? r.pareto(1.1, 4000) / 5.4 : r.exponential(1);
    return Math.min(this.#profile.largest, budget * share);
  }

  /** @returns {{ ending: Ending, byOrig: boolean, idle: number }} */
  #close() {
    const u = this.#random.unit();
    /** @type {Ending} */
    const ending = u < 0.9 ? 'fin' : u < 0.97 ? 'rst' : 'open';
    return { ending, byOrig: this.#random.below(3) > 0, idle: this.#random.exponential(1.5e9) };
  }

  /**
   * @param {boolean} fromOrig @param {number} wait @param {Buffer} head
   * @param {number} [len] @param {number} [off] of the pool without structure
   * @returns {Message}
   */
  #message(fromOrig, wait, head, len = 0, off = 0) {
    return { fromOrig, wait: Math.ceil(wait), head, pool: this.#noise, off, len };
  }

  /** @param {Kind} kind @param {Host} server @param {number} size @returns {Message[]} */
  #dialogue(kind, server, size) {
    if (kind === 'tls') return this.#tls(server, size);
    if (kind === 'http') return this.#http(server, size);
    return this.#lines(size);
  }

  /** @param {Host} server @param {number} size @returns {Message[]} */
  #http(server, size) {
    const r = this.#random;
    const rounds = Math.min(r.between(1, 3), Math.max(1, Math.floor(size / 6000)));
    /** @type {Message[]} */
    const messages = [];
    for (let i = 0; i < rounds; i++) {
      const body = Math.max(120, Math.floor(size / rounds / 1.09) - 900);
      const upload = r.below(12) === 0;
      const wait = i === 0 ? 0 : r.exponential(1.5e9);
      const off = r.below(this.#text.bytes.length);
      const sent = upload ? body : 0;
      const received = upload ? 120 : body;
      messages.push({
        ...this.#message(true, wait, httpRequest(r, server.name, sent), sent, off),
        pool: this.#text,
      });
      messages.push({
        ...this.#message(false, r.exponential(8e6), httpResponse(r, received), received, off),
        pool: this.#text,
      });
    }
    return messages;
  }

  /** @param {Host} server @param {number} size @returns {Message[]} */
  #tls(server, size) {
    const r = this.#random;
    const noise = () => r.below((1 << 22) - 20_000);
    const certificate = r.between(2000, 4200);
    const messages = [
      this.#message(true, 0, clientHello(r, server.name)),
      this.#message(false, 1e6, serverHello(r, certificate), certificate, noise()),
      this.#message(true, 1e6, clientFinished(53), 53, noise()),
    ];
    const rounds = Math.min(r.between(1, 4), Math.max(1, Math.floor((size - 6000) / 6000)));
    for (let i = 0; i < rounds; i++) {
      const asked = r.between(90, 700);
      messages.push(
        this.#message(true, i === 0 ? 0 : r.exponential(1.2e9), tlsRecordHeader(asked), asked, noise()),
      );
      let left = Math.max(100, Math.floor((size - 6000) / rounds / 1.09) - 800);
      let wait = r.exponential(8e6);
      const fromOrig = r.below(15) === 0;
      while (left > 0) {
        const record = Math.max(40, Math.min(left, 16_401));
        messages.push(this.#message(fromOrig, wait, tlsRecordHeader(record), record, noise()));
        left -= record;
        wait = AT_ONCE;
      }
    }
    return messages;
  }

  /** @param {number} size @returns {Message[]} short lines, each answered by one */
  #lines(size) {
    const r = this.#random;
    const rounds = Math.max(1, Math.min(24, Math.round((size - 560) / 185)));
    /** @type {Message[]} */
    const messages = [];
    for (let i = 0; i < rounds; i++) {
      const len = r.between(4, 14);
      const text = { pool: this.#text, off: r.below(this.#text.bytes.length - 64) };
      messages.push({ ...this.#message(true, i === 0 ? 0 : r.exponential(3e8), NOTHING, len), ...text });
      messages.push({ ...this.#message(false, r.exponential(2e6), NOTHING, len), ...text });
      if (r.below(12) === 0) messages.push({ ...this.#message(false, AT_ONCE, NOTHING, len), ...text });
    }
    return messages;
  }
}
