/**
 * Which connection comes next, between whom and over which path.
 * @import { Random } from './random.mjs'
 * @import { Conversation } from './frames.mjs'
 * @import { Host, Population } from './hosts.mjs'
 * @import { Path, Plan, Ending } from './plan.mjs'
 * @import { Kind, Profile } from './profiles.mjs'
 */
import { Dialogues } from './dialogues.mjs';
import { addressSum, EPOCH_SECONDS } from './frames.mjs';
import { popular, population, takePort } from './hosts.mjs';
import { arpPlan, datagramPlan, failedPlan, Impairment, tcpPlan } from './plan.mjs';
import { STEERED } from './profiles.mjs';

const SHARES = { lost: 0.005, retransmitted: 0.01, reordered: 0.01 };

/** Makes one connection after the other. */
export class Traffic {
  #profile;
  #random;
  /** @type {Population} */
  #hosts;
  #dialogues;
  #impairment;
  #scanned = 0;

  /** @param {Profile} profile @param {Random} random */
  constructor(profile, random) {
    this.#profile = profile;
    this.#random = random;
    this.#hosts = population(random);
    this.#dialogues = new Dialogues(random);
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
    const d = this.#dialogues;
    switch (kind) {
      case 'refused':
      case 'scan':
        return failedPlan(c, path, true);
      case 'silent':
        return failedPlan(c, path, false);
      case 'dns':
        return datagramPlan(c, path, d.dns(popular(this.#random, this.#hosts.servers)));
      case 'ntp':
        return datagramPlan(c, path, d.ntp(EPOCH_SECONDS + Math.floor(path.start / 1e9)));
      case 'syslog':
        return datagramPlan(c, path, d.syslog());
      case 'icmp':
        return datagramPlan(c, path, d.echo(this.#profile.bytesPerConnection > 1000 ? 56 : 16));
      case 'tls':
        return tcpPlan(c, path, d.tls(server.name, this.#size(budget)), this.#close());
      case 'http':
        return tcpPlan(c, path, d.http(server.name, this.#size(budget)), this.#close());
      case 'text':
        return tcpPlan(c, path, d.lines(this.#size(budget)), this.#close());
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
    return { ending, byOrig: this.#random.below(3) > 0, idle: this.#random.exponential(6e9) };
  }
}
