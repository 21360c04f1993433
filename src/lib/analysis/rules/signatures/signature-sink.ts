/** Looks for signatures in payloads while a capture is read, and writes rows of `alert`. */

import { PRESCAN_LIMITS } from '../../../model/limits.ts';
import type { EarlierPayload, PayloadEvent, PayloadSink, RowSink, Sought } from '../../../model/sinks.ts';
import { PROTOS } from '../../../model/ids.ts';
import { ALERT } from '../../../model/tables.ts';
import { LiteralGate } from './literal-gate.hot.ts';
import type { Signature } from './signature.ts';

/** Alerts of one signature in one connection; further ones say nothing new. */
const MAX_ALERTS_PER_CONNECTION = 100;

/** Places of literals remembered of one tail before only the last of each literal is. */
const MAX_SEEN = 64;

/** Bytes before a packet in which a match may begin. */
export const TAIL_BYTES = 512;

/** Directions that have a literal in what came last. */
const MAX_REMEMBERED = 100_000;

const NO_BYTES = new Uint8Array(0);
const NOTHING_EARLIER: EarlierPayload = { bytes: NO_BYTES, parts: [] };
const NOTHING_SEEN: readonly LiteralSeen[] = [];

/** A literal, the payload that it ended in, and where in it. */
interface LiteralSeen {
  readonly literal: number;
  readonly serial: number;
  readonly end: number;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export class SignatureSink implements PayloadSink {
  readonly id = 'signatures';
  readonly sought: Sought | undefined;
  readonly #gated: readonly Signature[];
  readonly #ungated: readonly Signature[];
  readonly #gate: LiteralGate;
  /** Of the last search: 1 + offset by literal, 0 for none. */
  readonly #found: Uint32Array;
  /** Direction → literals in the last bytes before the next payload: their expressions may match with it. */
  readonly #seen = new Map<number, readonly LiteralSeen[]>();
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

  payload(event: PayloadEvent, out: RowSink): void {
    const { bytes, off, len, before } = event;
    if (len <= 0) return;
    const gate = this.#gate;
    const crosses = before >= 0 && gate.mayCross(before, bytes, off, off + len);
    const key = directionOf(event);
    const seen = (this.#seen.size > 0 ? this.#seen.get(key) : undefined) ?? NOTHING_SEEN;
    if (!event.mayHold && !crosses && seen.length === 0 && this.#ungated.length === 0) return;
    const border = crosses ? event.earlier(gate.reach).bytes : NO_BYTES;
    gate.before(border, border.length, border.length);
    const hit = gate.find(bytes, off, off + len, this.#found, !event.mayHold);
    if (hit || seen.length > 0 || this.#ungated.length > 0) this.#inspect(hit, seen, key, event, out);
  }

  closed(connNo: number): void {
    if (this.#alerts.size > 0) this.#alerts.delete(connNo);
    if (this.#seen.size === 0) return;
    this.#seen.delete(2 * connNo);
    this.#seen.delete(2 * connNo + 1);
  }

  #inspect(hit: boolean, known: readonly LiteralSeen[], key: number, event: PayloadEvent, out: RowSink): void {
    const earlier = event.before >= 0 ? event.earlier(TAIL_BYTES) : NOTHING_EARLIER;
    const candidates = new Set(known.map(({ literal }) => literal));
    if (hit) this.#found.forEach((end, literal) => end > 0 && candidates.add(literal));
    const seen = joined(earlier, event);
    const text = Buffer.from(seen.buffer, seen.byteOffset, seen.length).toString('latin1');
    for (const literal of candidates) this.#match(this.#gated[literal], text, earlier, event, out);
    for (const signature of this.#ungated) this.#match(signature, text, earlier, event, out);
    if (event.serial !== 0) this.#remember(key, this.#stillSeen(hit, known, earlier, event));
    this.#found.fill(0);
  }

  #remember(key: number, seen: readonly LiteralSeen[]): void {
    if (seen.length === 0) this.#seen.delete(key);
    else if (this.#seen.size < MAX_REMEMBERED || this.#seen.has(key)) this.#seen.set(key, seen);
  }

  /** Literals that will lie in the bytes before the next payload. */
  #stillSeen(hit: boolean, known: readonly LiteralSeen[], earlier: EarlierPayload, { serial, len }: PayloadEvent): LiteralSeen[] {
    const oldest = earlier.bytes.length + len - TAIL_BYTES;
    const from = new Map(earlier.parts.map((part) => [part.serial, part.from]));
    const seen = known.filter((one) => (from.get(one.serial) ?? -Infinity) + one.end > oldest);
    if (hit)
      this.#found.forEach((end, literal) => end > 0 && earlier.bytes.length + end > oldest && seen.push({ literal, serial, end }));
    return seen.length <= MAX_SEEN ? seen : [...new Map(seen.map((one) => [one.literal, one])).values()];
  }

  #match(signature: Signature, text: string, earlier: EarlierPayload, event: PayloadEvent, out: RowSink): void {
    if (!applies(signature, event)) return;
    const known = earlier.bytes.length;
    const matcher = signature.pattern.matcher(text);
    while (matcher.find()) {
      // What ends in the bytes before was reported with the packet that ended it.
      if (matcher.end() <= known || matcher.end() === matcher.start()) continue;
      if (this.#count(event.connNo, signature.id)) this.#write(signature, matcher.start(), matcher.end(), earlier, event, out);
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

  /** `start` and `end` count from the first of the earlier bytes. */
  #write(signature: Signature, start: number, end: number, earlier: EarlierPayload, event: PayloadEvent, out: RowSink): void {
    const orig = { h: halves(event.origH), p: event.origP };
    const resp = { h: halves(event.respH), p: event.respP };
    const [from, to] = event.fromOrig ? [orig, resp] : [resp, orig];
    const began = earlier.parts.findLast((part) => part.from <= start && start < earlier.bytes.length) ?? event;
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
      matches: JSON.stringify([{ buffer: 'payload', offset: start - earlier.bytes.length, length: end - start }]),
      metadata: more,
      file: began.file,
      first_frame: began.frame,
      capture_file: event.file,
      capture_frame: event.frame,
    });
  }
}

const directionOf = ({ connNo, fromOrig }: PayloadEvent): number => 2 * connNo + (fromOrig ? 0 : 1);

/** What came before, then the payload, in bytes of their own. */
function joined(earlier: EarlierPayload, { bytes, off, len }: PayloadEvent): Uint8Array {
  const known = earlier.bytes.length;
  const seen = new Uint8Array(known + len);
  seen.set(earlier.bytes);
  seen.set(bytes.subarray(off, off + len), known);
  return seen;
}

const applies = ({ ipProtos, port }: Signature, { ipProto, origP, respP }: PayloadEvent): boolean =>
  (ipProtos === undefined || ipProtos.has(ipProto)) && (port === undefined || port === origP || port === respP);

/** Four 32-bit words as the two halves of a column. */
const halves = (words: Uint32Array): readonly [bigint, bigint] => [
  (BigInt(words[0]) << 32n) | BigInt(words[1]),
  (BigInt(words[2]) << 32n) | BigInt(words[3]),
];
