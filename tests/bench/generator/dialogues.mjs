/**
 * What the two sides of a connection say to each other, and with which pauses.
 * @import { Random } from './random.mjs'
 * @import { Host } from './hosts.mjs'
 * @import { Message } from './messages.mjs'
 * @import { Exchange } from './plan.mjs'
 */
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
import { randomPool, textPool } from './pool.mjs';

const NOTHING = Buffer.alloc(0);
const NOISE_BYTES = 1 << 22;
const TEXT_BYTES = 1 << 20;

export class Dialogues {
  #random;
  #noise;
  #text;

  /** @param {Random} random */
  constructor(random) {
    this.#random = random;
    this.#noise = randomPool(random, NOISE_BYTES);
    this.#text = textPool(random, TEXT_BYTES);
  }

  /** @param {Host} asked whose name is asked for @returns {Exchange[]} */
  dns(asked) {
    const { query, response } = dnsExchange(this.#random, asked);
    return [{ request: this.#message(true, 0, query), answer: this.#message(false, 0, response) }];
  }

  /** @param {number} seconds since 1970 @returns {Exchange[]} */
  ntp(seconds) {
    const request = this.#message(true, 0, ntp(false, seconds));
    return [{ request, answer: this.#message(false, 0, ntp(true, seconds)) }];
  }

  /** @returns {Exchange[]} one to five lines that nobody answers */
  syslog() {
    const r = this.#random;
    return Array.from({ length: r.between(1, 5) }, () => {
      const line = `<${r.between(8, 190)}>app[${r.below(30000)}]: ${r.uint32().toString(36)} done`;
      return { request: this.#message(true, r.exponential(1e9), Buffer.from(line, 'latin1')), answer: null };
    });
  }

  /** @param {number} len bytes of an echo's data @returns {Exchange[]} one to four, a second apart */
  echo(len) {
    const off = this.#random.below(TEXT_BYTES);
    return Array.from({ length: this.#random.between(1, 4) }, (_, i) => ({
      request: this.#message(true, i === 0 ? 0 : 1e9, NOTHING, len, off),
      answer: this.#message(false, 0, NOTHING, len, off),
    }));
  }

  /**
   * @param {boolean} fromOrig @param {number} wait @param {Buffer} head
   * @param {number} [len] @param {number} [off] of the pool without structure
   * @returns {Message}
   */
  #message(fromOrig, wait, head, len = 0, off = 0) {
    return { fromOrig, wait: Math.ceil(wait), head, pool: this.#noise, off, len };
  }

  /** @param {string} server @param {number} size @returns {Message[]} */
  http(server, size) {
    const r = this.#random;
    const rounds = Math.min(r.between(1, 3), Math.max(1, Math.floor(size / 6000)));
    /** @type {Message[]} */
    const messages = [];
    for (let i = 0; i < rounds; i++) {
      const body = Math.max(120, Math.floor(size / rounds / 1.09) - 900);
      const upload = r.below(12) === 0;
      const wait = i === 0 ? 0 : r.exponential(5e9);
      const off = r.below(this.#text.bytes.length);
      const sent = upload ? body : 0;
      const received = upload ? 120 : body;
      messages.push({
        ...this.#message(true, wait, httpRequest(r, server, sent), sent, off),
        pool: this.#text,
      });
      messages.push({
        ...this.#message(false, r.exponential(8e6), httpResponse(r, received), received, off),
        pool: this.#text,
      });
    }
    return messages;
  }

  /** @param {string} server @param {number} size @returns {Message[]} */
  tls(server, size) {
    const r = this.#random;
    const noise = () => r.below((1 << 22) - 20_000);
    const certificate = r.between(2000, 4200);
    const messages = [
      this.#message(true, 0, clientHello(r, server)),
      this.#message(false, 1e6, serverHello(r, certificate), certificate, noise()),
      this.#message(true, 1e6, clientFinished(53), 53, noise()),
    ];
    const rounds = Math.min(r.between(1, 4), Math.max(1, Math.floor((size - 6000) / 6000)));
    for (let i = 0; i < rounds; i++) {
      const asked = r.between(90, 700);
      messages.push(
        this.#message(true, i === 0 ? 0 : r.exponential(5e9), tlsRecordHeader(asked), asked, noise()),
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
  lines(size) {
    const r = this.#random;
    const rounds = Math.max(1, Math.min(24, Math.round((size - 560) / 185)));
    /** @type {Message[]} */
    const messages = [];
    for (let i = 0; i < rounds; i++) {
      const len = r.between(4, 14);
      const text = { pool: this.#text, off: r.below(this.#text.bytes.length - 64) };
      messages.push({ ...this.#message(true, i === 0 ? 0 : r.exponential(8e8), NOTHING, len), ...text });
      messages.push({ ...this.#message(false, r.exponential(2e6), NOTHING, len), ...text });
      if (r.below(12) === 0) messages.push({ ...this.#message(false, AT_ONCE, NOTHING, len), ...text });
    }
    return messages;
  }
}
