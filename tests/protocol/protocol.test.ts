/** Every protocol's fixture: its records, and that no way of splitting, cutting, changing or losing its bytes does harm. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../src/lib/ingest/protocol/registry.ts';
import { type Fixture, type Piece, piecesOf, readFixture, run, saveOutcome } from './fixture.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
/** In CI every byte boundary, every length and a thousand seeds; elsewhere a part of them, evenly spread. */
const EVERYTHING = Boolean(process.env['CI']);
const SEEDS = EVERYTHING ? 1_000 : 200;
const MOST_CUTS = 200;
const stepOf = (piece: Piece): number =>
  EVERYTHING ? 1 : Math.max(1, Math.floor(piece.bytes.length / MOST_CUTS));
const MAX_PAYLOAD = 8 * 1024;

const outcome = (fixture: Fixture, pieces: readonly Piece[]) => {
  const { failures, ...rest } = run(fixture, pieces);
  expect(failures).toEqual([]);
  return rest;
};

/** Small deterministic generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe.each(files)('%s', (file) => {
  const path = join(FOLDER, file);
  const fixture = readFixture(path);
  const pieces = piecesOf(fixture);
  const whole = run(fixture, pieces);
  const tcp = fixture.transport === 'tcp';

  it('gives its records', () => {
    expect(whole.failures).toEqual([]);
    const { failures: _, ...got } = whole;
    if (process.env['UPDATE_GOLDEN']) saveOutcome(path, fixture, got);
    else expect(got).toEqual(fixture.expect);
    expect(got.services.length).toBeGreaterThan(0);
    expect(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(MAX_PAYLOAD);
  });

  // A datagram comes whole or not at all.
  const ofStreams = (name: string, test: () => void): void => {
    if (tcp) it(name, test);
  };

  ofStreams('gives the same split at every byte boundary', () => {
    const { failures: _, ...expected } = whole;
    expect(
      outcome(
        fixture,
        pieces.flatMap((piece) => split(piece, 1)),
      ),
    ).toEqual(expected);
    for (const [at, piece] of pieces.entries()) {
      for (let cut = 1; cut < piece.bytes.length; cut += stepOf(piece)) {
        const cutPieces = pieces.flatMap((one, i) => (i === at ? cutAt(one, cut) : [one]));
        expect(outcome(fixture, cutPieces)).toEqual(expected);
      }
    }
  });

  it('survives being cut off anywhere', () => {
    for (const [at, piece] of pieces.entries()) {
      for (let length = 0; length < piece.bytes.length; length += stepOf(piece)) {
        const left = [...pieces.slice(0, at), { ...piece, bytes: piece.bytes.slice(0, length) }];
        expect(run(fixture, left).failures).toEqual([]);
      }
    }
  });

  it('survives changed bytes', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = random(seed);
      const changed = pieces.map((piece) => ({
        ...piece,
        bytes: piece.bytes.map((byte) => (next() < 0.02 ? Math.floor(next() * 256) : byte)),
      }));
      expect({ seed, failures: run(fixture, changed).failures }).toEqual({ seed, failures: [] });
    }
  });

  ofStreams('survives gaps', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = random(seed);
      const holed = pieces
        .flatMap((piece) => split(piece, 1 + Math.floor(next() * 40)))
        .map((piece) => (next() < 0.05 ? { ...piece, missing: piece.bytes.length } : piece));
      expect({ seed, failures: run(fixture, holed).failures }).toEqual({ seed, failures: [] });
    }
  });
});

function split(piece: Piece, size: number): Piece[] {
  const out: Piece[] = [];
  for (let at = 0; at < piece.bytes.length; at += size)
    out.push({ ...piece, bytes: piece.bytes.slice(at, at + size) });
  return out;
}

const cutAt = (piece: Piece, at: number): Piece[] => [
  { ...piece, bytes: piece.bytes.slice(0, at) },
  { ...piece, bytes: piece.bytes.slice(at) },
];

describe('registry', () => {
  it('has a fixture for every protocol', () => {
    const shown = new Set(
      files.flatMap((file) => [
        file.split('.')[0] ?? '',
        ...(readFixture(join(FOLDER, file)).expect?.services ?? []),
      ]),
    );
    expect(PROTOCOLS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('names each protocol once', () => {
    const names = PROTOCOLS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
