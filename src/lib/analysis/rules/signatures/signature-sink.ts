/** Looks for signatures in payloads while a capture is read, and writes rows of `alert`. */

import { PRESCAN_LIMITS } from '../../../model/limits.ts';
import type { PayloadEvent, PayloadSink, RowSink, Sought } from '../../../model/sinks.ts';
import { PROTOS } from '../../../model/ids.ts';
import { ALERT } from '../../../model/tables.ts';
import { LiteralGate } from './literal-gate.hot.ts';
import { NO_TAIL, PayloadTails, TAIL_LIMITS, type LiteralSeen } from './payload-tails.ts';
import type { Signature } from './signature.ts';

/** Alerts of one signature in one connection; further ones say nothing new. */
const MAX_ALERTS_PER_CONNECTION = 100;

/** Places of literals remembered of one tail before only the last of each literal is. */
const MAX_SEEN = 64;

const TCP = 6;

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export class SignatureSink implements PayloadSink {
  readonly id = 'signatures';
  readonly sought: Sought | undefined;
  readonly #gated: readonly Signature[];
  readonly #ungated: readonly Signature[];
  readonly #gate: LiteralGate;
  /** Of the last search: 1 + offset by literal, 0 for none. */
  readonly #found: Uint32Array;
  readonly #tails = new PayloadTails();
  /** Connection → signature → alerts so far. */
  readonly #alerts = new Map<number, Map<string, number>>();

  constructor(signatures: readonly Signature[]) {
    this.#gated = signatures.filter(({ literal }) => literal !== undefined);
    this.#ungated = signatures.filter(({ literal }) => literal === undefined);
    const literals = this.#gated.map(({ literal }) => bytesOf(literal?.text ?? ''));
    this.#gate = new LiteralGate(literals);
    if (literals.every(({ length }) => length <= PRESCAN_LIMITS.marginBytes)) this.sought = literals;
    this.#found = new Uint32Array(this.#gated.length);
  }

  /** Tails given up because of the cap on memory. */
  get droppedTails(): number {
    return this.#tails.dropped;
  }

  payload(event: PayloadEvent, out: RowSink): void {
    if (event.len <= 0) return;
    const tails = this.#tails;
    // A datagram stands alone: only TCP has bytes that go on in the next packet.
    const tail = event.ipProto === TCP ? tails.of(event.connNo, event.fromOrig) : NO_TAIL;
    if (this.#sentAgain(tail, event)) return;
    const length = tails.length(tail);
    this.#gate.before(tails.bytes, tails.from(tail) + length, length);
    const hit = this.#gate.find(
      event.bytes,
      event.off,
      event.off + event.len,
      this.#found,
      !event.mayHold,
    );
    if (hit || this.#ungated.length > 0 || tails.seen(tail).length > 0) this.#inspect(hit, tail, event, out);
    tails.push(tail, event.bytes, event.off, event.len, event.file, event.frame);
  }

  closed(connNo: number): void {
    this.#tails.closed(connNo);
    if (this.#alerts.size > 0) this.#alerts.delete(connNo);
  }

  #inspect(hit: boolean, tail: number, event: PayloadEvent, out: RowSink): void {
    const candidates = new Set(this.#tails.seen(tail).map(({ literal }) => literal));
    if (hit) this.#found.forEach((end, literal) => end > 0 && candidates.add(literal));
    const seen = this.#joined(tail, event);
    const text = Buffer.from(seen.buffer, seen.byteOffset, seen.length).toString('latin1');
    for (const literal of candidates) this.#match(this.#gated[literal], text, tail, event, out);
    for (const signature of this.#ungated) this.#match(signature, text, tail, event, out);
    this.#tails.remember(tail, this.#stillSeen(hit, tail, event.len));
    this.#found.fill(0);
  }

  /** Literals whose window will lie in the tail once this payload is in it. */
  #stillSeen(hit: boolean, tail: number, len: number): LiteralSeen[] {
    const position = this.#tails.position(tail);
    const oldest = position + len - TAIL_LIMITS.bytes;
    const seen = this.#tails.seen(tail).filter(({ at }) => at > oldest);
    if (hit) this.#found.forEach((end, literal) => end > 0 && position + end > oldest && seen.push({ literal, at: position + end }));
    return seen.length <= MAX_SEEN ? seen : [...new Map(seen.map((one) => [one.literal, one])).values()];
  }

  #match(signature: Signature, text: string, tail: number, event: PayloadEvent, out: RowSink): void {
    if (!applies(signature, event)) return;
    const known = this.#tails.length(tail);
    const matcher = signature.pattern.matcher(text);
    while (matcher.find()) {
      // What ends in the tail was reported with the packet that ended it.
      if (matcher.end() <= known || matcher.end() === matcher.start()) continue;
      if (this.#count(event.connNo, signature.id)) this.#write(signature, matcher.start() - known, matcher.end() - matcher.start(), tail, event, out);
      return;
    }
  }

  #count(connNo: number, id: string): boolean {
    const of = this.#alerts.get(connNo) ?? new Map<string, number>();
    this.#alerts.set(connNo, of);
    const n = (of.get(id) ?? 0) + 1;
    of.set(id, n);
    return n <= MAX_ALERTS_PER_CONNECTION;
  }

  #write(signature: Signature, offset: number, length: number, tail: number, event: PayloadEvent, out: RowSink): void {
    const orig = { h: halves(event.origH), p: event.origP };
    const resp = { h: halves(event.respH), p: event.respP };
    const [from, to] = event.fromOrig ? [orig, resp] : [resp, orig];
    const began = (offset < 0 ? this.#tails.frameOf(tail, this.#tails.position(tail) + offset) : undefined) ?? event;
    const more = Object.keys(signature.more).length > 0 ? JSON.stringify(signature.more) : undefined;
    out.row(ALERT, {
      ts: BigInt(event.tsSec) * 1_000_000_000n + BigInt(event.tsNsec),
      uid: event.uid,
      id_orig_h: orig.h,
      id_orig_p: orig.p,
      id_resp_h: resp.h,
      id_resp_p: resp.p,
      rule_id: signature.id,
      msg: signature.description,
      classtype: signature.type,
      severity: signature.severity,
      action: 'alert',
      src: from.h,
      src_p: from.p,
      dst: to.h,
      dst_p: to.p,
      proto: PROTOS[event.proto],
      direction: event.fromOrig ? 'to_server' : 'to_client',
      // Counted from the payload of capture_frame: negative where the match began in an earlier packet.
      matches: JSON.stringify([{ buffer: 'payload', offset, length }]),
      metadata: more,
      file: began.file,
      first_frame: began.frame,
      capture_file: event.file,
      capture_frame: event.frame,
    });
  }

  /** The tail, then the payload, in bytes of their own. */
  #joined(tail: number, { bytes, off, len }: PayloadEvent): Uint8Array {
    const from = this.#tails.from(tail);
    const length = this.#tails.length(tail);
    const seen = new Uint8Array(length + len);
    seen.set(this.#tails.bytes.subarray(from, from + length), 0);
    seen.set(bytes.subarray(off, off + len), length);
    return seen;
  }

  /** A segment that repeats the last one, byte for byte: its matches were reported. */
  #sentAgain(tail: number, { bytes, off, len }: PayloadEvent): boolean {
    const length = this.#tails.length(tail);
    if (len > length || len < 8) return false;
    const own = this.#tails.bytes;
    const at = this.#tails.from(tail) + length - len;
    for (let i = 0; i < len; i++) if (own[at + i] !== bytes[off + i]) return false;
    return true;
  }
}

const applies = ({ ipProtos, port }: Signature, { ipProto, origP, respP }: PayloadEvent): boolean =>
  (ipProtos === undefined || ipProtos.has(ipProto)) && (port === undefined || port === origP || port === respP);

/** Four 32-bit words as the two halves of a column. */
const halves = (words: Uint32Array): readonly [bigint, bigint] => [
  (BigInt(words[0]) << 32n) | BigInt(words[1]),
  (BigInt(words[2]) << 32n) | BigInt(words[3]),
];
