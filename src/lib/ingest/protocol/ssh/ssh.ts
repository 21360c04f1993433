/** SSH (RFC 4253; version 1 as far as it is in clear text). */

import { SSH } from '../../../model/tables/ssh.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { spells, u32be } from '../wire/bytes.ts';
import { isPrivate } from '../wire/private-address.ts';
import { latin1 } from '../wire/bytes.ts';
import { ruleWord } from '../wire/rule-number.ts';
import { bytesText } from '../wire/text.ts';
import {
  agreed,
  agreedBothWays,
  hasshText,
  type KexLists,
  kexLists,
  keyFingerprint,
  md5Hex,
} from './algorithms.ts';
import { LoginGuess } from './logins.ts';
import { byteClass } from '../wire/byte-class.ts';

const MAX_LINE = 1024;
/** What implementations must take is 35,000; key exchange messages of post-quantum methods and long lists stay far below this. */
const MAX_PACKET = 256 * 1024;
/** Encrypted segments of a server that are looked at before the guess about logins is given up. */
const MAX_SEGMENTS = 400;

const KEXINIT = 20;
const NEWKEYS = 21;
const KEX_REPLY = 31;
const GEX_REPLY = 33;
const V1_SESSION_KEY = 3;
const V1_CIPHERS = ['none', 'idea', 'des', '3des', 'tss', 'rc4', 'blowfish'];

type Stage = 'identification' | 'packets' | 'encrypted';

interface Segment {
  readonly dir: Dir;
  readonly at: Position;
  length: number;
}

class SshSession implements ParserSession {
  readonly #conn: Conn;
  readonly #stage: [Stage, Stage] = ['identification', 'identification'];
  readonly #identification: [string | undefined, string | undefined] = [undefined, undefined];
  readonly #lists: [KexLists | undefined, KexLists | undefined] = [undefined, undefined];
  readonly #guess = new LoginGuess();
  #first: Position | undefined;
  #last: Position | undefined;
  #version: number | undefined;
  #cipherV1: string | undefined;
  #fingerprint: string | undefined;
  #segment: Segment | undefined;
  #segments = 0;
  #written = false;
  #isAgreed = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      const stage = this.#stage[dir];
      const used =
        stage === 'identification'
          ? this.#identify(data, at, dir)
          : stage === 'packets'
            ? this.#packet(data, at, dir)
            : this.#encrypted(data, at, dir);
      if (used < 0) return -1;
      if (used === 0) break;
      at += used;
    }
    return at;
  }

  gap(dir: Dir): boolean {
    return this.#stage[dir] === 'encrypted';
  }

  close(): void {
    this.#flush();
    this.#write();
    if (this.#first && !this.#isAgreed) this.#conn.app('ssh');
  }

  #identify(data: Span, from: number, dir: Dir): number {
    const { bytes } = data;
    const end = bytes.indexOf(0x0a, from);
    if (end < 0) return bytes.length - from > MAX_LINE ? -1 : 0;
    const stop = end > from && bytes[end - 1] === 0x0d ? end - 1 : end;
    if (!spells(bytes, from, 'SSH-')) return dir === 1 && end - from < MAX_LINE ? end + 1 - from : -1;
    const text = bytesText(bytes, from, Math.min(stop, from + 255));
    this.#identification[dir] = text;
    this.#first ??= data.at(from);
    this.#last = data.at(end);
    this.#stage[dir] = 'packets';
    this.#settleVersion();
    if (this.#conn.listening) {
      const dash = bytes.indexOf(0x2d, from + 4);
      if (dash > 0 && dash < stop) {
        ruleWord(this.#conn, 'ssh.protoversion', 0, dir, latin1(bytes.subarray(from + 4, dash)), this.#last);
        this.#conn.buffer('ssh.proto', 0, dir, bytes.subarray(from + 4, dash), this.#last);
        this.#conn.buffer('ssh.software', 0, dir, bytes.subarray(dash + 1, stop), this.#last);
      }
      this.#conn.tx(0, dir, dir === 0 ? 'request' : 'response', this.#last);
    }
    return end + 1 - from;
  }

  /** 1.99 speaks both; the other end decides. */
  #settleVersion(): void {
    const spoken = this.#identification.map((text) => /^SSH-(\d+\.\d+)/.exec(text ?? '')?.[1]);
    if (spoken.some((version) => version?.startsWith('1.') && version !== '1.99')) this.#version = 1;
    else if (spoken.includes('2.0') || (spoken[0] === '1.99' && spoken[1] === '1.99')) this.#version = 2;
  }

  #packet(data: Span, from: number, dir: Dir): number {
    const { bytes } = data;
    const present = bytes.length - from;
    if (present < 6) return 0;
    const length = u32be(bytes, from);
    const one = this.#version === 1;
    const whole = 4 + length + (one ? 8 - (length % 8) : 0);
    const padding = one ? 8 - (length % 8) : bytes[from + 4];
    if (length < (one ? 5 : 2) || whole > MAX_PACKET || (!one && padding + 1 >= length)) {
      this.#stage[dir] = 'encrypted';
      return this.#encrypted(data, from, dir);
    }
    if (present < whole) return 0;
    const last = data.at(from + whole - 1);
    const payload = one
      ? bytes.subarray(from + 4 + padding, from + whole - 4)
      : bytes.subarray(from + 5, from + whole - padding);
    if (one) this.#messageV1(payload, dir);
    else this.#message(payload, dir, last);
    this.#last = last;
    return whole;
  }

  #message(payload: Uint8Array, dir: Dir, at: Position): void {
    const kind = payload[0];
    if (kind === KEXINIT) {
      const lists = kexLists(payload);
      if (!lists) return;
      this.#lists[dir] = lists;
      if (this.#conn.listening) {
        const side = dir === 0 ? 'ssh.hassh' : 'ssh.hassh.server';
        const text = hasshText(lists, dir);
        this.#conn.buffer(`${side}.string`, 0, dir, Buffer.from(text, 'latin1'), at);
        this.#conn.buffer(side, 0, dir, Buffer.from(md5Hex(text), 'latin1'), at);
      }
    } else if (kind === NEWKEYS) {
      this.#stage[dir] = 'encrypted';
      this.#agreedUpon();
    } else if (dir === 1 && (kind === KEX_REPLY || kind === GEX_REPLY)) {
      // Of a group exchange, 31 is the group, and 33 carries the key.
      const { kex } = this.#agreed();
      if (kind === KEX_REPLY && kex?.includes('group-exchange')) return;
      const length = payload.length >= 5 ? u32be(payload, 1) : 0;
      if (length > 0 && length <= payload.length - 5)
        this.#fingerprint ??= keyFingerprint(payload.subarray(5, 5 + length));
    }
  }

  /** As in Zeek, the service is SSH once both ends have agreed on keys; before, that is only what an end says. */
  #agreedUpon(): void {
    if (this.#identification[0] === undefined || this.#identification[1] === undefined) return;
    this.#isAgreed = true;
    this.#conn.confirm();
  }

  #messageV1(payload: Uint8Array, dir: Dir): void {
    if (dir !== 0 || payload[0] !== V1_SESSION_KEY) return;
    this.#cipherV1 = V1_CIPHERS[payload[1] ?? 255];
    this.#agreedUpon();
    this.#stage.fill('encrypted');
  }

  /** Lengths count by segment, as the sender wrote them. */
  #encrypted(data: Span, from: number, dir: Dir): number {
    const end = data.bytes.length;
    let at = from;
    while (at < end) {
      const position = data.at(at);
      let to = end;
      while (to > at + 1 && data.at(to - 1).frame !== position.frame) to = at + ((to - at) >> 1);
      const open = this.#segment;
      if (open?.dir === dir && open.at.frame === position.frame && open.at.file === position.file)
        open.length += to - at;
      else {
        if (this.#flush()) return end - from;
        this.#segment = { dir, at: position, length: to - at };
      }
      at = to;
    }
    return end - from;
  }

  /** Answers whether nothing more is of interest. */
  #flush(): boolean {
    const segment = this.#segment;
    if (!segment || this.#written) return this.#written;
    this.#segment = undefined;
    if (this.#version === 2 && !this.#guess.segment(segment.length, segment.dir)) {
      if (segment.dir === 0 || ++this.#segments < MAX_SEGMENTS) return false;
    } else this.#last = segment.at;
    this.#write();
    this.#conn.ignoreRest();
    return true;
  }

  #agreed(): Partial<Record<'kex' | 'hostKey' | 'cipher' | 'mac' | 'compression', string | undefined>> {
    const [client, server] = this.#lists;
    if (!client || !server) return {};
    return {
      kex: agreed(client.kex, server.kex),
      hostKey: agreed(client.hostKey, server.hostKey),
      cipher: agreedBothWays(client.cipher, server.cipher),
      mac: agreedBothWays(client.mac, server.mac),
      compression: agreedBothWays(client.compression, server.compression),
    };
  }

  #write(): void {
    const first = this.#first;
    if (this.#written || !first) return;
    this.#written = true;
    const [client, server] = this.#lists;
    const { kex, hostKey, cipher, mac, compression } = this.#agreed();
    const { origH, respH } = this.#conn.facts;
    const [inside, outside] = [isPrivate(origH), isPrivate(respH)];
    // Compression changes the lengths that the guess is made of.
    const guessed = !compression?.includes('zlib');
    this.#conn.row(
      SSH,
      {
        version: this.#version,
        auth_success: guessed ? this.#guess.success : undefined,
        auth_attempts: guessed ? this.#guess.attempts : 0,
        direction: inside === outside ? undefined : inside ? 'OUTBOUND' : 'INBOUND',
        client: this.#identification[0],
        server: this.#identification[1],
        cipher_alg: cipher ?? this.#cipherV1,
        mac_alg: mac,
        compression_alg: compression,
        kex_alg: kex,
        host_key_alg: hostKey,
        host_key_fingerprint: this.#fingerprint,
        hassh: client && md5Hex(hasshText(client, 0)),
        hassh_server: server && md5Hex(hasshText(server, 1)),
      },
      first,
      this.#last,
    );
  }
}

const probe = (bytes: Uint8Array): Verdict => {
  const known = Math.min(bytes.length, 4);
  if (!spells(bytes.subarray(0, known), 0, 'SSH-'.slice(0, known))) return 'no';
  if (bytes.length < 7) return 'more';
  return (bytes[4] === 0x31 || bytes[4] === 0x32) && bytes[5] === 0x2e ? 'yes' : 'no';
};

export const ssh: ProtocolParser = {
  name: 'ssh',
  transport: 'tcp',
  ports: [22],
  firstBytes: byteClass('S'),
  probe,
  open: (conn) => new SshSession(conn),
};
