/** Payload events as bytes, to be handed to another thread: a fixed header and the payload. */

import type { PayloadEvent } from '../../../model/sinks.ts';

const HEADER_F64 = 1;
const HEADER_U32 = 20;
const UID_BYTES = 24;
/** Time (8), words (80), uid (24): a multiple of 8, so that times stay aligned. */
export const EVENT_HEADER = 8 * HEADER_F64 + 4 * HEADER_U32 + UID_BYTES;

const W = {
  kind: 2,
  seq: 3,
  connNo: 4,
  protos: 5,
  ports: 6,
  nsec: 7,
  file: 8,
  frame: 9,
  len: 10,
  uidLen: 11,
  orig: 12,
  resp: 16,
} as const;

const PAYLOAD = 1;
const CLOSED = 2;

const aligned = (bytes: number): number => (bytes + 7) & ~7;

/** A buffer that fills; `take` hands it over and begins another. */
export class EventBuffer {
  #bytes: Uint8Array;
  #u32: Uint32Array;
  #f64: Float64Array;
  used = 0;
  events = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#u32 = new Uint32Array(this.#bytes.buffer);
    this.#f64 = new Float64Array(this.#bytes.buffer);
  }

  #room(bytes: number): void {
    if (this.used + bytes <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.used + bytes));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
    this.#u32 = new Uint32Array(bigger.buffer);
    this.#f64 = new Float64Array(bigger.buffer);
  }

  payload(event: PayloadEvent, seq: number): void {
    this.#room(EVENT_HEADER + aligned(event.len));
    const w = this.used >> 2;
    const u32 = this.#u32;
    this.#f64[this.used >> 3] = event.tsSec;
    u32[w + W.kind] = PAYLOAD;
    u32[w + W.seq] = seq;
    u32[w + W.connNo] = event.connNo;
    u32[w + W.protos] = event.proto | (event.ipProto << 8) | (event.fromOrig ? 1 << 16 : 0);
    u32[w + W.ports] = (event.origP << 16) | event.respP;
    u32[w + W.nsec] = event.tsNsec;
    u32[w + W.file] = event.file;
    u32[w + W.frame] = event.frame;
    u32[w + W.len] = event.len;
    u32[w + W.uidLen] = event.uid.length;
    for (let i = 0; i < 4; i++) {
      u32[w + W.orig + i] = event.origH[i];
      u32[w + W.resp + i] = event.respH[i];
    }
    const uidAt = this.used + EVENT_HEADER - UID_BYTES;
    for (let i = 0; i < event.uid.length; i++) this.#bytes[uidAt + i] = event.uid.charCodeAt(i);
    const from = event.off;
    const to = this.used + EVENT_HEADER;
    for (let i = 0; i < event.len; i++) this.#bytes[to + i] = event.bytes[from + i];
    this.used += EVENT_HEADER + aligned(event.len);
    this.events++;
  }

  closed(connNo: number, seq: number): void {
    this.#room(EVENT_HEADER);
    const w = this.used >> 2;
    this.#u32[w + W.kind] = CLOSED;
    this.#u32[w + W.seq] = seq;
    this.#u32[w + W.connNo] = connNo;
    this.#u32[w + W.len] = 0;
    this.used += EVENT_HEADER;
    this.events++;
  }

  /** The bytes so far, to be transferred; the buffer is empty again. */
  take(): Uint8Array {
    const out = this.#bytes.subarray(0, this.used);
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.#u32 = new Uint32Array(this.#bytes.buffer);
    this.#f64 = new Float64Array(this.#bytes.buffer);
    this.used = 0;
    this.events = 0;
    return out;
  }
}

export interface EventReader {
  payload(event: PayloadEvent, seq: number): void;
  closed(connNo: number, seq: number): void;
}

/** Walks the events of a buffer that `take` gave; one event object is reused. */
export function readEvents(bytes: Uint8Array, to: EventReader, event: MutableEvent): void {
  const u32 = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const f64 = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
  let at = 0;
  while (at < bytes.length) {
    const w = at >> 2;
    const seq = u32[w + W.seq];
    const len = u32[w + W.len];
    if (u32[w + W.kind] === CLOSED) to.closed(u32[w + W.connNo], seq);
    else {
      const protos = u32[w + W.protos];
      const ports = u32[w + W.ports];
      event.tsSec = f64[at >> 3];
      event.connNo = u32[w + W.connNo];
      event.proto = protos & 0xff;
      event.ipProto = (protos >> 8) & 0xff;
      event.fromOrig = (protos & (1 << 16)) !== 0;
      event.origP = ports >>> 16;
      event.respP = ports & 0xffff;
      event.tsNsec = u32[w + W.nsec];
      event.file = u32[w + W.file];
      event.frame = u32[w + W.frame];
      for (let i = 0; i < 4; i++) {
        event.origH[i] = u32[w + W.orig + i];
        event.respH[i] = u32[w + W.resp + i];
      }
      event.uid = uidOf(bytes, at + EVENT_HEADER - UID_BYTES, u32[w + W.uidLen]);
      event.bytes = bytes;
      event.off = at + EVENT_HEADER;
      event.len = len;
      to.payload(event, seq);
    }
    at += EVENT_HEADER + aligned(len);
  }
}

function uidOf(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode.apply(null, bytes.subarray(from, from + length) as unknown as number[]);
}

/** An event whose uid can be set: each buffer brings its text along. */
type MutableEvent = Omit<PayloadEvent, 'uid'> & { uid: string };

export const emptyEvent = (): MutableEvent => ({
  uid: '',
  connNo: 0,
  proto: 0,
  ipProto: 0,
  fromOrig: true,
  origH: new Uint32Array(4),
  respH: new Uint32Array(4),
  origP: 0,
  respP: 0,
  bytes: new Uint8Array(0),
  off: 0,
  len: 0,
  tsSec: 0,
  tsNsec: 0,
  file: 0,
  frame: 0,
});
