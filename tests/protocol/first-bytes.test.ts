/** What a parser declares of first bytes is what its probe says: it is not asked where another begins. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnFacts, ProtocolParser } from '../../src/lib/ingest/protocol/contract.ts';
import { PROTOCOLS } from '../../src/lib/ingest/protocol/registry.ts';
import { piecesOf, readFixture } from './fixture.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** What both ends of every protocol's fixture say first, and what says little. */
const OPENINGS: readonly Uint8Array[] = [
  ...readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const pieces = piecesOf(readFixture(join(FOLDER, name)));
      return [0, 1].flatMap((dir) => pieces.find((piece) => piece.dir === dir)?.bytes ?? []);
    }),
  latin1('\r\n'),
  latin1('220 a\r\n'),
  latin1('+OK a\r\n'),
  latin1('1 login a b\r\n'),
  ...[1, 2, 3, 4, 5, 8, 12].map((length) => new Uint8Array(length)),
  ...[1, 2, 3, 4, 5, 8, 12].map((length) => latin1('letters and more'.slice(0, length))),
];

const facts = (transport: 'tcp' | 'udp'): ConnFacts => ({
  uid: 'C1',
  transport,
  ipProto: transport === 'tcp' ? 6 : 17,
  origH: '192.0.2.1',
  origP: 61_234,
  respH: '192.0.2.2',
  respP: 61_235,
});

function* asked({ transport }: ProtocolParser) {
  for (const one of ['tcp', 'udp'] as const)
    if (transport === 'both' || transport === one)
      for (const dir of [0, 1] as const)
        for (const opening of OPENINGS) yield { conn: facts(one), dir, bytes: Uint8Array.from(opening) };
}

const declared = PROTOCOLS.filter(({ firstBytes }) => firstBytes !== undefined);

describe.each(declared.map((parser) => [parser.name, parser] as const))('%s', (_, parser) => {
  it('says no to all that begins otherwise', () => {
    const said = new Set<string>();
    for (const { conn, dir, bytes } of asked(parser))
      for (let byte = 0; byte < 256; byte++) {
        if (parser.firstBytes?.[byte] !== 0) continue;
        bytes[0] = byte;
        const verdict = parser.probe(bytes, dir, conn);
        if (verdict !== 'no')
          said.add(`${verdict} to ${Buffer.from(bytes.subarray(0, 16)).toString('latin1')}`);
      }
    expect([...said]).toEqual([]);
  });
});

it('most parsers declare it', () => {
  expect(declared.length).toBeGreaterThan(25);
});
