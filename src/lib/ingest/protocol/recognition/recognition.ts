/**
 * Names services that nobody here reads: by content alone, through tables of patterns. It is asked last, names the application
 * and lets the rest pass by. `conn.service` stays what parsers have read.
 */

import type { Conn, ConnFacts, Dir, ParserSession, ProtocolParser, Span, Verdict } from '../contract.ts';
import { Matcher, type Match } from './matcher.ts';
import { RtpWatch } from './rtp-watch.ts';
import { TCP_APPLICATIONS, TCP_PATTERNS } from './tcp-patterns.ts';
import { UDP_APPLICATIONS } from './udp-applications.ts';
import { UDP_PATTERNS } from './udp-patterns.ts';

/** Datagrams of a connection that are looked at. */
const OPEN_DATAGRAMS = 12;

/** Datagrams after STUN that are looked at for what it was for. */
const FOLLOWED_DATAGRAMS = 64;

const STREAMS = new Matcher([...TCP_APPLICATIONS, ...TCP_PATTERNS], false);
const DATAGRAMS = new Matcher([...UDP_APPLICATIONS, ...UDP_PATTERNS], true);

interface Watch {
  asked: number;
  readonly rtp: RtpWatch;
}

/** What a connection's datagrams have shown so far: a probe has no session yet, and RTP shows itself only by its sequence. */
const watches = new WeakMap<ConnFacts, Watch>();

function watchOf(conn: ConnFacts): Watch {
  let watch = watches.get(conn);
  if (!watch) {
    watch = { asked: 0, rtp: new RtpWatch() };
    watches.set(conn, watch);
  }
  return watch;
}

function matchDatagram(bytes: Uint8Array, conn: ConnFacts, dir: Dir): Match {
  const match = DATAGRAMS.match(bytes, conn, dir);
  if (match.verdict === 'yes') return match;
  const watch = watchOf(conn);
  if (watch.rtp.see(bytes, dir)) return { verdict: 'yes', app: 'RTP' };
  watch.asked++;
  return { verdict: watch.asked < OPEN_DATAGRAMS ? 'more' : 'no' };
}

/** DTLS beside STUN on one port (RFC 7983): content types 20 to 63, and a version of DTLS. */
const isDtls = (bytes: Uint8Array): boolean =>
  bytes.length >= 13 &&
  (bytes[0] ?? 0) >= 20 &&
  (bytes[0] ?? 0) < 64 &&
  bytes[1] === 0xfe &&
  (bytes[2] ?? 0) >= 0xfd;

class Session implements ParserSession {
  readonly #conn: Conn;
  #followed = 0;
  #rtp: RtpWatch | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { facts } = this.#conn;
    if (this.#rtp) return this.#follow(data.bytes, dir, this.#rtp);
    const stream = facts.transport === 'tcp';
    const match = stream ? STREAMS.match(data.bytes, facts, dir) : matchDatagram(data.bytes, facts, dir);
    if (match.app !== undefined) {
      this.#conn.app(match.app, match.byPort ? 'port' : 'content');
      if (match.app === 'STUN' && !stream) this.#rtp = new RtpWatch();
      else this.#conn.ignoreRest();
    }
    return stream && match.verdict === 'more' ? 0 : data.bytes.length;
  }

  /** STUN opens the way for media or DTLS on the same ports. */
  #follow(bytes: Uint8Array, dir: Dir, rtp: RtpWatch): number {
    if (isDtls(bytes)) {
      this.#conn.app('STUN.DTLS');
      this.#conn.switchTo('dtls');
      return 0;
    }
    if (rtp.see(bytes, dir)) {
      this.#conn.app('STUN.SRTP');
      this.#conn.ignoreRest();
    } else if (++this.#followed >= FOLLOWED_DATAGRAMS) this.#conn.ignoreRest();
    return bytes.length;
  }

  readonly settled = true;

  gap(): boolean {
    return false;
  }

  close(): void {
    // Nothing is held.
  }
}

export const recognition: ProtocolParser = {
  name: 'recognition',
  transport: 'both',
  ports: [],
  probe(bytes: Uint8Array, dir: Dir, conn: ConnFacts): Verdict {
    if (conn.transport !== 'tcp') return matchDatagram(bytes, conn, dir).verdict;
    const { verdict } = STREAMS.match(bytes, conn, dir);
    return verdict === 'no' ? 'other' : verdict;
  },
  open: (conn) => new Session(conn),
};
