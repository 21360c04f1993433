/** A protocol's fixture: what both ends said, and the records that must come of it. */

import { readFileSync, writeFileSync } from 'node:fs';
import type { CellValue } from '../../src/lib/model/column-batch.ts';
import { originColumns } from '../../src/lib/model/content.ts';
import type { Table } from '../../src/lib/model/tables.ts';
import type { ConnFacts, Dir, Position, RowValues } from '../../src/lib/ingest/protocol/contract.ts';
import { ALL_HASHES, FileTracker } from '../../src/lib/ingest/files/file-tracker.ts';
import { ProtocolEngine } from '../../src/lib/ingest/protocol/engine/engine.ts';
import { KeyLog } from '../../src/lib/ingest/protocol/engine/key-log.ts';
import { PROTOCOLS } from '../../src/lib/ingest/protocol/registry.ts';

export interface FixtureEvent {
  readonly from: 'orig' | 'resp';
  readonly text?: string;
  readonly hex?: string;
}

export interface Fixture {
  readonly transport: 'tcp' | 'udp';
  readonly orig_p: number;
  readonly resp_p: number;
  /** Set where another connection announced this one: the parser, and what it was told. */
  readonly announced?: { readonly name: string; readonly context: unknown };
  /** Lines of a key log. */
  readonly secrets?: readonly string[];
  readonly events: readonly FixtureEvent[];
  readonly expect?: Outcome;
}

export interface Outcome {
  readonly services: readonly string[];
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** One piece of what was said: bytes, or a hole of so many. */
export interface Piece {
  readonly dir: Dir;
  readonly bytes: Uint8Array;
  readonly frame: number;
  readonly missing?: number;
}

export const readFixture = (path: string): Fixture => JSON.parse(readFileSync(path, 'utf8')) as Fixture;

export function saveOutcome(path: string, fixture: Fixture, outcome: Outcome): void {
  writeFileSync(path, `${JSON.stringify({ ...fixture, expect: outcome }, null, 2)}\n`);
}

export const piecesOf = (fixture: Fixture): Piece[] =>
  fixture.events.map(({ from, text, hex }, at) => ({
    dir: from === 'orig' ? 0 : 1,
    bytes: new Uint8Array(hex === undefined ? Buffer.from(text ?? '', 'latin1') : Buffer.from(hex, 'hex')),
    frame: at + 1,
  }));

const LEFT_OUT = new Set(['id_orig_h', 'id_orig_p', 'id_resp_h', 'id_resp_p', 'uid', 'file', 'capture_file']);

const plain = (value: CellValue): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map((one: CellValue) => plain(one));
  return value;
};

/** Runs all protocols over the pieces; rejects nothing: what a parser throws is in `failures`. */
export function run(
  fixture: Fixture,
  pieces: readonly Piece[],
): Outcome & { readonly failures: readonly string[] } {
  const tables: Record<string, Record<string, unknown>[]> = {};
  const keys = new KeyLog();
  keys.add(fixture.secrets?.join('\n') ?? '');
  const engine = new ProtocolEngine({
    protocols: PROTOCOLS,
    secrets: (label, random) => keys.secret(label, random),
    salt: 'fixture',
    file: (fuid, meta, at, row) => new FileTracker(fuid, meta, at, ALL_HASHES, row),
    rows: {
      row: (table: Table, own, origin) => {
        const values: RowValues = origin ? { ...originColumns(origin), ...own } : own;
        const row: Record<string, unknown> = {};
        for (const { name, kind, nullable } of table.columns) {
          const value = values[name];
          if (value === undefined || value === null) {
            if (!nullable) throw new Error(`${table.name}.${name} has no value.`);
            continue;
          }
          if (kind === 'text' && typeof value !== 'string' && !(value instanceof Uint8Array))
            throw new Error(`${table.name}.${name} is no text.`);
          if (!LEFT_OUT.has(name)) row[name] = plain(value);
        }
        for (const name of Object.keys(values))
          if (!table.columns.some((column) => column.name === name))
            throw new Error(`${table.name} has no column ${name}.`);
        (tables[table.name] ??= []).push(row);
      },
    },
  });
  const facts: Omit<ConnFacts, 'expected'> = {
    uid: 'Cfixture0000000000',
    transport: fixture.transport,
    ipProto: fixture.transport === 'tcp' ? 6 : 17,
    origH: '192.0.2.1',
    origP: fixture.orig_p,
    respH: '198.51.100.2',
    respP: fixture.resp_p,
  };
  if (fixture.announced) {
    const { name, context } = fixture.announced;
    const { respH: host, respP: port } = facts;
    engine.expectations.now = 1_700_000_000;
    engine.expectations.add(facts, { host, port, transport: fixture.transport, name, ttlS: 10, context });
  }
  const conversation = engine.open(facts, 1_700_000_000);
  for (const { dir, bytes, frame, missing } of pieces) {
    const at: Position = { ts: 1_700_000_000_000_000_000n + BigInt(frame) * 1_000_000n, file: 0, frame };
    if (missing !== undefined) conversation.gap(dir, missing);
    else conversation.data(dir, bytes, at);
  }
  if (fixture.transport === 'tcp') {
    conversation.end(0);
    conversation.end(1);
  }
  conversation.close();
  return {
    services: conversation.services,
    tables,
    failures: [...engine.failures].map(([name, { why }]) => `${name}: ${why}`),
  };
}
