import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PayloadEvent } from '../../../model/sinks.ts';
import { emptyEvent, EventBuffer, readEvents } from './event-buffer.hot.ts';

const u32 = fc.nat(0xffff_ffff);
const port = fc.nat(65_535);
const address = fc.array(u32, { minLength: 4, maxLength: 4 }).map((words) => Uint32Array.from(words));

const event = fc.record({
  uid: fc.stringMatching(/^C[0-9A-Za-z]{0,23}$/),
  connNo: u32,
  proto: fc.nat(4),
  ipProto: fc.nat(255),
  fromOrig: fc.boolean(),
  origH: address,
  respH: address,
  origP: port,
  respP: port,
  payload: fc.uint8Array({ maxLength: 60 }),
  tsSec: fc.integer({ min: 0, max: 9_223_372_035 }),
  tsNsec: fc.nat(999_999_999),
  file: fc.nat(65_535),
  frame: u32,
});

type Given = typeof event extends fc.Arbitrary<infer T> ? T : never;

const plain = (e: Omit<PayloadEvent, 'bytes' | 'off' | 'len'>, payload: Uint8Array) => ({
  uid: e.uid,
  connNo: e.connNo,
  proto: e.proto,
  ipProto: e.ipProto,
  fromOrig: e.fromOrig,
  origH: [...e.origH],
  respH: [...e.respH],
  origP: e.origP,
  respP: e.respP,
  tsSec: e.tsSec,
  tsNsec: e.tsNsec,
  file: e.file,
  frame: e.frame,
  payload: [...payload],
});

const read = (bytes: Uint8Array): unknown[] => {
  const out: unknown[] = [];
  readEvents(
    bytes,
    {
      payload: (e, seq) => out.push([seq, plain(e, e.bytes.subarray(e.off, e.off + e.len))]),
      closed: (connNo, seq) => out.push([seq, connNo]),
    },
    emptyEvent(),
  );
  return out;
};

const BEFORE = 3;

const give = (buffer: EventBuffer, { payload, ...rest }: Given, seq: number): void => {
  const bytes = new Uint8Array(BEFORE + payload.length + 2).fill(0xee);
  bytes.set(payload, BEFORE);
  buffer.payload({ ...rest, bytes, off: BEFORE, len: payload.length }, seq);
};

describe('EventBuffer', () => {
  it('gives every event back, in order, past its first capacity, and is empty after', () => {
    const one = fc.oneof({ weight: 4, arbitrary: event }, { weight: 1, arbitrary: u32 });
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 12 }), { minLength: 1, maxLength: 3 }), (rounds) => {
        const buffer = new EventBuffer(256);
        for (const events of rounds) {
          for (const [seq, e] of events.entries()) {
            if (typeof e === 'number') buffer.closed(e, seq);
            else give(buffer, e, seq);
          }
          expect(buffer.events).toBe(events.length);
          const expected = events.map((e, seq) => [seq, typeof e === 'number' ? e : plain(e, e.payload)]);
          expect(read(buffer.take())).toEqual(expected);
          expect([buffer.used, buffer.events]).toEqual([0, 0]);
        }
      }),
    );
  });
});
