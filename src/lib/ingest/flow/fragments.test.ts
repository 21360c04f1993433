import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoded } from '../../../../tests/decode/decoded.ts';
import { addressBytes } from '../../../../tests/builders/bytes.ts';
import { ipAround } from '../../../../tests/builders/packets.ts';
import { FRAGMENT_LIMITS } from '../../model/limits.ts';
import { Fragments, type Reassembled } from './fragments.ts';

const ENDS = {
  4: [addressBytes('192.0.2.1'), addressBytes('192.0.2.2')],
  6: [addressBytes('2001:db8::1'), addressBytes('2001:db8::2')],
} as const;
const UDP = 17;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly more: boolean;
}

interface AddOptions {
  readonly version?: 4 | 6;
  readonly id?: number;
  readonly now?: number;
  readonly proto?: number;
}

function add(fragments: Fragments, piece: Piece, options: AddOptions = {}): Reassembled | undefined | null {
  const { version = 4, id = 1, now = 0, proto = UDP } = options;
  const { offset, more } = piece;
  const [src, dst] = ENDS[version];
  const packet = ipAround(src, dst, proto, Buffer.from(piece.bytes), { fragment: { id, offset, more } });
  const { h } = decoded(packet, { linkType: 101, surroundings: 0xee });
  return fragments.add(h, 0, now, packet.length);
}

const bytesOf = (whole: Reassembled): number[] => [...whole.bytes.subarray(0, whole.length)];

/** A datagram cut at random multiples of eight, in random order. */
const cutUp = fc
  .tuple(
    fc.uint8Array({ minLength: 17, maxLength: 600 }),
    fc.array(fc.nat(70), { minLength: 1, maxLength: 12 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([bytes, cuts, order]) => {
    const at = [...new Set([0, ...cuts.map((cut) => cut * 8).filter((cut) => cut < bytes.length)])].sort(
      (a, b) => a - b,
    );
    const pieces = at.map((offset, i) => {
      const to = at[i + 1] ?? bytes.length;
      return { offset, bytes: bytes.subarray(offset, to), more: to < bytes.length };
    });
    const keyed = pieces.map((piece) => ({ piece, key: order.next().value }));
    return { bytes, pieces: keyed.sort((a, b) => a.key - b.key).map(({ piece }) => piece) };
  })
  .filter(({ pieces }) => pieces.length > 1);

describe('Fragments', () => {
  it('any cut in any order gives the datagram, when the last piece is there', () => {
    fc.assert(
      fc.property(cutUp, fc.constantFrom(4 as const, 6 as const), ({ bytes, pieces }, version) => {
        const fragments = new Fragments();
        const results = pieces.map((piece) => add(fragments, piece, { version }));
        expect(results.slice(0, -1).every((result) => result === undefined)).toBe(true);
        const whole = results.at(-1);
        if (!whole) throw new Error('the datagram was not put together');
        expect(bytesOf(whole)).toEqual([...bytes]);
        expect(whole).toMatchObject({
          length: bytes.length,
          ipLen: (version === 4 ? 20 : 40) + bytes.length,
          ipProto: UDP,
          fragments: pieces.length,
          wireLen: bytes.length + pieces.length * (version === 4 ? 20 : 48),
        });
        expect([fragments.waiting, fragments.counts.datagrams, fragments.counts.overlaps]).toEqual([0, 1, 0]);
      }),
    );
  });

  it('of overlapping pieces the first to arrive wins, byte by byte', () => {
    const piece = fc.record({ at: fc.nat(12), length: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 12 }),
        (pieces, end) => {
          const fragments = new Fragments();
          const total = end * 8 + 8;
          const model = new Array<number>(total).fill(-1);
          let overlaps = 0;
          let conflicts = 0;
          const put = (offset: number, bytes: Uint8Array): void => {
            const before = model.slice(offset, offset + bytes.length);
            if (before.some((value) => value >= 0)) overlaps++;
            if (before.some((value, i) => value >= 0 && value !== bytes[i])) conflicts++;
            for (const [i, byte] of bytes.entries()) if (model[offset + i] < 0) model[offset + i] = byte;
          };
          let whole: Reassembled | undefined | null;
          for (const [i, { at, length }] of pieces.entries()) {
            if (at * 8 >= total) continue;
            const bytes = new Uint8Array(Math.min(length * 8, total - at * 8)).fill(i + 1);
            put(at * 8, bytes);
            whole = add(fragments, { offset: at * 8, bytes, more: true });
          }
          expect(whole).toBeUndefined();
          const last = new Uint8Array(8).fill(200);
          put(total - 8, last);
          whole = add(fragments, { offset: total - 8, bytes: last, more: false });
          const isWhole = model.every((value) => value >= 0);
          expect(whole !== undefined).toBe(isWhole);
          if (whole) expect(bytesOf(whole)).toEqual(model);
          expect([fragments.counts.overlaps, fragments.counts.conflicts]).toEqual([overlaps, conflicts]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a piece that comes twice is an overlap and no conflict', () => {
    const fragments = new Fragments();
    const first = { offset: 0, bytes: new Uint8Array(16).fill(7), more: true };
    add(fragments, first);
    add(fragments, first);
    expect(fragments.counts).toMatchObject({ overlaps: 1, conflicts: 0, fragments: 2 });
    expect(add(fragments, { offset: 16, bytes: new Uint8Array(8), more: false })?.fragments).toBe(3);
  });

  it('tells datagrams apart by id, addresses and, for IPv4, protocol', () => {
    const fragments = new Fragments();
    const first = { offset: 0, bytes: new Uint8Array(8), more: true };
    const last = { offset: 8, bytes: new Uint8Array(8), more: false };
    add(fragments, first, { id: 1 });
    expect(add(fragments, last, { id: 2 })).toBeUndefined();
    expect(add(fragments, last, { id: 1, proto: 6 })).toBeUndefined();
    expect(add(fragments, last, { id: 1, version: 6 })).toBeUndefined();
    expect(fragments.waiting).toBe(4);
    expect(add(fragments, last, { id: 1 })?.length).toBe(16);
  });

  it('an id is free again when its datagram is whole', () => {
    const fragments = new Fragments();
    for (let round = 0; round < 3; round++) {
      add(fragments, { offset: 0, bytes: new Uint8Array(8).fill(round), more: true });
      const whole = add(fragments, { offset: 8, bytes: new Uint8Array(8).fill(round), more: false });
      expect(whole && bytesOf(whole)).toEqual(new Array(16).fill(round));
    }
    expect(fragments.counts).toMatchObject({ datagrams: 3, overlaps: 0 });
  });

  it('waits for as long as the limit says and no longer', () => {
    const fragments = new Fragments();
    const first = { offset: 0, bytes: new Uint8Array(8), more: true };
    const last = { offset: 8, bytes: new Uint8Array(8), more: false };
    add(fragments, first, { now: 100 });
    expect(add(fragments, last, { now: 100 + FRAGMENT_LIMITS.timeoutS })).toBeDefined();
    add(fragments, first, { now: 200 });
    expect(add(fragments, last, { now: 200.5 + FRAGMENT_LIMITS.timeoutS })).toBeUndefined();
    expect(fragments.counts).toMatchObject({ timedOut: 1, datagrams: 1 });
    expect(fragments.waiting).toBe(1);
  });

  it('cannot use a piece that is empty or reaches past what a datagram can be', () => {
    const fragments = new Fragments();
    expect(add(fragments, { offset: 8, bytes: new Uint8Array(0), more: true })).toBeNull();
    expect(add(fragments, { offset: 65_528, bytes: new Uint8Array(8), more: false })).toBeNull();
    expect(add(fragments, { offset: 65_528, bytes: new Uint8Array(7), more: false })).toBeUndefined();
    expect(fragments.counts).toMatchObject({ bad: 2, fragments: 3 });
  });

  it('gives up the oldest past the number of datagrams, and one that has too many pieces', () => {
    const fragments = new Fragments();
    const first = { offset: 0, bytes: new Uint8Array(8), more: true };
    for (let id = 0; id < FRAGMENT_LIMITS.maxDatagrams + 10; id++) add(fragments, first, { id });
    expect([fragments.waiting, fragments.counts.capped]).toEqual([FRAGMENT_LIMITS.maxDatagrams, 10]);
    const many = new Fragments();
    for (let i = 0; i < FRAGMENT_LIMITS.maxFragments; i++)
      add(many, { offset: 8, bytes: new Uint8Array(8), more: true });
    expect([many.waiting, many.counts.capped]).toEqual([0, 1]);
  });

  it('keeps the bytes of all that wait below their cap', () => {
    const fragments = new Fragments();
    const far = { offset: 65_000, bytes: new Uint8Array(8), more: true };
    for (let id = 0; id < 1000; id++) add(fragments, far, { id });
    expect(fragments.waiting * 65_008).toBeLessThan(FRAGMENT_LIMITS.maxTotalBytes + 2 * 65_536);
    expect(fragments.counts.capped).toBeGreaterThan(400);
  });
});
