/** The gate and the look ahead find by WebAssembly what they find in TypeScript. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiteralBlocks } from './literal-blocks.ts';
import { LiteralGate } from './literal-gate.hot.ts';

const unit = fc.constantFrom(...'abAB', '\u00e1', '@', '`');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const literals = fc.array(fc.string({ unit, minLength: 4, maxLength: 20 }), { minLength: 1, maxLength: 12 });
const pieces = fc.array(fc.oneof(fc.string({ unit, maxLength: 40 }), fc.nat(11)), { maxLength: 80 });

/** Some of the literals, and other text. */
const textOf = (all: readonly string[], parts: readonly (string | number)[]): Buffer =>
  bytesOf(parts.map((part) => (typeof part === 'string' ? part : (all[part % all.length] ?? ''))).join(''));

/** Where each literal begins, in any case. */
function beginsOf(all: readonly string[], text: Buffer): (readonly [literal: number, begin: number])[] {
  const folded = (one: string): string => one.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
  const whole = folded(text.toString('latin1'));
  return all.flatMap((literal, index) => {
    const begins: [number, number][] = [];
    for (let at = whole.indexOf(folded(literal)); at >= 0; at = whole.indexOf(folded(literal), at + 1))
      begins.push([index, at]);
    return begins;
  });
}

describe('a gate', () => {
  it('tells of every literal where its last place ends, with WebAssembly and without', () => {
    let some = 0;
    fc.assert(
      fc.property(literals, pieces, fc.nat(5), (all, parts, from) => {
        const text = Buffer.concat([textOf(all, parts), Buffer.alloc(250)]);
        const wanted = new Uint32Array(all.length);
        for (const [literal, begin] of beginsOf(all, text.subarray(from)))
          wanted[literal] = Math.max(wanted[literal], begin + bytesOf(all[literal]).length);
        some += wanted.filter((end) => end > 0).length;
        for (const wasm of [false, true]) {
          const found = new Uint32Array(all.length);
          const any = new LiteralGate(all.map(bytesOf), wasm).find(text, from, text.length, found);
          expect([...found]).toEqual([...wanted]);
          expect(any).toBe(wanted.some((end) => end > 0));
        }
      }),
      { numRuns: 300 },
    );
    expect(some).toBeGreaterThan(300);
  });
});

describe('a look ahead at a file', () => {
  it.each([false, true])('marks each literal inside it, however the file is cut (WebAssembly: %s)', (wasm) => {
    const marginBytes = 64;
    let some = 0;
    fc.assert(
      fc.property(literals, pieces, fc.integer({ min: 64, max: 700 }), (all, parts, block) => {
        const file = textOf(all, parts);
        const search = new LiteralBlocks(all.map(bytesOf), block + 2 * marginBytes, wasm);
        const window = search.room ?? new Uint8Array(block + 2 * marginBytes);
        const data = new DataView(window.buffer, window.byteOffset, window.byteLength);
        const marks = new Set<number>();
        for (let at = 0; at < file.length; at += block) {
          const base = Math.max(0, at - marginBytes);
          const until = Math.min(file.length, at + block);
          const size = Math.min(file.length, until + marginBytes) - base;
          window.set(file.subarray(base, base + size));
          search.search(window, data, at - base, until - base, size, base, (place) => {
            expect(place + base).toBeGreaterThanOrEqual(at);
            expect(place + base).toBeLessThan(until);
            marks.add(place + base);
          });
        }
        const begins = beginsOf(all, file);
        some += begins.length;
        const isIn = (literal: number, begin: number): boolean =>
          bytesOf(all[literal]).some((_, i) => marks.has(begin + i));
        expect(begins.filter(([literal, begin]) => !isIn(literal, begin))).toEqual([]);
        // And nothing else.
        const inside = new Set(begins.flatMap(([literal, begin]) => Array.from(bytesOf(all[literal]), (_, i) => begin + i)));
        expect([...marks].filter((place) => !inside.has(place))).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(some).toBeGreaterThan(300);
  });
});
