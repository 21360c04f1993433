/**
 * One protocol's place in a connection: finds out which it is, keeps what its parser has not consumed, and hands bytes to it. A
 * protocol inside another is a layer of its own.
 */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type {
  ChildStream,
  Conn,
  ConnFacts,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  Span,
  Verdict,
} from '../contract.ts';
import { Datagram } from './datagram.ts';
import { HeldContent } from './held-content.ts';
import { SpanBuffer } from './span-buffer.ts';

/** What a layer needs of the connection that it is in. */
export interface LayerOwner {
  readonly facts: ConnFacts;
  /** Parsers of the transport that may begin with that byte, in the order in which they are asked. */
  candidates(firstByte: number): readonly ProtocolParser[];
  protocolNamed(name: string): ProtocolParser | undefined;
  connFor(layer: Layer, parser: ProtocolParser): Conn;
  /** A parser threw: it is a bug, counted and named, and costs this connection's records only. */
  failed(parser: ProtocolParser, error: unknown): void;
  /** A parser gave up: the bytes are not, or no more, what it reads. */
  refused(parser: ProtocolParser): void;
  /** A cap cut this layer off. */
  capped(what: 'unparsed_bytes' | 'unrecognised'): void;
}

/** Both directions, as bits. */
const BOTH = 3;
const NOBODY: readonly ProtocolParser[] = [];
/** Bytes that the JavaScript engine keeps beside the object itself. */
const SHORT_FIRST = 64;
/** Candidates before the first byte. */
const ANYBODY: readonly ProtocolParser[] = [];

export class Layer implements ChildStream {
  readonly #owner: LayerOwner;
  readonly #datagrams: boolean;
  /** Made when that direction first brings bytes: half of all directions never do. */
  #origBuffer: SpanBuffer | undefined;
  #respBuffer: SpanBuffer | undefined;
  #needOrig = 0;
  #needResp = 0;
  #parser: ProtocolParser | undefined;
  #session: ParserSession | undefined;
  #next: string | undefined;
  #ignored = false;
  #origEnded = false;
  #respEnded = false;
  // While it is not known what the bytes are.
  #candidates: readonly ProtocolParser[] | undefined;
  /** A short first payload, its direction and frame: most connections are known, or given up, by the answer to it. */
  #first: Uint8Array | undefined;
  #firstDir: Dir = 0;
  #firstAt: Position | undefined;
  /** All that was said, where that is more. */
  #held: HeldContent | undefined;
  /** Of each direction whose bytes tell no candidate anything any more: a bit. */
  #mute = 0;
  /** Candidates to whom that direction's bytes were 'other'. */
  #othersOrig: readonly ProtocolParser[] = NOBODY;
  #othersResp: readonly ProtocolParser[] = NOBODY;
  /** Set while a parser runs: what it feeds itself to switch to waits. */
  #running = false;

  /** `first` is a protocol's name, 'probe', or the parser that takes up where it left off. */
  constructor(owner: LayerOwner, first: string | ProtocolParser, datagrams: boolean) {
    this.#owner = owner;
    this.#datagrams = datagrams;
    if (typeof first === 'string') this.#begin(first);
    else this.#open(first, true);
  }

  /** True where no byte of this layer matters any more. */
  get idle(): boolean {
    return this.#ignored;
  }

  /** True where nothing is lost if this layer is let go: nothing is open, and what may follow can be taken up anew. */
  get settled(): boolean {
    if (this.#session === undefined) return this.#ignored;
    return this.#session.settled === true && (this.#ignored || this.#resumes);
  }

  /** Who takes up what follows; undefined where nothing that follows matters. */
  get resumable(): ProtocolParser | undefined {
    return this.#ignored ? undefined : this.#parser;
  }

  get #resumes(): boolean {
    return this.#datagrams && this.#parser?.resume !== undefined;
  }

  #begin(name: string): void {
    if (name === 'probe') {
      this.#candidates = ANYBODY;
      return;
    }
    const parser = this.#owner.protocolNamed(name);
    if (parser) this.#open(parser);
    else this.#ignored = true;
  }

  #open(parser: ProtocolParser, again = false): void {
    this.#candidates = undefined;
    this.#parser = parser;
    try {
      const conn = this.#owner.connFor(this, parser);
      this.#session = again && parser.resume ? parser.resume(conn) : parser.open(conn);
    } catch (error) {
      this.#fail(error);
    }
  }

  #buffer(dir: Dir): SpanBuffer {
    return dir === 0 ? (this.#origBuffer ??= new SpanBuffer()) : (this.#respBuffer ??= new SpanBuffer());
  }

  feed(bytes: Uint8Array, dir: Dir, at: Position): void {
    if (this.#ignored || bytes.length === 0) return;
    if (this.#candidates) {
      this.#probe(dir, bytes, at);
      return;
    }
    this.#deliver(bytes, dir, at);
  }

  gap(dir: Dir, missing: number): void {
    if (this.#ignored) return;
    if (this.#candidates) {
      this.#holding().gap(dir, missing);
      this.#mute &= ~(1 << dir);
      this.#noteOthers(dir, NOBODY);
      return;
    }
    this.#passOver(dir, missing);
  }

  #passOver(dir: Dir, missing: number): void {
    this.#buffer(dir).drop();
    this.need(dir, 0);
    try {
      if (this.#session && !this.#session.gap(dir, missing)) this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  end(dir: Dir): void {
    if (dir === 0) this.#origEnded = true;
    else this.#respEnded = true;
    if (this.#ignored) return;
    if (this.#candidates) {
      if (this.#origEnded && this.#respEnded) this.#settle();
      return;
    }
    try {
      this.#session?.end?.(dir);
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    if (this.#candidates && !this.#ignored) this.#settle();
    this.#finish();
  }

  /** From a parser, while it runs or between two calls. */
  switchTo(name: string): void {
    this.#next = name;
    if (!this.#running) this.#switch();
  }

  ignoreRest(): void {
    this.#ignored = true;
    this.#origBuffer = undefined;
    this.#respBuffer = undefined;
  }

  need(dir: Dir, bytes: number): void {
    if (dir === 0) this.#needOrig = bytes;
    else this.#needResp = bytes;
  }

  #finish(): void {
    this.#ignored = true;
    const session = this.#session;
    this.#session = undefined;
    this.#candidates = undefined;
    this.#letGo();
    try {
      session?.close();
    } catch (error) {
      if (this.#parser) this.#owner.failed(this.#parser, error);
    }
    this.#origBuffer = undefined;
    this.#respBuffer = undefined;
  }

  #refuse(): void {
    if (this.#parser) this.#owner.refused(this.#parser);
    this.#finish();
  }

  #fail(error: unknown): void {
    if (this.#parser) this.#owner.failed(this.#parser, error);
    this.#session = undefined;
    this.#ignored = true;
    this.#origBuffer = undefined;
    this.#respBuffer = undefined;
  }

  #deliver(bytes: Uint8Array, dir: Dir, at: Position): void {
    if (this.#datagrams) {
      this.#datagram(bytes, dir, at);
      return;
    }
    this.#buffer(dir).append(bytes, at);
    this.#parse(dir);
  }

  /** It comes alone and whole; what its parser leaves goes to another one that it names, and to nobody else. */
  #datagram(bytes: Uint8Array, dir: Dir, at: Position): void {
    if (!this.#session) return;
    const used = this.#run(this.#session, new Datagram(bytes, at), dir);
    if (used === undefined) return;
    if (used < 0) this.#refuse();
    else if (this.#next !== undefined) {
      const rest = bytes.slice(Math.min(used, bytes.length));
      this.#switch();
      if (rest.length > 0) this.feed(rest, dir, at);
    }
  }

  /** What the parser consumed; undefined where it failed. */
  #run(session: ParserSession, data: Span, dir: Dir): number | undefined {
    this.#running = true;
    try {
      return session.parse(data, dir);
    } catch (error) {
      this.#fail(error);
      return undefined;
    } finally {
      this.#running = false;
    }
  }

  #parse(dir: Dir): void {
    const buffer = this.#buffer(dir);
    while (!this.#ignored && this.#session && buffer.bytes.length > 0) {
      const present = buffer.bytes.length;
      if (present < (dir === 0 ? this.#needOrig : this.#needResp)) {
        buffer.consume(0);
        break;
      }
      this.need(dir, 0);
      const used = this.#run(this.#session, buffer, dir);
      if (used === undefined) return;
      if (used < 0) {
        this.#refuse();
        return;
      }
      buffer.consume(Math.min(used, present));
      if (this.#next !== undefined) {
        this.#switch();
        return;
      }
      if (used === 0) break;
    }
    if (buffer.held > PROTOCOL_LIMITS.maxUnparsedBytes) {
      this.#owner.capped('unparsed_bytes');
      this.#finish();
    }
  }

  #switch(): void {
    const name = this.#next ?? 'probe';
    this.#next = undefined;
    const rests = ([0, 1] as const).map((dir) => this.#rest(dir));
    const session = this.#session;
    this.#session = undefined;
    try {
      session?.close();
    } catch (error) {
      if (this.#parser) this.#owner.failed(this.#parser, error);
    }
    this.#parser = undefined;
    this.#ignored = false;
    this.need(0, 0);
    this.need(1, 0);
    this.#letGo();
    this.#begin(name);
    for (const [dir, pieces] of rests.entries())
      for (const { bytes, at } of pieces) this.feed(bytes, dir as Dir, at);
  }

  /** What a direction holds, in the pieces in which its frames carried it. */
  #rest(dir: Dir): { bytes: Uint8Array; at: Position }[] {
    const buffer = this.#buffer(dir);
    const out: { bytes: Uint8Array; at: Position }[] = [];
    const { bytes } = buffer;
    for (let from = 0; from < bytes.length;) {
      const at = buffer.at(from);
      let to = from + 1;
      while (to < bytes.length && buffer.at(to) === at) to++;
      out.push({ bytes: bytes.slice(from, to), at });
      from = to;
    }
    buffer.drop();
    return out;
  }

  #probe(dir: Dir, bytes: Uint8Array, at: Position): void {
    // Most connections are known by their first bytes, or by the answer to them: nothing is kept of them.
    const begins = this.#held === undefined && (this.#first === undefined || this.#firstDir !== dir);
    const isMute = (this.#mute & (1 << dir)) !== 0;
    const held = begins && !isMute ? undefined : this.#holding();
    held?.data(dir, bytes, at);
    if (held && isMute) {
      if (held.sizeOf(dir) >= PROTOCOL_LIMITS.otherDirectionBytes) this.#giveUp();
      return;
    }
    const shown =
      held && !this.#datagrams
        ? held.shown(dir)
        : bytes.length > PROTOCOL_LIMITS.probeBytes && !this.#datagrams
          ? bytes.subarray(0, PROTOCOL_LIMITS.probeBytes)
          : bytes;
    const whole = !this.#datagrams && shown.length >= PROTOCOL_LIMITS.probeBytes;
    let waiting: ProtocolParser[] | undefined;
    let others: ProtocolParser[] | undefined;
    const candidates = this.#candidates === ANYBODY ? this.#owner.candidates(shown[0]) : this.#candidates;
    for (const parser of candidates ?? NOBODY) {
      const verdict = this.#ask(parser, shown, dir);
      // A datagram comes alone: whoever wants more of it will not get it.
      if (verdict === 'yes' && (waiting === undefined || this.#datagrams)) {
        this.#replay(parser);
        if (!held && !this.#ignored) this.feed(bytes, dir, at);
        this.#endsAgain();
        return;
      }
      if (verdict === 'no' || (verdict === 'more' && whole)) continue;
      if (verdict === 'other') {
        if (shown.length >= PROTOCOL_LIMITS.otherDirectionBytes) continue;
        (others ??= []).push(parser);
      }
      // One that says yes behind one that is not sure yet stays in the queue.
      (waiting ??= []).push(parser);
    }
    this.#candidates = waiting;
    this.#noteOthers(dir, others ?? NOBODY);
    // Whoever was not sure of the other direction's bytes may be out by what this one says.
    for (const side of [0, 1] as const) if (this.#isMute(side)) this.#mute |= 1 << side;
    const nothingToTell = waiting === undefined || this.#mute === BOTH;
    if (nothingToTell || (held?.size ?? bytes.length) > PROTOCOL_LIMITS.maxProbeBytes) {
      this.#giveUp();
      return;
    }
    // The bytes are only lent, and the question stays open.
    if (!held) this.#hold(dir, bytes, at);
  }

  #hold(dir: Dir, bytes: Uint8Array, at: Position): void {
    if (this.#first === undefined && bytes.length <= SHORT_FIRST) {
      this.#first = bytes.slice();
      this.#firstDir = dir;
      this.#firstAt = at;
    } else this.#holding().data(dir, bytes, at);
  }

  #holding(): HeldContent {
    if (this.#held === undefined) {
      this.#held = HeldContent.take();
      if (this.#first && this.#firstAt) this.#held.data(this.#firstDir, this.#first, this.#firstAt);
      this.#first = undefined;
    }
    return this.#held;
  }

  #noteOthers(dir: Dir, others: readonly ProtocolParser[]): void {
    if (dir === 0) this.#othersOrig = others;
    else this.#othersResp = others;
  }

  /** Are that direction's bytes 'other' to all that are left? */
  #isMute(dir: Dir): boolean {
    const others = dir === 0 ? this.#othersOrig : this.#othersResp;
    return this.#candidates?.every((parser) => others.includes(parser)) ?? true;
  }

  #ask(parser: ProtocolParser, bytes: Uint8Array, dir: Dir): Verdict {
    try {
      return parser.probe(bytes, dir, this.#owner.facts);
    } catch (error) {
      this.#owner.failed(parser, error);
      return 'no';
    }
  }

  /** Nothing more will come: the first that says yes to what there is. */
  #settle(): void {
    const held = this.#first ? this.#holding() : this.#held;
    if (held && !this.#datagrams)
      for (const parser of this.#candidates ?? []) {
        const orig = held.shown(0);
        const resp = held.shown(1);
        const yes =
          (orig.length > 0 && this.#ask(parser, orig, 0) === 'yes') ||
          (resp.length > 0 && this.#ask(parser, resp, 1) === 'yes');
        if (!yes) continue;
        this.#replay(parser);
        this.#endsAgain();
        return;
      }
    this.#giveUp();
  }

  #giveUp(): void {
    this.#candidates = undefined;
    this.#letGo();
    this.#ignored = true;
  }

  #letGo(): void {
    this.#held?.release();
    this.#held = undefined;
    this.#first = undefined;
    this.#forget();
  }

  #forget(): void {
    this.#mute = 0;
    this.#othersOrig = NOBODY;
    this.#othersResp = NOBODY;
  }

  #replay(parser: ProtocolParser): void {
    const held = this.#held;
    const first = this.#first;
    this.#held = undefined;
    this.#first = undefined;
    this.#forget();
    this.#open(parser);
    if (first && this.#firstAt) this.feed(first, this.#firstDir, this.#firstAt);
    held?.replay(this);
    held?.release();
  }

  #endsAgain(): void {
    if (this.#origEnded) this.end(0);
    if (this.#respEnded) this.end(1);
  }
}
